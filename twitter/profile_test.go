package twitter_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// parseFunc is one of the two parsers.
type parseFunc func([]byte) (provider.Profile, error)

// ines is the person of the fixtures.
func ines() provider.Profile {
	return provider.Profile{
		ID: "9100000000000000101", Username: "ines_mar", Name: "Inês 🌊 <b>Mar</b>",
		Email: "ines.mar@example.com", EmailVerified: true,
		AvatarURL: "https://pbs.twimg.example/profile_images/9100000000000000101/aB3_normal.jpg",
		Location:  "Peniche", Description: "Waves & words.\nالبحر", URL: "https://t.example/abc",
	}
}

func TestProfileFixtures(t *testing.T) {
	t.Parallel()
	with := func(change func(*provider.Profile)) provider.Profile {
		p := ines()
		change(&p)
		return p
	}
	noEmail := with(func(p *provider.Profile) { p.Email, p.EmailVerified = "", false })
	short := provider.Profile{ID: "9100000000000000101", Username: "ines_mar", Name: "Inês 🌊 <b>Mar</b>"}
	want := map[string]provider.Profile{
		"v1_email.json":        ines(),
		"v1_email_null.json":   noEmail,
		"v1_email_empty.json":  noEmail,
		"v1_email_absent.json": noEmail,
		"v1_nulls.json":        {ID: "9100000000000000101", Username: "ines_mar"},
		"v1_no_id_str.json":    ines(),
		"v1_status.json":       ines(), // 11 KB of a post with other people's IDs and addresses
		"v1_without_https_picture.json": with(func(p *provider.Profile) {
			p.Email, p.EmailVerified, p.AvatarURL = "", false, ""
		}),
		"v2_all_fields.json": ines(),
		"v2_default.json":    short,
		"v2_partial.json":    short,

		"v2_errors_only_api_twitter_com.json": {},
		"v2_errors_only_api_x_com.json":       {},
	}
	files, err := filepath.Glob("testdata/profiles/*.json")
	require.NoError(t, err)
	assert.Len(t, files, len(want), "each fixture has its expectation")
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			parse, source := parseFunc(twitter.ParseVerifyCredentials), twitter.VerifyCredentials
			if strings.HasPrefix(name, "v2") {
				parse, source = twitter.ParseUsersMe, twitter.UsersMe
			}
			want, found := want[name]
			require.True(t, found)
			got, err := parse(raw)
			if want.ID == "" {
				require.ErrorIs(t, err, provider.ErrProtocol)
				assert.Zero(t, got)
				return
			}
			require.NoError(t, err)
			want.Raw = raw
			assert.Equal(t, want, got)

			// The whole way through a Flow, the bytes are the same.
			tok := madeUpToken()
			tok.Subject = want.ID
			f := answered(t, reply{Status: http.StatusOK, Body: string(raw)}, func(c *twitter.Config) { c.Profile = source })
			got, err = f.FetchProfile(t.Context(), tok)
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// An ID keeps every digit it came with, or is none.
func TestParseID(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		members string // of the object
		v1, v2  string // "" means that the parser fails
	}{
		{"both", `"id":71,"id_str":"71"`, "71", "71"},
		{"id_str alone", `"id_str":"71"`, "71", ""},
		{"a number alone", `"id":71`, "71", "71"},
		{"a string alone", `"id":"71"`, "71", "71"},
		{"a number above 2^53", `"id":9007199254740993`, "9007199254740993", "9007199254740993"},
		{"the largest of 64 bits", `"id":18446744073709551615`, "18446744073709551615", "18446744073709551615"},
		{"a string above 2^53", `"id":"9007199254740993"`, "9007199254740993", "9007199254740993"},
		{"a number rounded by somebody, and id_str", `"id":9007199254740992,"id_str":"9007199254740993"`, "9007199254740993", "9007199254740992"},
		{"id_str empty", `"id":71,"id_str":""`, "71", "71"},
		{"id_str null", `"id":71,"id_str":null`, "71", "71"},
		{"id_str of another type", `"id":71,"id_str":72`, "71", "71"},
		{"id_str blank", `"id":71,"id_str":" "`, "", "71"},
		{"nothing", `"screen_name":"x"`, "", ""},
		{"null", `"id":null,"id_str":null`, "", ""},
		{"empty", `"id":"","id_str":""`, "", ""},
		{"blank", `"id":" "`, "", ""},
		{"zero", `"id":0`, "", ""},
		{"zero in words", `"id":"0","id_str":"0"`, "", ""},
		{"negative", `"id":-71`, "", ""},
		{"negative in words", `"id":"-71","id_str":"-71"`, "", ""},
		{"a fraction", `"id":71.5`, "", ""},
		{"a whole fraction", `"id":71.0`, "", ""},
		{"an exponent", `"id":9.1e18`, "", ""},
		{"an exponent without a point", `"id":91E17`, "", ""},
		{"an exponent in words", `"id":"9.1e+18","id_str":"9.1e+18"`, "", ""},
		{"true", `"id":true`, "", ""},
		{"false", `"id":false,"id_str":false`, "", ""},
		{"an object", `"id":{"id":71}`, "", ""},
		{"an array", `"id":[71]`, "", ""},
		{"null in words", `"id":"null","id_str":"null"`, "", ""},
		{"undefined", `"id":"undefined","id_str":"undefined"`, "", ""},
		{"what JavaScript makes of an object", `"id":"[object Object]","id_str":"[object"`, "", ""},
		{"a handle", `"id":"ines_mar","id_str":"ines_mar","screen_name":"ines_mar","username":"ines_mar"`, "", ""},
		{"a word of a stand-in", `"id":"u_17","id_str":"u_17"`, "u_17", "u_17"},
		{"other digits", `"id":"७१","id_str":"७१"`, "", ""},
		{"a blank inside", `"id":"7 1","id_str":"7 1"`, "", ""},
		{"a blank after", `"id":"71 ","id_str":"71\n"`, "", ""},
		{"NUL", `"id":"71\u0000","id_str":"71\u0000"`, "", ""},
		{"too long", `"id":"` + strings.Repeat("7", 256) + `","id_str":"` + strings.Repeat("7", 256) + `"`, "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, side := range []struct {
				parse parseFunc
				raw   string
				want  string
			}{
				{twitter.ParseVerifyCredentials, "{" + row.members + "}", row.v1},
				{twitter.ParseUsersMe, `{"data":{` + row.members + "}}", row.v2},
			} {
				got, err := side.parse([]byte(side.raw))
				if side.want == "" {
					require.ErrorIs(t, err, provider.ErrIdentity, side.raw)
					assert.Zero(t, got)
					continue
				}
				require.NoError(t, err, side.raw)
				assert.Equal(t, side.want, got.ID)
			}
		})
	}
}

// The e-mail address has four ways not to be there.
func TestParseEmail(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, value, want string }{
		{"a string", `"a+b@example.com"`, "a+b@example.com"},
		{"escaped", `"\u0061@example.com"`, "a@example.com"},
		{"null", `null`, ""},
		{"empty", `""`, ""},
		{"a number", `5`, ""},
		{"true", `true`, ""},
		{"an object", `{"address":"a@example.com"}`, ""},
		{"an array", `["a@example.com"]`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			v1, err := twitter.ParseVerifyCredentials([]byte(`{"id":71,"email":` + row.value + `,"confirmed_email":"other@example.com"}`))
			require.NoError(t, err)
			v2, err := twitter.ParseUsersMe([]byte(`{"data":{"id":"71","confirmed_email":` + row.value + `,"email":"other@example.com"}}`))
			require.NoError(t, err)
			for _, p := range []provider.Profile{v1, v2} {
				assert.Equal(t, row.want, p.Email)
				assert.Equal(t, row.want != "", p.EmailVerified)
			}
		})
	}
}

// Members change their types, and new ones come; a sign-up goes on.
func TestParseLeniently(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`null`, `1`, `1.5e9`, `true`, `{}`, `[]`, `{"a":[{"b":null}]}`, `""`} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			members := []string{`"new_member":` + value}
			for _, name := range []string{
				"screen_name", "username", "name", "email", "confirmed_email", "location", "description", "url",
				"profile_image_url", "profile_image_url_https", "entities", "status", "verified", "errors",
			} {
				members = append(members, `"`+name+`":`+value)
			}
			raw := `{"id":"71",` + strings.Join(members, ",") + `}`
			p, err := twitter.ParseVerifyCredentials([]byte(raw))
			require.NoError(t, err)
			assert.Equal(t, provider.Profile{ID: "71", Raw: []byte(raw)}, p)

			raw = `{"data":` + raw + `,"includes":` + value + `,"errors":` + value + `}`
			p, err = twitter.ParseUsersMe([]byte(raw))
			require.NoError(t, err)
			assert.Equal(t, provider.Profile{ID: "71", Raw: []byte(raw)}, p)
		})
	}
}

func TestParseAvatar(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"https://pbs.twimg.example/a_normal.jpg": "https://pbs.twimg.example/a_normal.jpg",
		"http://pbs.twimg.example/a_normal.jpg":  "",
		"//pbs.twimg.example/a_normal.jpg":       "",
		"javascript:alert(1)":                    "",
		"data:image/png;base64,AAAA":             "",
		" https://pbs.twimg.example/a.jpg":       "",
		"":                                       "",
	} {
		quoted, err := json.Marshal(value)
		require.NoError(t, err)
		v1, err := twitter.ParseVerifyCredentials([]byte(`{"id":71,"profile_image_url":"http://x.example/","profile_image_url_https":` + string(quoted) + `}`))
		require.NoError(t, err)
		v2, err := twitter.ParseUsersMe([]byte(`{"data":{"id":"71","profile_image_url":` + string(quoted) + `}}`))
		require.NoError(t, err)
		assert.Equal(t, want, v1.AvatarURL)
		assert.Equal(t, want, v2.AvatarURL)
	}
}

// What is not the documented JSON is an error that does not repeat it.
func TestParseSomethingElse(t *testing.T) {
	t.Parallel()
	const marker = "MARKER"
	for _, row := range []struct {
		name, raw string
		v1, v2    error
	}{
		{"nothing", "", provider.ErrProtocol, provider.ErrProtocol},
		{"blanks", " \n", provider.ErrProtocol, provider.ErrProtocol},
		{"HTML", "<html>" + marker + " over capacity</html>", provider.ErrProtocol, provider.ErrProtocol},
		{"text", marker, provider.ErrProtocol, provider.ErrProtocol},
		{"truncated", `{"id_str":"71","name":"` + marker, provider.ErrProtocol, provider.ErrProtocol},
		{"more after it", `{"id":"71","data":{"id":"71"}} ` + marker, provider.ErrProtocol, provider.ErrProtocol},
		{"an array", `[{"id":"71","name":"` + marker + `"}]`, provider.ErrProtocol, provider.ErrProtocol},
		{"a string", `"` + marker + `"`, provider.ErrProtocol, provider.ErrProtocol},
		{"a number", `71`, provider.ErrProtocol, provider.ErrProtocol},
		{"null", `null`, provider.ErrIdentity, provider.ErrProtocol},
		{"an empty object", `{}`, provider.ErrIdentity, provider.ErrProtocol},
		{"data null", `{"data":null,"x":"` + marker + `"}`, provider.ErrIdentity, provider.ErrProtocol},
		{"data empty", `{"data":{},"x":"` + marker + `"}`, provider.ErrIdentity, provider.ErrIdentity},
		{"data an array", `{"data":["` + marker + `"]}`, provider.ErrIdentity, provider.ErrProtocol},
		{"data a string", `{"data":"` + marker + `"}`, provider.ErrIdentity, provider.ErrProtocol},
		{"errors", `{"errors":[{"code":"17","message":"` + marker + `"}]}`, provider.ErrIdentity, provider.ErrProtocol},
		{"errors as a string", `{"errors":"` + marker + `"}`, provider.ErrIdentity, provider.ErrProtocol},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, side := range []struct {
				source twitter.ProfileSource
				parse  parseFunc
				want   error
			}{
				{twitter.VerifyCredentials, twitter.ParseVerifyCredentials, row.v1},
				{twitter.UsersMe, twitter.ParseUsersMe, row.v2},
			} {
				got, err := side.parse([]byte(row.raw))
				require.ErrorIs(t, err, side.want)
				assert.NotContains(t, err.Error(), marker)
				assert.Zero(t, got)

				f := answered(t, reply{Status: http.StatusOK, Body: row.raw}, func(c *twitter.Config) { c.Profile = side.source })
				_, err = f.FetchProfile(t.Context(), madeUpToken())
				e := requireError(t, err, side.want, provider.OpProfile)
				assert.Equal(t, http.StatusOK, e.Status)
				assertNoSecrets(t, err, marker)
			}
		})
	}
}

// Errors in place of data carry the code and the hint that a refusal would.
func TestErrorsInPlaceOfData(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"api.x.com", "api.twitter.com"} {
		raw := `{"errors":[{"title":"Forbidden","detail":"d","type":"https://` + host + `/2/problems/client-not-enrolled","code":453,"message":"m"}]}`
		_, err := twitter.ParseUsersMe([]byte(raw))
		e, ok := errors.AsType[*provider.Error](err)
		require.True(t, ok)
		assert.Equal(t, provider.ErrProtocol, e.Kind)
		assert.Equal(t, "453", e.Code)
		assert.NotEmpty(t, e.Hint)

		_, err = twitter.ParseUsersMe([]byte(`{"title":"Client Forbidden","type":"https://` + host + `/2/problems/client-not-enrolled"}`))
		e, ok = errors.AsType[*provider.Error](err)
		require.True(t, ok)
		assert.Contains(t, e.Hint, "project")
	}
}

// The profile must be of the person whom the token answer named.
func TestProfileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for source, raw := range map[twitter.ProfileSource]string{
		twitter.VerifyCredentials: `{"id":72,"id_str":"72"}`, twitter.UsersMe: `{"data":{"id":"72"}}`,
	} {
		f := answered(t, reply{Status: http.StatusOK, Body: raw}, func(c *twitter.Config) { c.Profile = source })
		p, err := f.FetchProfile(t.Context(), madeUpToken())
		requireError(t, err, provider.ErrIdentity, provider.OpProfile)
		assert.Zero(t, p)
	}
}

// The token answer is held to the same rule as the profile: its user_id alone
// says who returns.
func TestIDsInTheTokenAnswer(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"9.1e%2B18", "12.0", "-5", "ana"} {
		f := answered(t, reply{200, nil, "oauth_token=a&oauth_token_secret=b&user_id=" + id + "&screen_name=ana"})
		tok, err := f.HandleCallback(t.Context(), provider.Handshake{ID: "rt", Secret: provider.NewSecret("s")},
			url.Values{"oauth_token": {"rt"}, "oauth_verifier": {"v"}})
		require.ErrorIs(t, err, provider.ErrIdentity, id)
		assert.True(t, tok.IsZero())
		_, err = f.FinishPIN(t.Context(), provider.Handshake{ID: "rt", Secret: provider.NewSecret("s")}, "1234567")
		require.ErrorIs(t, err, provider.ErrIdentity, id)
		e, _ := errors.AsType[*provider.Error](err)
		assert.Equal(t, twitter.Name, e.Provider)
		assert.Equal(t, provider.OpAccessToken, e.Op)
	}
}
