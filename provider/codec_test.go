package provider_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// plain is a token in a form that can be compared by value.
type plain struct {
	access, secret, subject, username string
	extra                             map[string]string
}

func plainToken(t provider.Token) plain {
	p := plain{access: t.Access.Reveal(), secret: t.Secret.Reveal(), subject: t.Subject, username: t.Username}
	for name, s := range t.Extra {
		if p.extra == nil {
			p.extra = map[string]string{}
		}
		p.extra[name] = s.Reveal()
	}
	return p
}

func (p plain) equal(q plain) bool {
	return p.access == q.access && p.secret == q.secret && p.subject == q.subject &&
		p.username == q.username && maps.Equal(p.extra, q.extra)
}

func TestTokenRoundTrip(t *testing.T) {
	t.Parallel()
	odd := "a b+c%20&d=\"'\\<script>\u2028\x00\x7f\n\u00e9\U0001f600"
	secret := provider.NewSecret
	for name, token := range map[string]provider.Token{
		"zero":           {},
		"oauth1":         secretToken(),
		"bearer":         {Access: secret("a")},
		"no access":      {Secret: secret("s"), Subject: "42"},
		"odd characters": {Access: secret(odd), Secret: secret(odd), Subject: odd, Username: odd, Extra: map[string]provider.Secret{odd: secret(odd)}},
		"empty extra":    {Access: secret("a"), Extra: map[string]provider.Secret{"k": {}, "": secret("v")}},
		"digits":         {Access: secret("1"), Subject: "9007199254740993"},
		"long":           {Access: secret(strings.Repeat("x", 1<<20))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := provider.EncodeToken(token)
			require.NoError(t, err)
			got, err := provider.DecodeToken(data)
			require.NoError(t, err)
			assert.Equal(t, plainToken(token), plainToken(got))
			assert.Equal(t, token.IsZero(), got.IsZero())
			again, err := provider.EncodeToken(got)
			require.NoError(t, err)
			assert.Equal(t, data, again)
		})
	}
	// Nothing and an empty map are the same.
	data, err := provider.EncodeToken(provider.Token{Access: secret("a"), Extra: map[string]provider.Secret{}})
	require.NoError(t, err)
	got, err := provider.DecodeToken(data)
	require.NoError(t, err)
	assert.Nil(t, got.Extra)
}

// What is stored today must be readable tomorrow.
func TestStoredForms(t *testing.T) {
	t.Parallel()
	token, err := provider.DecodeToken([]byte(`{"v":1,"a":"A","s":"S","sub":"42","usr":"ann","x":{"k":"E"}}`))
	require.NoError(t, err)
	assert.Equal(t, plain{"A", "S", "42", "ann", map[string]string{"k": "E"}}, plainToken(token))
	data, err := provider.EncodeToken(token)
	require.NoError(t, err)
	assert.Equal(t, `{"v":1,"a":"A","s":"S","sub":"42","usr":"ann","x":{"k":"E"}}`, string(data))

	hs, err := provider.DecodeHandshake([]byte(`{"v":1,"id":"I","s":"S"}`))
	require.NoError(t, err)
	assert.Equal(t, "I", hs.ID)
	assert.Equal(t, "S", hs.Secret.Reveal())
	data, err = provider.EncodeHandshake(hs)
	require.NoError(t, err)
	assert.Equal(t, `{"v":1,"id":"I","s":"S"}`, string(data))
}

func TestHandshakeRoundTrip(t *testing.T) {
	t.Parallel()
	for name, hs := range map[string]provider.Handshake{
		"zero":           {},
		"oauth1":         {ID: "request-token", Secret: provider.NewSecret(secretValue)},
		"no secret":      {ID: "state"},
		"odd characters": {ID: "\x00<\u2028\"", Secret: provider.NewSecret("\\\U0001f600 ")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := provider.EncodeHandshake(hs)
			require.NoError(t, err)
			got, err := provider.DecodeHandshake(data)
			require.NoError(t, err)
			assert.Equal(t, hs.ID, got.ID)
			assert.Equal(t, hs.Secret.Reveal(), got.Secret.Reveal())
		})
	}
}

func TestDecodeFaults(t *testing.T) {
	t.Parallel()
	const mark = "MARKED"
	for name, data := range map[string]string{
		"nothing":            "",
		"blank":              " ",
		"null":               "null",
		"a secret by itself": mark,
		"a JSON string":      `"` + mark + `"`,
		"an array":           `["` + mark + `"]`,
		"no version":         `{"a":"` + mark + `","id":"` + mark + `"}`,
		"a later version":    `{"v":2,"a":"` + mark + `","id":"` + mark + `"}`,
		"a version in text":  `{"v":"` + mark + `"}`,
		"a number for text":  `{"v":1,"a":1,"id":1,"x":{"` + mark + `":1}}`,
		"a key out of place": `{"v":1,"a":{"` + mark + `":1},"id":{"` + mark + `":1}}`,
		"cut short":          `{"v":1,"a":"` + mark,
		"something after":    `{"v":1,"a":"a","id":"i"}` + mark,
		"twice":              `{"v":1,"a":"` + mark + `","id":"i"}{"v":1}`,
		"a bad escape":       `{"v":1,"a":"\` + mark + `","id":"\` + mark + `"}`,
		"a control":          "{\"v\":1,\"a\":\"\x01" + mark + "\",\"id\":\"\x01\"}",
		"no JSON":            "\xff\xfe" + mark,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := provider.DecodeToken([]byte(data))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), mark)
			assert.Equal(t, provider.Token{}, token)

			hs, err := provider.DecodeHandshake([]byte(data))
			require.Error(t, err)
			assert.NotContains(t, err.Error(), mark)
			assert.Equal(t, provider.Handshake{}, hs)
		})
	}
}

func FuzzDecodeToken(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"a":"A","s":"S","sub":"42","usr":"ann","x":{"k":"E"}}`, `{"v":1,"a":""}`, `{"v":1,"x":{}}`,
		`{"v":1,"x":null}`, `{"v":1,"A":"upper case"}`, `{"v":1,"a":"\ud800"}`, `{"v":1,"a":"one","a":"two"}`,
		`{"v":2}`, `null`, ``, `[]`, `{"v":1e0}`, "{\"v\":1,\"a\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := provider.DecodeToken(data)
		if err != nil {
			require.Equal(t, provider.Token{}, token)
			return
		}
		encoded, err := provider.EncodeToken(token)
		require.NoError(t, err)
		again, err := provider.DecodeToken(encoded)
		require.NoError(t, err)
		require.True(t, plainToken(token).equal(plainToken(again)))
	})
}

func FuzzEncodeToken(f *testing.F) {
	f.Add("access", "secret", "42", "ann", "name", "extra")
	f.Add("", "", "", "", "", "")
	f.Add("a\xff", "s", "", "", "", "")
	f.Add("\x00", "\u2028", "<>&", "\\u0000", "\"", "\U0001f600")
	f.Fuzz(func(t *testing.T, access, secret, subject, username, name, extra string) {
		valid := utf8.ValidString(access + "|" + secret + "|" + subject + "|" + username + "|" + name + "|" + extra)
		token := provider.Token{
			Access: provider.NewSecret(access), Secret: provider.NewSecret(secret), Subject: subject, Username: username,
			Extra: map[string]provider.Secret{name: provider.NewSecret(extra)},
		}
		data, err := provider.EncodeToken(token)
		require.Equal(t, valid, err == nil, "tokens are text: anything else would be altered")
		if !valid {
			return
		}
		got, err := provider.DecodeToken(data)
		require.NoError(t, err)
		require.True(t, plainToken(token).equal(plainToken(got)))
	})
}

func FuzzDecodeHandshake(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"I","s":"S"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		hs, err := provider.DecodeHandshake(data)
		if err != nil {
			require.Equal(t, provider.Handshake{}, hs)
			return
		}
		encoded, err := provider.EncodeHandshake(hs)
		require.NoError(t, err)
		again, err := provider.DecodeHandshake(encoded)
		require.NoError(t, err)
		require.Equal(t, hs.ID, again.ID)
		require.Equal(t, hs.Secret.Reveal(), again.Secret.Reveal())
	})
}

func TestProfileJSON(t *testing.T) {
	t.Parallel()
	full := provider.Profile{
		ID: "9007199254740993", Username: "ann", Name: "Ann \U0001f600", GivenName: "Ann", FamilyName: "A",
		Email: "ann@example.com", EmailVerified: true, AvatarURL: "https://example.com/a.png",
		Location: "here", Description: "about", URL: "https://example.com", Raw: json.RawMessage(`{"id":9007199254740993}`),
	}
	data, err := json.Marshal(full)
	require.NoError(t, err)
	assert.Equal(t, `{"id":"9007199254740993","username":"ann","name":"Ann `+"\U0001f600"+`","given_name":"Ann","family_name":"A",`+
		`"email":"ann@example.com","email_verified":true,"avatar_url":"https://example.com/a.png",`+
		`"location":"here","description":"about","url":"https://example.com","raw":{"id":9007199254740993}}`, string(data))
	var got provider.Profile
	require.NoError(t, json.Unmarshal(data, &got))
	assert.Equal(t, full, got)

	data, err = json.Marshal(provider.Profile{ID: "1"})
	require.NoError(t, err)
	assert.Equal(t, `{"id":"1"}`, string(data), "what the provider did not say is not there")
}

// Raw is the answer itself: what this library does to it is nothing, and what
// encoding/json does to it is known.
func TestProfileRaw(t *testing.T) {
	t.Parallel()
	answer := []byte("{ \"id\": 9007199254740993,\r\n\t\"z\": 1.50e1, \"a\": \"\\u00e9\\/\", \"a\": null }\n")
	p := provider.Profile{ID: "9007199254740993", Raw: answer}
	assert.True(t, bytes.Equal(answer, p.Raw))

	data, err := json.Marshal(p)
	require.NoError(t, err)
	var got provider.Profile
	require.NoError(t, json.Unmarshal(data, &got))
	assert.Equal(t, `{"id":9007199254740993,"z":1.50e1,"a":"\u00e9\/","a":null}`, string(got.Raw),
		"digits, order, escapes and repeated names stay; blanks go")
}
