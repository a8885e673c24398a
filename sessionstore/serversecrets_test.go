package sessionstore_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// backends are what the promises about IDs must hold on.
var backends = map[string]func(t *testing.T) sessionstore.Backend{
	"fake": func(*testing.T) sessionstore.Backend { return newFakeBackend() },
	"memory": func(t *testing.T) sessionstore.Backend {
		return newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
	},
}

// A planted ID, though live, gives its planter nothing of what the victim puts,
// and is gone from the victim's browser.
func TestServerFixation(t *testing.T) {
	t.Parallel()
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newServer(t, sessionstore.ServerConfig{Backend: newBackend(t)})
			attacker := &browser{t: t, store: store}
			attacker.put("key", "of the attacker")
			victim := &browser{t: t, store: store, jar: slices.Clone(attacker.jar)}

			victim.put("key", "secret")
			victim.put("other", "secret")
			assert.Equal(t, "secret", victim.get("key"))
			assert.Equal(t, "(none)", attacker.get("key"))
			assert.Equal(t, "(none)", attacker.take("key"))
			// The ID does not work under another name either.
			attacker.jar = append(attacker.jar, renamed(attacker.jar[0], store.CookieName("other")))
			assert.Equal(t, "(none)", attacker.get("other"))
			assert.Equal(t, "secret", victim.take("key"))
			assert.Equal(t, "secret", victim.take("other"))
		})
	}
}

func TestServerCookieAlteredAnywhereIsNotFound(t *testing.T) {
	t.Parallel()
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := newServer(t, sessionstore.ServerConfig{Backend: newBackend(t)})
			good := cookie(t, store, "key", "value")
			const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz0189._"
			for i := range good.Value {
				for _, c := range alphabet {
					bad := renamed(good, good.Name)
					bad.Value = good.Value[:i] + string(c) + good.Value[i+1:]
					b := &browser{t: t, store: store, jar: []*http.Cookie{bad}}
					assert.Equal(t, bad.Value == good.Value, b.get("key") != "(none)", "character %d", i)
				}
			}
		})
	}
}

// All that the backend ever saw gives away neither IDs nor keys nor values.
func TestServerBackendLearnsNothing(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
	b.put("handshake/request-token", "first token secret")
	first := b.jar[0].Value
	b.put("handshake/request-token", "second token secret")
	second := b.jar[0].Value
	require.Equal(t, "second token secret", b.get("handshake/request-token"))
	require.Equal(t, "second token secret", b.take("handshake/request-token"))
	require.NotEmpty(t, backend.seen)
	for _, secret := range []string{"request-token", "token secret", first, second, first[11:], second[11:]} {
		for _, seen := range backend.seen {
			decoded, _ := base64.RawURLEncoding.DecodeString(string(seen))
			assert.NotContains(t, string(seen), secret)
			assert.NotContains(t, string(decoded), secret)
		}
	}
	// Nor does it as the cookie of somebody who has read it all.
	reader := &browser{t: t, store: b.store}
	for _, seen := range backend.seen {
		for _, value := range []string{string(seen), first[:11] + string(seen)} {
			reader.jar = []*http.Cookie{{Name: b.store.(*sessionstore.Server).CookieName("handshake/request-token"), Value: value}}
			assert.Equal(t, "(none)", reader.get("handshake/request-token"))
		}
	}
}

func TestServerSealsEachValueAnew(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
	seen := map[string]bool{}
	for range 10 {
		b.put("key", "value")
		require.Len(t, backend.keys(), 1)
		value := string(backend.records[backend.keys()[0]].value)
		assert.False(t, seen[value[5:]], "two records are alike")
		seen[value[5:]] = true
	}
}

// What somebody changes in the database is not found.
func TestServerAlteredRecords(t *testing.T) {
	t.Parallel()
	const key = "key"
	tests := []struct {
		name  string
		alter func(value []byte) []byte
	}{
		{"emptied", func([]byte) []byte { return nil }},
		{"one byte", func([]byte) []byte { return []byte{1} }},
		{"truncated", func(v []byte) []byte { return v[:len(v)-1] }},
		{"extended", func(v []byte) []byte { return append(v, 0) }},
		{"replaced", func(v []byte) []byte { return bytes.Repeat([]byte("x"), len(v)) }},
		{"not sealed", func([]byte) []byte { return []byte("value") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			backend := newFakeBackend()
			b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
			b.put(key, "value")
			place := backend.keys()[0]
			good := backend.records[place]
			backend.records[place] = fakeRecord{tt.alter(bytes.Clone(good.value)), good.expires}
			assert.Equal(t, "(none)", b.get(key))
			backend.records[place] = good
			assert.Equal(t, "value", b.get(key), "the table could not fail")
		})
	}
	t.Run("any byte", func(t *testing.T) {
		t.Parallel()
		backend := newFakeBackend()
		b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
		b.put(key, "value")
		record := backend.records[backend.keys()[0]]
		for i := range record.value {
			record.value[i] ^= 1
			assert.Equal(t, "(none)", b.get(key), "byte %d", i)
			record.value[i] ^= 1
		}
		assert.Equal(t, "value", b.get(key))
	})
}

func TestServerMovedRecords(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	store := newServer(t, sessionstore.ServerConfig{Backend: backend})
	one, two := &browser{t: t, store: store}, &browser{t: t, store: store}
	one.put("key", "of one")
	mine := backend.keys()[0]
	one.put("other", "of one under another key")
	two.put("key", "of two")
	swap := func(a, b string) { backend.records[a], backend.records[b] = backend.records[b], backend.records[a] }
	for _, theirs := range backend.keys() {
		if theirs == mine {
			continue
		}
		swap(mine, theirs)
		assert.Equal(t, "(none)", one.get("key"))
		swap(mine, theirs)
	}
	assert.Equal(t, "of one", one.get("key"))
	assert.Equal(t, "of two", two.get("key"))
}

// Whoever writes to the database cannot make a value last.
func TestServerExpiryIsSealed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		backend := newFakeBackend()
		b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
		require.NoError(t, b.tryPut("key", "value", time.Minute))
		for _, place := range backend.keys() {
			backend.records[place] = fakeRecord{backend.records[place].value, time.Now().Add(time.Hour)}
		}
		time.Sleep(time.Minute - time.Millisecond)
		assert.Equal(t, "value", b.get("key"))
		time.Sleep(time.Millisecond)
		assert.Equal(t, "(none)", b.get("key"))
	})
}

// What wraps a MemoryBackend may keep values elsewhere, so it gets them sealed.
func TestServerSealsForWhatWrapsMemory(t *testing.T) {
	t.Parallel()
	type wrapped struct{ *sessionstore.MemoryBackend }
	for name, sealed := range map[string]bool{"memory": false, "wrapped": true} {
		memory := newMemoryBackend(t, sessionstore.MemoryBackendConfig{})
		var backend sessionstore.Backend = memory
		if sealed {
			backend = wrapped{memory}
		}
		b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
		b.put("key", strings.Repeat("v", 52-16))
		assert.Equal(t, sealed, memory.Stats().Bytes > 56, name)
		assert.Len(t, b.get("key"), 52-16, name)
	}
}

// What a store kept once, for a hundred years. A change of the format would lose
// everybody's values at an upgrade, and must not go unnoticed; least of all one
// after which a record opens without its cookie.
func TestServerKeptByAnEarlierVersion(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	value, err := base64.RawURLEncoding.DecodeString(
		"Af79MOvhWxYpGaTd51Bj9b7fMwqz6WEc-Q5-Xzjb_XSrHg63RHawfZwS7nJSzNak-nsdfJFY-Dgx5DhhPmzAfSe3s4RM")
	require.NoError(t, err)
	backend.records["AA_lOR0IHZZRSmre9b8qptyIXksnV7Tx6QeuyVKpl6w"] = fakeRecord{value, time.Now().Add(time.Hour)}
	b := &browser{t: t, store: newServer(t, sessionstore.ServerConfig{Backend: backend})}
	b.jar = []*http.Cookie{{
		Name:  "__Host-oauthreg-LHDhK3oGRvkiefQnx7OOcz",
		Value: "hoephm8rnq.HGX57DBHYXOTWCBN4SA5O6ENBD",
	}}
	assert.Equal(t, "value of key", b.get("key"))
}
