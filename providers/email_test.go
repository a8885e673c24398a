package providers_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// An address is verified where the provider says so of this address, and
// nowhere else.
func TestEmailVerifiedAsDocumented(t *testing.T) {
	t.Parallel()
	type members = map[string]any
	const ana = "ana@ana.example"
	for _, test := range []struct {
		function, name string
		change         members
		email          string
		verified       bool
	}{
		{"Google", "not verified", members{"email": ana, "email_verified": false}, ana, false},
		{"Google", "verified as text", members{"email": ana, "email_verified": "true"}, ana, true},
		{"Google", "not said", members{"email": ana, "email_verified": absent}, ana, false},
		{"Google", "null", members{"email": nil}, "", false},
		{"Google", "absent", members{"email": absent}, "", false},
		{"Google", "a number", members{"email": ana, "email_verified": 1}, ana, false},
		{"Facebook", "verified is about the person", members{"verified": true, "email_verified": true}, ana, false},
		{"Facebook", "absent", members{"email": absent}, "", false},
		{"LinkedIn", "not said", members{"email_verified": absent}, ana, false},
		{"LinkedIn", "absent", members{"email": absent, "email_verified": absent}, "", false},
		{"Microsoft", "never, whatever is said", members{"email_verified": true, "verified": true, "xms_edov": true}, "ana@contoso.example", false},
		{"Microsoft", "the administrator of another tenant wrote it", members{"email": "boss@yourcompany.example", "email_verified": "true"}, "boss@yourcompany.example", false},
		{"Microsoft", "absent", members{"email": absent}, "", false},
		{"Discord", "not verified", members{"verified": false}, ana, false},
		{"Discord", "null", members{"email": nil}, "", false},
		{"Discord", "another provider's word", members{"verified": absent, "email_verified": true}, ana, false},
		{"GitLab", "not verified", members{"email_verified": false}, ana, false},
		{"GitLab", "empty", members{"email": ""}, "", false},
		{"Slack", "not verified", members{"email_verified": false}, ana, false},
		{"Slack", "absent", members{"email": absent}, "", false},
		{"Spotify", "never", members{"email_verified": true, "verified": true}, ana, false},
		{"Spotify", "absent", members{"email": absent}, "", false},
		{"Twitch", "absent", members{"data": []members{{"id": "1", "login": "ana"}}}, "", false},
		{"Twitch", "empty", members{"data": []members{{"id": "1", "login": "ana", "email": ""}}}, "", false},
	} {
		t.Run(test.function+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake2(t, rowOf2(t, test.function))
			f.answers[f.row.profile] = edit(t, f.answers[f.row.profile], test.change)
			_, p, err := f.signUp()
			require.NoError(t, err)
			assert.Equal(t, test.email, p.Email)
			assert.Equal(t, test.verified, p.EmailVerified)
		})
	}
	for _, test := range []struct {
		function, name string
		change         members
		email          string
		verified       bool
	}{
		{"MediaWiki", "not confirmed", members{"confirmed_email": false}, ana, false},
		{"MediaWiki", "confirmed but not shown", members{"email": absent, "realname": absent}, "", false},
		{"Trello", "confirmed is about the account", members{"confirmed": true}, ana, false},
		{"Trello", "not granted", members{"email": nil}, "", false},
	} {
		t.Run(test.function+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake1(t, rowOf1(t, test.function))
			if f.row.sign {
				f.profile = signedClaims(t, fixture(t, f.row.name+".json"), test.change, consumerSecret)
			} else {
				f.profile = edit(t, f.profile, test.change)
			}
			_, p, err := f.signUp()
			require.NoError(t, err)
			assert.Equal(t, test.email, p.Email)
			assert.Equal(t, test.verified, p.EmailVerified)
		})
	}
}

// GitHub's primary address, whatever its list looks like.
func TestGitHubAddress(t *testing.T) {
	t.Parallel()
	const public = "public@ana.example"
	for _, test := range []struct {
		name, list string
		status     int
		email      string
		verified   bool
	}{
		{"primary, verified", `[{"email":"a@b.example","primary":true,"verified":true}]`, 0, "a@b.example", true},
		{"primary, not verified", `[{"email":"a@b.example","primary":true,"verified":false},{"email":"c@b.example","verified":true}]`, 0, "a@b.example", false},
		{"no primary", `[{"email":"c@b.example","primary":false,"verified":true}]`, 0, public, false},
		{"empty", `[]`, 0, public, false},
		{"a GitHub App without the permission", `{"message":"Resource not accessible by integration"}`, http.StatusForbidden, public, false},
		{"no list", `{}`, 0, public, false},
		{"a list of another form", `[{"email":"a@b.example","primary":true,"verified":"yes"}]`, 0, public, false},
		{"a primary that is null", `[{"email":null,"primary":true,"verified":true}]`, 0, "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake2(t, rowOf2(t, "GitHub"))
			for address := range f.row.more {
				f.answers[address], f.status[address] = test.list, test.status
			}
			_, p, err := f.signUp()
			require.NoError(t, err)
			assert.Equal(t, test.email, p.Email)
			assert.Equal(t, test.verified, p.EmailVerified)
			assert.Equal(t, "9007199254740993", p.ID)
			if test.status != 0 {
				e, ok := errors.AsType[*provider.Error](p.Incomplete)
				require.True(t, ok, "%v", p.Incomplete)
				assert.Equal(t, test.status, e.Status)
				assert.Contains(t, e.Hint, `"user:email"`)
			}
		})
	}
}

// IDs come through with every digit, also where a float would not hold them.
func TestIDDigits(t *testing.T) {
	t.Parallel()
	const id = "12345678901234567890"
	for _, row := range rows2 {
		f := newFake2(t, row)
		short := row.want.ID[strings.LastIndex(row.want.ID, "-")+1:]
		text := strings.ReplaceAll(f.answers[row.profile], `"`+row.want.ID+`"`, id)
		text = strings.ReplaceAll(text, ": "+row.want.ID, ": "+id)
		if row.function == "Slack" {
			text = strings.ReplaceAll(f.answers[row.profile], short, id)
		}
		f.answers[row.profile] = text
		_, p, err := f.signUp()
		if assert.NoError(t, err, row.function) {
			assert.Contains(t, []string{id, "T0R7GR-" + id}, p.ID, row.function)
		}
	}
}
