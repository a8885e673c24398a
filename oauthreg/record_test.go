package oauthreg_test

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

const ownCallback = "https://app.example.com/auth/twitter/callback"

var longToken = provider.Token{
	Access: provider.NewSecret("access"), Secret: provider.NewSecret("s\x00cret"), Refresh: provider.NewSecret("refresh"),
	Expiry: time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC), Scope: "a b", Subject: "12", Username: "Zoë",
	Extra: map[string]provider.Secret{"user_id": provider.NewSecret("12"), "id_token": provider.NewSecret(strings.Repeat("x", 300)), "empty": {}},
}

// What is kept comes back as it was, whatever is in it.
func TestRecordsComeBack(t *testing.T) {
	t.Parallel()
	started := time.Unix(1_800_000_000, 0)
	hs := provider.Handshake{ID: "rt", Secret: provider.NewSecret("rt-secret"), CallbackURL: ownCallback}
	foreign := hs
	foreign.CallbackURL = "https://other.example/x"
	for name, a := range map[string]oauthreg.RecordedAttempt{
		"waiting":             {Provider: "twitter", Handshake: hs, Next: "/inbox?a=b", Started: started},
		"connecting":          {Provider: "twitter", Handshake: hs, Next: "/", Connect: "user-1", Started: started},
		"another callback":    {Provider: "twitter", Handshake: foreign, Started: started},
		"ended":               {Provider: "twitter", Started: started, Ending: &oauthreg.RecordedEnding{Outcome: oauthreg.NewUser, Location: "/signup"}},
		"ended with a page":   {Provider: "twitter", Started: started, Ending: &oauthreg.RecordedEnding{Outcome: oauthreg.Denied}},
		"no secret, odd text": {Provider: "a\x00b", Handshake: provider.Handshake{ID: "\xff"}, Started: started},
	} {
		got, err := oauthreg.DecodeAttempt(oauthreg.EncodeAttempt(a, ownCallback), ownCallback)
		require.NoError(t, err, name)
		assert.Equal(t, a, got, name)
	}

	full := provider.Profile{
		ID: "12", Username: "zoe", Name: "Zoë Q", GivenName: "Zoë", FamilyName: "Q", Email: "z@example.com", EmailVerified: true,
		AvatarURL: "https://a.example/1", Location: "l", Description: "d", URL: "https://u.example", Raw: []byte("{\"id\":12,\n\"b\":\"\xff\"}"),
	}
	long := full
	long.Raw = bytes.Repeat([]byte(`{"a":"b"},`), 2000)
	for name, p := range map[string]oauthreg.Pending{
		"full":            oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: full, Next: "/n"}, longToken, ""),
		"a long profile":  oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: long, Next: "/n"}, longToken, ""),
		"a used address":  oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: full, EmailInUse: true}, longToken, "user-1"),
		"hardly anything": oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: provider.Profile{ID: "1"}, Partial: true}, provider.Token{}, ""),
	} {
		data, err := oauthreg.EncodePending(p)
		require.NoError(t, err, name)
		got, err := oauthreg.DecodePending(data)
		require.NoError(t, err, name)
		assert.Equal(t, oauthreg.Recorded(&p), oauthreg.Recorded(got), name)
		if name == "a long profile" {
			assert.Less(t, len(data), 2000, "it is compressed")
		}
	}
}

// A token that no account store takes is refused before somebody has filled in
// a form.
func TestARecordRefusesWhatCannotBeStored(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*provider.Token){
		"access":       func(tok *provider.Token) { tok.Access = provider.NewSecret("\xff") },
		"secret":       func(tok *provider.Token) { tok.Secret = provider.NewSecret("\xff") },
		"refresh":      func(tok *provider.Token) { tok.Refresh = provider.NewSecret("\xff") },
		"scope":        func(tok *provider.Token) { tok.Scope = "\xff" },
		"subject":      func(tok *provider.Token) { tok.Subject = "\xff" },
		"handle":       func(tok *provider.Token) { tok.Username = "\xff" },
		"extra":        func(tok *provider.Token) { tok.Extra = map[string]provider.Secret{"a": provider.NewSecret("\xff")} },
		"name of such": func(tok *provider.Token) { tok.Extra = map[string]provider.Secret{"\xff": provider.NewSecret("a")} },
	} {
		tok := longToken
		edit(&tok)
		_, err := oauthreg.EncodePending(oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: provider.Profile{ID: "1"}}, tok, ""))
		assert.ErrorContains(t, err, "not UTF-8", name)
	}
}

func TestRecordsOfAnotherKind(t *testing.T) {
	t.Parallel()
	pending, err := oauthreg.EncodePending(oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: provider.Profile{ID: "1"}}, longToken, ""))
	require.NoError(t, err)
	attempt := oauthreg.EncodeAttempt(oauthreg.RecordedAttempt{Provider: "twitter"}, ownCallback)
	bomb := append([]byte{pending[0]}, pending[1:]...)
	for name, data := range map[string][]byte{
		"nothing": nil, "a version alone": pending[:1], "cut": pending[:len(pending)/2], "JSON, as it was once": []byte(`{"v":1}`),
		"a length that is none": append(bytes.Clone(pending), 0xff), "an odd number of texts": append(bytes.Clone(pending), 1, 'x'),
	} {
		_, err := oauthreg.DecodePending(data)
		assert.Error(t, err, name)
		_, err = oauthreg.DecodeAttempt(data, ownCallback)
		assert.Error(t, err, name)
	}
	_, err = oauthreg.DecodePending(attempt)
	assert.Error(t, err, "an attempt is no sign-up")
	_, err = oauthreg.DecodeAttempt(bomb, ownCallback)
	assert.Error(t, err, "a sign-up is no attempt")
}

// Whatever bytes a store returns: no panic, and what is read at all is written
// and read again as the same.
func FuzzRecords(f *testing.F) {
	pending, err := oauthreg.EncodePending(oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: provider.Profile{ID: "1"}}, longToken, "u"))
	require.NoError(f, err)
	long, err := oauthreg.EncodePending(oauthreg.NewPending(oauthreg.Pending{Profile: provider.Profile{Raw: make([]byte, 5000)}}, provider.Token{}, ""))
	require.NoError(f, err)
	for _, seed := range [][]byte{
		nil, {1}, {2}, {3}, pending, long,
		oauthreg.EncodeAttempt(oauthreg.RecordedAttempt{Provider: "twitter", Handshake: provider.Handshake{ID: "a", CallbackURL: ownCallback}}, ownCallback),
		oauthreg.EncodeAttempt(oauthreg.RecordedAttempt{Provider: "twitter", Ending: &oauthreg.RecordedEnding{Outcome: oauthreg.Denied}}, ownCallback),
		{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, oauthreg.EncodeToken(longToken),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := oauthreg.DecodeAttempt(data, ownCallback); err == nil {
			again, err := oauthreg.DecodeAttempt(oauthreg.EncodeAttempt(a, ownCallback), ownCallback)
			require.NoError(t, err)
			assert.Equal(t, a, again)
		}
		if p, err := oauthreg.DecodePending(data); err == nil {
			assert.LessOrEqual(t, len(p.Profile.Raw), 1<<20, "a record unpacks to no more than was ever kept")
			if written, err := oauthreg.EncodePending(*p); err == nil {
				again, err := oauthreg.DecodePending(written)
				require.NoError(t, err)
				assert.Equal(t, oauthreg.Recorded(p), oauthreg.Recorded(again))
			}
		}
		if tok, err := oauthreg.DecodeToken(data); err == nil {
			again, err := oauthreg.DecodeToken(oauthreg.EncodeToken(tok))
			require.NoError(t, err)
			assert.Equal(t, tok, again)
		}
	})
}

// textsOf is the texts of a record, each behind its length.
func textsOf(texts ...string) (data []byte) {
	for _, text := range texts {
		data = append(binary.AppendUvarint(data, uint64(len(text))), text...)
	}
	return data
}

// Each part of a record is read for itself: one that is good makes nothing of
// another that is not.
func TestRecordsWithOnePartThatIsNone(t *testing.T) {
	t.Parallel()
	started := time.Unix(1_800_000_000, 0)
	good := oauthreg.EncodeAttempt(oauthreg.RecordedAttempt{Provider: "twitter", Started: started}, ownCallback)
	digits := []byte(strconv.FormatInt(started.Unix(), 36))
	require.Contains(t, string(good), string(digits))
	_, err := oauthreg.DecodeAttempt(bytes.Replace(good, digits, bytes.Repeat([]byte("?"), len(digits)), 1), ownCallback)
	require.Error(t, err, "a time that is none")

	full := oauthreg.NewPending(oauthreg.Pending{Provider: "twitter", Profile: provider.Profile{ID: "1", Raw: bytes.Repeat([]byte("long "), 2000)}}, longToken, "")
	packed, err := oauthreg.EncodePending(full)
	require.NoError(t, err)
	_, err = oauthreg.DecodePending(packed)
	require.NoError(t, err)
	for version := range byte(8) {
		if version != packed[0] {
			_, err = oauthreg.DecodePending(append([]byte{version}, packed[1:]...))
			require.Error(t, err, "version %d", version)
		}
	}
	_, err = oauthreg.DecodePending(append(bytes.Clone(packed), 1, 'x'))
	require.Error(t, err, "a name without a value, behind a raw profile that can be read")
	damaged := bytes.Clone(packed)
	for i := 3; i < 13; i++ {
		damaged[i] = 0xff // of the compressed raw profile
	}
	_, err = oauthreg.DecodePending(damaged)
	require.Error(t, err, "a raw profile that does not unpack")

	for name, texts := range map[string][]string{
		"two texts too few":      {"access", "secret", "refresh", "", "scope"},
		"one too few":            {"access", "secret", "refresh", "", "scope", "1"},
		"an expiry that is none": {"access", "secret", "refresh", "?", "scope", "1", "ada"},
	} {
		_, err = oauthreg.DecodeToken(textsOf(texts...))
		require.Error(t, err, name)
	}
}

func TestNamesOfCookies(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"__Host-oauthreg_try_ID": true, "oauthreg_try_ID": false} {
		id, ok := oauthreg.AttemptIDIn(secure, name)
		assert.True(t, ok)
		assert.Equal(t, "ID", id)
		_, ok = oauthreg.AttemptIDIn(!secure, name)
		assert.False(t, ok)
	}
	for _, name := range []string{"", "ID", "_ID", "try_ID", "oauthreg__ID", "oauthreg_ID", "oauthreg_new_ID", "oauthreg_tryID", "oauthregXtry_ID", "Xoauthreg_try_ID"} {
		_, ok := oauthreg.AttemptIDIn(false, name)
		assert.False(t, ok, name)
		_, ok = oauthreg.AttemptIDIn(true, "__Host-"+name)
		assert.False(t, ok, name)
	}
}
