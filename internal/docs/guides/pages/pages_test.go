package pages

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// TestTranslationsAreWhole ranges over what there is to say: a text that a new
// version of the library adds is missed here, and not by a person.
func TestTranslationsAreWhole(t *testing.T) {
	for lang, texts := range translations {
		if texts == nil {
			continue // the library's own
		}
		for code, english := range oauthreg.Messages() {
			text := texts[code]
			assert.NotEmpty(t, text, "%s has no %s: %s", lang, code, english)
			assert.Equal(t, strings.Contains(english, "{provider}"), strings.Contains(text, "{provider}"), "%s: %s", lang, code)
		}
		for code := range texts {
			assert.Contains(t, oauthreg.Messages(), code, "%s: nobody asks for it", lang)
		}
	}
}

func TestLanguage(t *testing.T) {
	for accepted, want := range map[string]string{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "fr, en;q=0.5": "en", "en;q=0.3, DE; q=0.4": "de",
		"de;q=0": "en", "de;q=x": "en", "*": "en",
	} {
		assert.Equal(t, want, language(accepted), accepted)
	}
}

func TestOwnPages(t *testing.T) {
	reg := registrar(t)
	w := get(reg, "/auth/twitter/start?next=/inbox&error=denied&provider=twitter", "")
	assert.Equal(t, http.StatusOK, w.Code)
	for _, want := range []string{
		`<html lang="en" dir="ltr">`, "<h1>Sign up with X</h1>", `<p role="status">You cancelled at X.`,
		`name="next" value="/inbox"`, "<button>Continue to X</button>",
	} {
		assert.Contains(t, w.Body.String(), want)
	}
	nonce := regexp.MustCompile(`<style nonce="([^"]+)">`).FindStringSubmatch(w.Body.String())
	require.NotNil(t, nonce)
	policy := w.Header().Get("Content-Security-Policy")
	assert.Contains(t, policy, "style-src 'nonce-"+nonce[1]+"' 'self'")
	assert.NotContains(t, policy, "form-action")
	assert.NotContains(t, get(reg, "/auth/twitter/start", "").Body.String(), nonce[1], "a new one each time")

	w = get(reg, "/auth/twitter/callback?a=1&a=2", "de-AT,en;q=0.5")
	assert.Equal(t, http.StatusBadRequest, w.Code)
	assert.Contains(t, w.Body.String(), `<html lang="de" dir="ltr">`)
	assert.Contains(t, w.Body.String(), "<h1>Kein Link des Anbieters</h1>")
	assert.Contains(t, w.Body.String(), `action="/auth/twitter/start"><button>Noch einmal</button>`)
	assert.Contains(t, get(reg, "/auth/twitter/start", "de").Body.String(), "<h1>Mit X registrieren</h1>")
	w = get(reg, "/auth/nobody/start", "")
	assert.Equal(t, http.StatusNotFound, w.Code)
	assert.NotContains(t, w.Body.String(), "<form", "there is no start to go to")

	var page strings.Builder
	require.NoError(t, own.ExecuteTemplate(&page, "confirm", oauthreg.Page{Pending: "ID", Person: "@ada", Button: "Yes", Decline: "No"}))
	for _, want := range []string{
		`name="` + oauthreg.PendingField + `" value="ID"`, "<bdi>@ada</bdi>", `name="answer" value="connect">Yes<`, `name="answer" value="decline">No<`,
	} {
		assert.Contains(t, page.String(), want)
	}
}

// TestWhichPage: the failure page is for what cannot be sent back, the start page
// for all else while there is no FailureURL.
func TestWhichPage(t *testing.T) {
	for _, row := range []struct{ target, failureURL, location string }{
		{"/auth/twitter/callback", "", "/auth/twitter/start?error=not_started&provider=twitter"},
		{"/auth/twitter/callback", "/signin", "/signin?error=not_started&provider=twitter"},
		{"/auth/twitter/callback?a=1&a=2", "/signin", ""},
	} {
		w := get(registrar(t, func(cfg *oauthreg.Config) { cfg.FailureURL = row.failureURL }), row.target, "")
		assert.Equal(t, row.location, w.Header().Get("Location"), row)
	}
}

func registrar(t *testing.T, change ...func(*oauthreg.Config)) *oauthreg.Registrar {
	t.Helper()
	x, err := twitter.New(twitter.Config{ConsumerKey: "made-up-key", ConsumerSecret: provider.NewSecret("made-up-secret")})
	require.NoError(t, err)
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	require.NoError(t, err)
	cfg := oauthreg.Config{
		BaseURL: "https://app.example.com/auth", Flows: map[string]provider.Flow{"twitter": x}, Labels: map[string]string{"twitter": "X"},
		Sessions: sessions, Accounts: tokenstore.NewMemory(), SignUpURL: "/signup",
		SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
	}
	for _, c := range change {
		c(&cfg)
	}
	reg, err := newRegistrar(cfg)
	require.NoError(t, err)
	return reg
}

func get(reg *oauthreg.Registrar, target, language string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "https://app.example.com"+target, nil)
	r.Header.Set("Accept-Language", language)
	w := httptest.NewRecorder()
	reg.Handler().ServeHTTP(w, r)
	return w
}
