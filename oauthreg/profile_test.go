package oauthreg_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

// noise returns n bytes that do not compress well, in JSON.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := []byte(`{"x":"`)
	for range n {
		b = append(b, byte('#'+r.IntN(50)))
	}
	return append(b, '"', '}')
}

func TestProfileThatCannotBeHadLeavesWhatTheTokenProved(t *testing.T) {
	t.Parallel()
	for _, row := range failureKinds {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				a.flow.onProfile = func(context.Context) error {
					return &provider.Error{Provider: "fake", Op: provider.OpProfile, Kind: row.kind}
				}
				b := a.browser()
				p := b.get(a.approved(b, ada, "/inbox"))
				switch row.kind {
				case provider.ErrIdentity, provider.ErrAccountUnusable:
					a.assertFailed(t, p, row.want)
					assert.Equal(t, http.StatusConflict, b.get("/signup").status)
					return
				}
				require.Equal(t, "/signup", p.location)
				view := a.form(b)
				assert.True(t, view.Partial)
				assert.Equal(t, ada.ID, view.Subject)
				assert.Equal(t, map[string][]string{oauthreg.FieldUsername: {ada.Username}}, map[string][]string(view.Values))
				assert.Equal(t, []string{oauthreg.FieldEmail}, view.Missing)
				assert.Equal(t, "/inbox", view.Next)
				assert.Nil(t, view.Raw)

				require.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
				assert.Equal(t, b.user(), a.owner(ada))
			})
		})
	}
}

// A developer finds out why addresses are missing, and nobody is kept out.
func TestWhatIsMissingBesideTheProfileIsLogged(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		person := ada
		person.Incomplete = &provider.Error{Provider: "fake", Op: provider.OpProfile, Kind: provider.ErrRefused, Status: http.StatusForbidden}
		b := a.browser()
		view := a.toForm(b, person)
		assert.False(t, view.Partial)
		assert.Equal(t, ada.ID, view.Subject)
		lines := a.logs.lines(slog.LevelWarn)
		require.Len(t, lines, 1)
		assert.Contains(t, lines[0], "oauthreg: something beyond the profile could not be fetched, going on without it")
		assert.Contains(t, lines[0], "HTTP 403")
		require.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
		assert.Equal(t, b.user(), a.owner(ada))
	})
}

func TestTokenAnswerWithoutASubjectNeedsTheProfile(t *testing.T) {
	t.Parallel()
	silent := func(a *app) { a.flow.editToken = func(tok *provider.Token) { tok.Subject, tok.Username = "", "" } }
	t.Run("somebody new", func(t *testing.T) {
		t.Parallel()
		onEveryStore(t, func(t *testing.T, a *app) {
			silent(a)
			b := a.browser()
			view := a.toForm(b, ada)
			assert.Equal(t, ada.ID, view.Subject)
			assert.False(t, view.Partial)
			assert.Equal(t, calls{1, 1, 1}, a.flow.count())
		})
	})
	t.Run("somebody known", func(t *testing.T) {
		t.Parallel()
		onEveryStore(t, func(t *testing.T, a *app) {
			user := a.signUp(ada)
			silent(a)
			b := a.browser()
			b.get(a.approved(b, ada, ""))
			assert.Equal(t, user, b.user())
			assert.Equal(t, ada.Username, a.signIns[len(a.signIns)-1].Username, "the handle known before")
		})
	})
	for _, row := range failureKinds {
		t.Run("profile "+row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				silent(a)
				a.flow.onProfile = func(context.Context) error {
					return &provider.Error{Provider: "fake", Op: provider.OpProfile, Kind: row.kind}
				}
				b := a.browser()
				callback := a.approved(b, ada, "")
				a.assertFailed(t, b.get(callback), row.want)
				assert.Equal(t, http.StatusConflict, b.get("/signup").status, "nobody knows who it is")
				b.get(callback)
				assert.Equal(t, 1, a.flow.count().exchange)
			})
		})
	}
	// A flow that calls a profile's fault a mismatch breaks its contract; the
	// person is still told something, each time.
	t.Run("profile mismatch", func(t *testing.T) {
		t.Parallel()
		onEveryStore(t, func(t *testing.T, a *app) {
			silent(a)
			a.flow.onProfile = func(context.Context) error { return provider.ErrMismatch }
			b := a.browser()
			callback := a.approved(b, ada, "")
			for range 2 {
				p := b.get(callback)
				assert.Equal(t, http.StatusBadRequest, p.status)
				assert.Contains(t, p.body, "Please start again.")
			}
		})
	})
}

func TestIdentitiesThatDisagreeAreRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name           string
		subject, ofWho string
	}{
		{"another person", ada.ID, bob.ID},
		{"no ID in the profile", ada.ID, ""},
		{"blank ID in the profile", ada.ID, " "},
		{"a digit lost", "9007199254740993", "9007199254740992"},
		{"other case", "abc", "ABC"},
		{"neither", "", ""},
		{"a word for nothing", "", "null"},
		{"a word for nothing in the token answer", "undefined", "undefined"},
		{"a blank in the token answer", " ", " "},
		{"controls", "", "1\x00"},
		{"very long", "", strings.Repeat("9", 300)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				a.flow.editToken = func(tok *provider.Token) { tok.Subject = row.subject }
				b := a.browser()
				a.assertFailed(t, b.get(a.approved(b, provider.Profile{ID: row.ofWho, Username: "x"}, "")), oauthreg.Unavailable)
				assert.ErrorIs(t, a.last().Err, provider.ErrIdentity)
				assert.Equal(t, http.StatusConflict, b.get("/signup").status)
				assert.Empty(t, b.user())
			})
		})
	}
}

// The token answer alone must not make a sign-up of an ID that anybody could
// share.
func TestUnusableIDWithoutAProfileIsRefused(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{" ", "null", "undefined", "1\x002", strings.Repeat("9", 256), "\xff"} {
		a := newApp(t, newMemoryStore(t))
		a.flow.editToken = func(tok *provider.Token) { tok.Subject = subject }
		a.flow.onProfile = func(context.Context) error { return provider.ErrUnavailable }
		b := a.browser()
		a.assertFailed(t, b.get(a.approved(b, ada, "")), oauthreg.Unavailable)
		assert.ErrorIs(t, a.last().Err, provider.ErrIdentity, "%q", subject)
		assert.Equal(t, http.StatusConflict, b.get("/signup").status)
	}
}

func TestProfileIsMadeFitToBeShown(t *testing.T) {
	t.Parallel()
	raw := []byte("{ \"name\" : \"\\u0000\u202e<script>\",\n\t\"x\":1e400 }")
	dirty := provider.Profile{
		ID: "1", Username: "  ada\x00\r\n", Name: "a\u202egpj.exe\u2066\u2069 \u2028b\u2029\ufeff",
		GivenName: "A\td\ne", FamilyName: strings.Repeat("é", 300), Location: "Por\xffto",
		Description: strings.Repeat("x\n", 2000), URL: "javascript:alert(1)", AvatarURL: "http://img.example/a.png",
		Email: "ada@example.com, eve@evil.example", EmailVerified: true, Raw: raw,
	}
	onEveryStore(t, func(t *testing.T, a *app) {
		view := a.toForm(a.browser(), dirty)
		values := view.Values
		assert.Equal(t, "ada", values.Get(oauthreg.FieldUsername))
		assert.Equal(t, "agpj.exe b", values.Get(oauthreg.FieldName))
		assert.Equal(t, "A d e", values.Get(oauthreg.FieldFirstName))
		assert.Equal(t, 256, utf8.RuneCountInString(values.Get(oauthreg.FieldLastName)))
		assert.Equal(t, "Porto", values.Get(oauthreg.FieldLocation))
		assert.LessOrEqual(t, utf8.RuneCountInString(values.Get(oauthreg.FieldDescription)), 1024)
		assert.NotContains(t, values.Get(oauthreg.FieldDescription), "\n")
		for _, field := range []string{oauthreg.FieldURL, oauthreg.FieldAvatarURL, oauthreg.FieldEmail} {
			assert.False(t, values.Has(field), field)
		}
		assert.Equal(t, string(raw), string(view.Raw), "Raw is as it came")
	})
}

func TestProfileKeepsWhatScriptsAndEmojiNeed(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	for _, name := range []string{"🏳️‍🌈 👩‍👩‍👧", "سمير نور", "می\u200cخواهم", "क्\u200dष", "森 花子 🌸", "O'Tables <b>", "\u200fابن\u200e x"} {
		assert.Equal(t, name, a.toForm(a.browser(), provider.Profile{ID: "1", Name: name}).Values.Get(oauthreg.FieldName))
	}
}

func TestProfileURLs(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	for _, row := range []struct{ in, url, avatar string }{
		{"https://ada.example/?a=1&b=2#c", "https://ada.example/?a=1&b=2#c", "https://ada.example/?a=1&b=2#c"},
		{"http://ada.example/", "http://ada.example/", ""},
		{"HTTPS://ada.example/", "HTTPS://ada.example/", "HTTPS://ada.example/"},
		{"https://bücher.example/ä", "https://bücher.example/ä", "https://bücher.example/ä"},
		{"javascript:alert(1)//https://x", "", ""},
		{"JaVaScRiPt://x/%0aalert(1)", "", ""},
		{"data:text/html,x", "", ""},
		{"//ada.example/", "", ""},
		{"/local", "", ""},
		{"https:ada.example", "", ""},
		{"https:///ada.example", "", ""},
		{"https://user:password@ada.example/", "", ""},
		{"https://ada.example/ x", "", ""},
		{"https://ada.example/\n", "", ""},
		{"java\tscript:alert(1)", "", ""},
		{"https://ada.example/\xff", "", ""},
		{"https://ada.example/" + strings.Repeat("x", 2048), "", ""},
		{"", "", ""},
	} {
		view := a.toForm(a.browser(), provider.Profile{ID: "1", URL: row.in, AvatarURL: row.in})
		assert.Equal(t, row.url, view.Values.Get(oauthreg.FieldURL), "%q", row.in)
		assert.Equal(t, row.avatar, view.Values.Get(oauthreg.FieldAvatarURL), "%q", row.in)
	}
}
