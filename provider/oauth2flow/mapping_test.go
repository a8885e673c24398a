package oauth2flow_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func TestMappingParse(t *testing.T) {
	t.Parallel()
	m := oauth2flow.Mapping{
		ID: "data.0.id", Username: "login", Name: "name", GivenName: "names.given", FamilyName: "names.family",
		Email: "mails.1.address", AvatarURL: "picture", Location: "place", Description: "bio", URL: "page", EmailVerified: "mails.1.ok",
	}
	text := `{"data":[{"id":` + ada + `}],"login":"ada","name":"Ada <b> \u202e","names":{"given":"Ada","family":"Lovelace"},` +
		`"mails":[{"address":"old@example.com"},{"address":"ada@example.com","ok":true}],` +
		`"picture":"https://pics.example/1","place":"London","bio":"counts","page":"https://ada.example","x":null}`
	p, err := m.Parse([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, provider.Profile{
		ID: ada, Username: "ada", Name: "Ada <b> \u202e", GivenName: "Ada", FamilyName: "Lovelace",
		Email: "ada@example.com", EmailVerified: true, AvatarURL: "https://pics.example/1", Location: "London",
		Description: "counts", URL: "https://ada.example", Raw: json.RawMessage(text),
	}, p)
}

func TestMappingID(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, path, body, want string }{
		{"a string", "id", `{"id":"a-1"}`, "a-1"},
		{"a number", "id", `{"id":7}`, "7"},
		{"a number above 2^53", "id", `{"id":` + ada + `}`, ada},
		{"a number above 2^64", "id", `{"id":123456789012345678901234567890}`, "123456789012345678901234567890"},
		{"zeros at the front", "id", `{"id":"007"}`, "007"},
		{"the last of two", "id", `{"id":"1","id":"2"}`, "2"},
		{"a float", "id", `{"id":1.5}`, ""},
		{"a float that is whole", "id", `{"id":1.0}`, ""},
		{"a power", "id", `{"id":1e3}`, ""},
		{"negative", "id", `{"id":-1}`, ""},
		{"true", "id", `{"id":true}`, ""},
		{"null", "id", `{"id":null}`, ""},
		{"an object", "id", `{"id":{}}`, ""},
		{"an array", "id", `{"id":["1"]}`, ""},
		{"a blank", "id", `{"id":" "}`, ""},
		{"too long", "id", `{"id":"` + strings.Repeat("1", 256) + `"}`, ""},
		{"another case", "id", `{"ID":"1","Id":"2"}`, ""},
		{"no such member", "id", `{"x":1}`, ""},
		{"in an object", "a.b.c", `{"a":{"b":{"c":"1"}}}`, "1"},
		{"not that deep", "a.b.c", `{"a":{"b":"1"}}`, ""},
		{"in an array", "a.1", `{"a":["x","y"]}`, "y"},
		{"in an array at the root", "0.id", `[{"id":"1"}]`, "1"},
		{"a number as a member's name", "a.0", `{"a":{"0":"1"}}`, "1"},
		{"after the end", "a.2", `{"a":["x","y"]}`, ""},
		{"before the start", "a.-1", `{"a":["x","y"]}`, ""},
		{"with a sign", "a.+1", `{"a":["x","y"]}`, ""},
		{"no index", "a.x", `{"a":["x","y"]}`, ""},
		{"three digits", "a.001", `{"a":["x","y"]}`, "y"},
		{"more than three digits", "a.0001", `{"a":["x","y"]}`, ""},
		{"a nine", "a.9", `{"a":[0,1,2,3,4,5,6,7,8,"y"]}`, "y"},
		{"the character after nine", "a.:", `{"a":[0,1,2,3,4,5,6,7,8,9,"y"]}`, ""},
		{"the character before zero", "a.1/", `{"a":[0,1,2,3,4,5,6,7,8,"y",10]}`, ""},
		{"an empty index", "a.", `{"a":["x","y"]}`, ""},
		{"a huge index", "a.99999999999999999999", `{"a":["x","y"]}`, ""},
		{"other digits", "a.\u0661", `{"a":["x","y"]}`, ""},
		{"an empty name", "a..b", `{"a":{"":{"b":"1"}}}`, "1"},
		{"an empty path", "", `{"":"1"}`, ""},
		{"text at the root", "id", `"id"`, ""},
		{"null at the root", "id", `null`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p, err := oauth2flow.Mapping{ID: row.path}.Parse([]byte(row.body))
			if row.want == "" {
				require.ErrorIs(t, err, provider.ErrIdentity)
				assert.Empty(t, p)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.want, p.ID)
		})
	}
}

func TestMappingEmailVerified(t *testing.T) {
	t.Parallel()
	const address = `"email":"ada@example.com"`
	for _, row := range []struct {
		name, members  string
		always, wanted bool
	}{
		{"true", address + `,"ok":true`, false, true},
		{"true in a string", address + `,"ok":"true"`, false, true},
		{"false", address + `,"ok":false`, false, false},
		{"false in a string", address + `,"ok":"false"`, false, false},
		{"absent", address, false, false},
		{"null", address + `,"ok":null`, false, false},
		{"one", address + `,"ok":1`, false, false},
		{"one in a string", address + `,"ok":"1"`, false, false},
		{"in upper case", address + `,"ok":"TRUE"`, false, false},
		{"a date", address + `,"ok":"2020-01-01"`, false, false},
		{"an object", address + `,"ok":{}`, false, false},
		{"always", address, true, true},
		{"no address", `"ok":true`, false, false},
		{"an empty address", `"email":"","ok":true`, false, false},
		{"null for an address", `"email":null,"ok":true`, false, false},
		{"always, without an address", `"x":1`, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := oauth2flow.Mapping{ID: "id", Email: "email", EmailVerified: "ok", EmailAlwaysVerified: row.always}
			p, err := m.Parse([]byte(`{"id":"1",` + row.members + `}`))
			require.NoError(t, err)
			assert.Equal(t, row.wanted, p.EmailVerified)
		})
	}
}

// provider.Profile promises https.
func TestMappingAvatarURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://pics.example/1":   "https://pics.example/1",
		"http://pics.example/1":    "",
		"javascript:alert(1)":      "",
		"data:image/png;base64,AA": "",
		"//pics.example/1":         "",
		"pics/1":                   "",
		"":                         "",
	} {
		body, err := json.Marshal(map[string]string{"id": "1", "picture": text})
		require.NoError(t, err)
		p, err := oauth2flow.Mapping{ID: "id", AvatarURL: "picture"}.Parse(body)
		require.NoError(t, err)
		assert.Equal(t, want, p.AvatarURL)
	}
}

// Whatever is sent and wherever a path leads: a profile has an ID that can name
// a person and comes from the answer, or there is an error that quotes nothing.
func FuzzMappingParse(f *testing.F) {
	for _, seed := range []struct{ path, body string }{
		{"id", `{"id":` + ada + `,"email":"a@b","ok":true}`}, {"data.0.id", `{"data":[{"id":"1"}]}`}, {"id", `{"id":1e3}`},
		{"id", `{"id":"1"}}`}, {"id", `<html>` + marker}, {"a..b", `{"a":{"":{"b":"1"}}}`}, {"id", `{"id":"0"}`}, {"", `{}`}, {"0", `["1"]`},
	} {
		f.Add(seed.path, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		m := oauth2flow.Mapping{ID: path, Email: "email", AvatarURL: path, EmailVerified: "ok"}
		p, err := m.Parse(body)
		if err != nil {
			e, ok := errors.AsType[*provider.Error](err)
			if !ok || (e.Kind != provider.ErrIdentity && e.Kind != provider.ErrProtocol) {
				t.Fatalf("not an error of a kind that fits: %#v", err)
			}
			if len(err.Error()) > 200 || strings.Contains(err.Error(), marker) {
				t.Fatalf("the error repeats the answer: %q", err)
			}
			if p.ID != "" || p.Raw != nil {
				t.Fatal("there is a profile beside the error")
			}
			return
		}
		switch {
		case provider.CheckID(p.ID) != nil:
			t.Fatalf("the ID %q was taken", p.ID)
		case !json.Valid(body):
			t.Fatalf("%q was taken", body)
		case string(p.Raw) != string(body):
			t.Fatal("Raw is not what was sent")
		case p.EmailVerified && p.Email == "":
			t.Fatal("an address that is not there is verified")
		case p.AvatarURL != "" && !strings.HasPrefix(p.AvatarURL, "https://"):
			t.Fatalf("the avatar %q was taken", p.AvatarURL)
		}
		// Digits were not made up: a number is in the answer as it stands.
		if strings.Trim(p.ID, "0123456789") == "" && !strings.Contains(string(body), `\`) && !strings.Contains(string(body), p.ID) {
			t.Fatalf("the ID %q is not in %q", p.ID, body)
		}
	})
}
