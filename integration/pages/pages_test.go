package pages_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

// site is an app with the default pages, and its provider.
type site struct {
	url string
}

// The provider approves everybody at once, with an address that user-1 has.
func (s site) AuthURL(_ context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	id := rand.Text()
	return req.CallbackURL + "?token=" + id, provider.Handshake{ID: id}, nil
}

func (s site) HandleCallback(context.Context, provider.Handshake, url.Values) (provider.Token, error) {
	return provider.Token{Access: provider.NewSecret("access"), Subject: "42", Username: "ada_quill"}, nil
}

func (s site) FetchProfile(context.Context, provider.Token) (provider.Profile, error) {
	return provider.Profile{ID: "42", Username: "ada_quill", Email: "ada@example.com", EmailVerified: true}, nil
}

// newSite serves every page there is. Those that a browser is not led to by a
// link are at paths of their own.
func newSite(t *testing.T) site {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s := site{server.URL}
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: server.URL})
	require.NoError(t, err)
	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL: server.URL + "/auth", Flows: map[string]provider.Flow{"fake": s}, Sessions: sessions, Accounts: tokenstore.NewMemory(),
		Labels:    map[string]string{"fake": "Fake Incorporated & Daughters, Purveyors of Identity"}, // as long as they get
		SignUpURL: "/signup", SignInURL: "/signin",
		SignIn:      func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
		CurrentUser: func(*http.Request) (string, error) { return "user-1", nil },
		UserByEmail: func(context.Context, string) (string, bool, error) { return "user-1", true, nil },
		Limit: func(r *http.Request, _ string) (time.Duration, error) {
			if r.Header.Get("X-Test-Hurry") != "" {
				return time.Minute, nil
			}
			return 0, nil
		},
	})
	require.NoError(t, err)
	mux.Handle("/auth/", reg.Handler())
	mux.Handle("/connect", reg.Confirm())
	mux.Handle("GET /signin", http.RedirectHandler("/connect", http.StatusSeeOther))
	post := func(path string, to http.Handler, target, form string, header ...string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			posted := httptest.NewRequestWithContext(r.Context(), http.MethodPost, server.URL+target, strings.NewReader(form))
			posted.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			posted.Header.Set(header[0], header[1])
			to.ServeHTTP(w, posted)
		})
	}
	post("/other-site", reg.Handler(), "/auth/fake/start", "", "Sec-Fetch-Site", "cross-site")
	post("/hurry", reg.Handler(), "/auth/fake/start", "", "X-Test-Hurry", "1")
	post("/nothing-waits", reg.Confirm(), "/connect", "answer=connect", "Sec-Fetch-Site", "same-origin")
	mux.HandleFunc("GET /bad", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(badPages[r.URL.Query().Get("page")]))
	})
	return s
}

const good = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A page</title>` +
	`<style>:root { color-scheme: light dark } button { font: 1rem/2 serif }</style></head><body><main><h1>A page</h1><p id="p">Text</p>` +
	`<form><label>A <input autocomplete="off"></label><button>Go on</button></form></main></body></html>`

// badPages are the good one made bad, by the rule of axe-core that finds it.
var badPages = map[string]string{
	"":                     good,
	"html-has-lang":        strings.Replace(good, ` lang="en"`, "", 1),
	"document-title":       strings.Replace(good, "A page</title>", "</title>", 1),
	"label":                strings.Replace(good, "<label>A", "<label>", 1),
	"button-name":          strings.Replace(good, "Go on", "", 1),
	"color-contrast":       strings.Replace(good, `id="p"`, `style="color:#999;background:#fff"`, 1),
	"dark":                 strings.Replace(good, "<style>", "<style>@media (prefers-color-scheme: dark) { body { background: #000 } p { color: #444 } }", 1),
	"landmark-one-main":    strings.NewReplacer("<main>", "<div>", "</main>", "</div>").Replace(good),
	"page-has-heading-one": strings.NewReplacer("<h1>", "<p>", "</h1>", "</p>").Replace(good),
	"meta-viewport":        strings.Replace(good, "width=device-width", "width=device-width, user-scalable=no", 1),
	"target-size":          strings.Replace(good, "</form>", `</form><p style="font-size:8px;line-height:8px"><button style="padding:0;font-size:8px;line-height:8px;border:0">a</button><br><button style="padding:0;font-size:8px;line-height:8px;border:0">b</button></p>`, 1),
}

var screens = []struct {
	name   string
	screen browser.Screen
}{
	{"desk, light", browser.Screen{Width: 1280, Height: 800}},
	{"narrowest, dark", browser.Screen{Width: 320, Height: 568, Phone: true, Dark: true}},
}

// One browser for all of it: its start is what takes long.
func TestThePagesAreAccessible(t *testing.T) {
	t.Parallel()
	chromium, s := launch(t), newSite(t)
	newTab := func(t *testing.T, screen browser.Screen) *browser.Tab {
		t.Helper()
		b, err := chromium.NewPerson()
		require.NoError(t, err)
		require.NoError(t, b.Use(screen))
		return b
	}

	for _, row := range screens {
		t.Run("axe-core finds faults, "+row.name, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, row.screen)
			for rule := range badPages {
				if row.screen.Dark && rule != "dark" {
					continue // found by day already
				}
				require.NoError(t, b.Open(s.url+"/bad?page="+rule))
				v := inspect(t, b)
				found := strings.Join(v.Violations, "\n")
				switch {
				case rule == "", rule == "dark" && !row.screen.Dark: // bad by night only
					assert.Empty(t, found)
					assert.Greater(t, v.Passes, 10)
				case rule == "dark":
					assert.Contains(t, found, "color-contrast")
				default:
					assert.Contains(t, found, rule+":")
				}
			}
		})

		t.Run("oauthreg, "+row.name, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, row.screen)
			titles := map[string]string{}
			look := func(page string) {
				t.Helper()
				accessible(t, b, page)
				dark, err := browser.Evaluate[bool](b, `(c => c[0] + c[1] + c[2] < 3*128)(getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number))`)
				require.NoError(t, err)
				assert.Equal(t, row.screen.Dark, dark, "%s: as dark as the person wants it", page)
				title, err := browser.Evaluate[string](b, "document.title")
				require.NoError(t, err)
				titles[title] = page
			}
			open := func(path string) {
				t.Helper()
				require.NoError(t, b.Open(s.url+path))
				look(path)
			}
			open("/auth/fake/start")
			// The longest notice there is, and one like most.
			for _, code := range []oauthreg.Outcome{oauthreg.EmailInUse, oauthreg.Denied} {
				open("/auth/fake/start?provider=fake&error=" + string(code))
				n, err := b.Count("#notice")
				require.NoError(t, err)
				assert.Equal(t, 1, n)
			}
			for _, path := range []string{
				"/auth/fake/callback?a=1&a=2", "/auth/nobody/start", "/other-site", "/hurry", "/nothing-waits",
			} {
				open(path)
			}
			// As a person comes to the confirm page.
			require.NoError(t, b.Open(s.url+"/auth/fake/start"))
			status, err := b.Follow("button")
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, status)
			text, err := b.Text("main")
			require.NoError(t, err)
			require.Contains(t, text, "@ada_quill")
			look("confirm")
			assert.Len(t, titles, 7, "each kind of page has a title of its own: %v", titles)

			b = newTab(t, row.screen)
			require.NoError(t, b.Open(s.url+"/auth/fake/start?provider=fake&error=denied"))
			// The keyboard reaches the button at once, and shows where it is.
			require.NoError(t, b.Press("\t"))
			ring, err := browser.Evaluate[string](b, `(s => document.activeElement.tagName + " " + s.outlineStyle + " " + s.outlineWidth)(getComputedStyle(document.activeElement))`)
			require.NoError(t, err)
			assert.Equal(t, "BUTTON solid 3px", ring)
		})

		t.Run("examples/signup, "+row.name, func(t *testing.T) {
			t.Parallel()
			p := startExample(t, "signup")
			b := newTab(t, row.screen)
			require.NoError(t, b.Open(p+"/"))
			accessible(t, b, "home")
			require.NoError(t, b.Open(p+"/?error=denied&provider=twitter"))
			accessible(t, b, "home with a notice")
			_, err := b.Follow(browser.StartButton)
			require.NoError(t, err)
			require.NoError(t, b.ApproveAs(samir))
			accessible(t, b, "form")
			require.NoError(t, b.Type("#username", "two words"))
			_, err = b.Follow(browser.SubmitButton)
			require.NoError(t, err)
			accessible(t, b, "form with faults")
			require.NoError(t, b.Type("#username", "samir"))
			require.NoError(t, b.Type("#email", "samir@example.com"))
			_, err = b.Follow(browser.SubmitButton)
			require.NoError(t, err)
			accessible(t, b, "account")
		})

		t.Run("examples/spa, "+row.name, func(t *testing.T) {
			t.Parallel()
			clickThroughSPA(t, newTab(t, row.screen), startExample(t, "spa"))
		})
	}
}

// accessible has axe-core and the audit look at the page of b.
func accessible(t *testing.T, b *browser.Tab, page string) {
	t.Helper()
	v := inspect(t, b)
	assert.Empty(t, v.Violations, page)
	assert.Greater(t, v.Passes, 10, page)
	source, err := audit()
	require.NoError(t, err)
	faults, err := browser.Evaluate[[]string](b, source)
	require.NoError(t, err)
	assert.Empty(t, slices.Compact(faults), page)
}
