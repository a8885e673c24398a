package oauthreg_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// failOnce makes the n-th operation of that kind from now on fail, and no other.
func (b *backend) failOnce(op string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = func(o string) error {
		if o != op {
			return nil
		}
		if n--; n != 0 {
			return nil
		}
		return errStore
	}
}

// Who waits for another instance looks twice at each turn, for the result and
// for a sign of life. If either cannot be had, they are told so and not that
// nobody is trading, and a reload finds what there is.
func TestABackendThatFailsBetweenTwoLooks(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		look int
	}{{"at the result", 1}, {"at the announcement", 2}, {"at a later result", 3}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				shared := newBackend()
				two := instances(t, 2, shared)
				b := two[0].browser()
				callback := two[0].approved(b, ada, "")
				release := make(chan struct{})
				two[0].flow.onExchange = func(context.Context) error { <-release; return nil }
				var wg sync.WaitGroup
				wg.Go(func() { b.clone().get(callback) })
				synctest.Wait()
				waiting := b.clone().at(two[1])
				wg.Go(func() { waiting.get(callback) })
				time.Sleep(time.Second + time.Millisecond)
				assert.Empty(t, two[1].outcomes())
				shared.failOnce("get", row.look)
				time.Sleep(time.Second)
				require.Equal(t, []oauthreg.Outcome{oauthreg.Internal}, two[1].outcomes())
				require.ErrorIs(t, two[1].last().Err, errStore)
				close(release)
				wg.Wait()
				assert.Equal(t, "/signup", waiting.get(callback).location)
			})
		})
	}
}

// The silent may still come to their end: who was told that nobody trades any
// more finds it by a reload.
func TestAReloadFindsWhatTheSilentGot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newBackend()
		two := instances(t, 2, shared)
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		release := make(chan struct{})
		two[0].flow.onExchange = func(context.Context) error { <-release; return nil }
		var wg sync.WaitGroup
		wg.Go(func() { b.clone().get(callback) })
		synctest.Wait()
		shared.mu.Lock()
		shared.fail = func(op string) error {
			if op == "put" {
				return errStore
			}
			return nil
		}
		shared.mu.Unlock()
		waiting := b.clone().at(two[1])
		waiting.get(callback)
		assert.Equal(t, oauthreg.Expired, two[1].last().Outcome)
		shared.mu.Lock()
		shared.fail = nil
		shared.mu.Unlock()
		close(release)
		wg.Wait()
		assert.Equal(t, "/signup", waiting.get(callback).location)
	})
}

// A callback that lacks something ends for nobody else either: who waited for it
// at another instance leaves the attempt as it is.
func TestAMismatchIsNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared := newBackend()
		two := instances(t, 2, shared)
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		broken, _, _ := strings.Cut(callback, "&verifier")
		var wg sync.WaitGroup
		puts := 0
		shared.before = func(string) {
			// The second write gives the attempt back.
			if puts++; puts == 2 {
				wg.Go(func() { b.clone().at(two[1]).get(broken) })
				time.Sleep(time.Second)
			}
		}
		b.clone().get(broken)
		wg.Wait()
		assert.NotEqual(t, oauthreg.Malformed, two[1].last().Outcome)
		assert.Equal(t, "/signup", b.at(two[1]).get(callback).location)
	})
}

// What cannot be told to the other instances is logged, and changes nothing for
// the one who asked.
func TestWhatTheOtherInstancesAreNotToldIsLogged(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		broken bool // the callback
		op     string
		n      int
		want   oauthreg.Outcome
		logged string
	}{
		{"the end of an exchange", false, "put", 2, oauthreg.NewUser, "how an exchange ended"}, // the first announces
		{"that an attempt goes on", true, "get", 3, oauthreg.Malformed, "that an attempt goes on"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			shared := newBackend()
			one := instances(t, 1, shared)[0]
			b := one.browser()
			callback := one.approved(b, ada, "")
			target := callback
			if row.broken {
				target, _, _ = strings.Cut(callback, "&verifier")
			}
			shared.failOnce(row.op, row.n)
			b.get(target)
			assert.Equal(t, row.want, one.last().Outcome)
			assert.Contains(t, strings.Join(one.logs.lines(slog.LevelWarn), "\n"), row.logged)
			if row.broken {
				assert.Equal(t, "/signup", b.get(callback).location)
			}
		})
	}
}

// A token that no account store takes ends the same at every instance, and at
// once.
func TestATokenThatCannotBeStoredEndsAlikeEverywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		two := instances(t, 2, newBackend())
		two[0].flow.editToken = func(tok *provider.Token) { tok.Scope = "\xff" }
		b := two[0].browser()
		callback := two[0].approved(b, ada, "")
		b.clone().get(callback)
		began := time.Now()
		b.clone().at(two[1]).get(callback)
		for _, a := range two {
			assert.Equal(t, oauthreg.Internal, a.last().Outcome)
			require.ErrorContains(t, a.last().Err, "not UTF-8")
		}
		assert.Zero(t, time.Since(began))
	})
}

// What another version has written is as good as nothing, and what is damaged is
// told.
func TestResultsOfOtherVersions(t *testing.T) {
	t.Parallel()
	token := []string{"access", "secret", "refresh", "", "scope", "1", "ada"}
	record := func(version byte, texts ...string) []byte { return append([]byte{version}, textsOf(texts...)...) }
	with := func(texts ...string) []byte { return record(5, append(texts, token...)...) }
	for _, row := range []struct {
		name  string
		data  []byte
		found bool
		bad   bool
	}{
		{"this version's", with("fake", "/", "", "a", ""), true, false},
		{"nothing", nil, false, false},
		{"a version alone", []byte{5}, false, false},
		{"another version's", append([]byte{6}, with("fake", "/", "", "a", "")[1:]...), false, false},
		{"JSON, as it was once", []byte(`{"v":1}`), false, false},
		{"cut", with("fake", "/", "", "a", "")[:20], false, false},
		{"too few texts", record(5, "fake", "/", "", "a"), false, true},
		{"a time that is none", with("fake", "/", "", "?", ""), false, true},
		{"half a token", record(5, "fake", "/", "", "a", "", "access", "secret"), false, true},
	} {
		found, err := oauthreg.Relayed(t.Context(), newBackend(), row.data)
		assert.Equal(t, row.found, found, row.name)
		assert.Equal(t, row.bad, err != nil, "%s: %v", row.name, err)
	}
}
