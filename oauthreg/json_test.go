package oauthreg_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// answerOf decodes a JSON answer, after a look at what all of them carry.
func answerOf(t testing.TB, p page) map[string]any {
	t.Helper()
	assertPrivate(t, p.body, p)
	assert.Equal(t, []string{"Accept"}, p.header.Values("Vary"))
	assert.Empty(t, p.location, "fetch would follow it")
	schema := "outcome.schema.json"
	if p.header.Get("Content-Type") == "application/problem+json" {
		schema = "problem.schema.json"
		assert.GreaterOrEqual(t, p.status, 400)
	} else {
		assert.Equal(t, "application/json", p.header.Get("Content-Type"), p.body)
		assert.Equal(t, http.StatusOK, p.status)
	}
	conform(t, schema, p.body)
	var members map[string]any
	require.NoError(t, json.Unmarshal([]byte(p.body), &members))
	if schema == "problem.schema.json" {
		assert.InDelta(t, p.status, members["status"], 0)
	}
	return members
}

// counted counts the requests to h, and asks for JSON in the one of number at.
func counted(h http.Handler, n *int, at int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if *n++; *n == at {
			asJSON(r)
		}
		h.ServeHTTP(w, r)
	})
}

// kinds are what the cookies of an answer are for.
func kinds(p page) (names []string) {
	for _, c := range p.cookies {
		name, isRecord := strings.CutPrefix(c.Name, "__Host-oauthreg-") // a random name follows
		if !isRecord {
			name, _, _ = strings.Cut(strings.TrimPrefix(name, "__Host-oauthreg_"), "_")
			names = append(names, name)
			continue
		}
		names = append(names, "record")
	}
	slices.Sort(names)
	return names
}

func TestEveryOutcomeHasAPageAndAJSONForm(t *testing.T) {
	t.Parallel()
	documented, err := os.ReadFile(filepath.Join(schemas, "json.md"))
	require.NoError(t, err)
	var enumerated []any
	for _, schema := range []string{"outcome.schema.json", "problem.schema.json"} {
		member := readSchema(t, schema)["properties"].(map[string]any)["outcome"].(map[string]any)
		enumerated = append(enumerated, member["enum"].([]any)...)
	}
	for _, code := range []any{"started", "declined", "no_pending", "last_way_in"} {
		require.Contains(t, enumerated, code)
	}
	require.Len(t, enumerated, len(outcomesInSource(t))+4)

	for _, want := range outcomesInSource(t) {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			// As a page, or as a redirect.
			a, requests := newApp(t, newCookieStore(t), withHooks), 0
			a.signUp(ada)
			a.handler = counted(a.handler, &requests, 0)
			html := roads[want](a, a.browser())
			assert.Equal(t, []string{"Accept"}, html.header.Values("Vary"))
			if html.location == "" {
				assert.Equal(t, "text/html; charset=utf-8", html.header.Get("Content-Type"))
				assert.Contains(t, html.body, "<main>")
			} else {
				assert.Equal(t, http.StatusSeeOther, html.status)
				assert.Empty(t, html.body)
			}
			redirected := a.last()
			require.Equal(t, want, redirected.Outcome)

			// As JSON where the road ends, at another app like it.
			a = newApp(t, newCookieStore(t), withHooks)
			a.signUp(ada)
			a.handler = counted(a.handler, new(int), requests)
			p := roads[want](a, a.browser())
			res := a.last()
			require.Equal(t, want, res.Outcome)
			got := answerOf(t, p)
			assert.Equal(t, string(want), got["outcome"])
			assert.Equal(t, res.Status, p.status)
			assert.Equal(t, redirected.Location, res.Location, "a hook sees the same")
			assert.Equal(t, kinds(html), kinds(p), "the same cookies, in either form")
			if html.location == "" {
				assert.NotContains(t, got, "location")
			} else {
				assert.Equal(t, html.location, got["location"])
			}
			if want == oauthreg.UnknownProvider {
				assert.NotContains(t, got, "provider")
			} else {
				assert.Equal(t, "fake", got["provider"])
			}
			if p.status == http.StatusOK {
				return
			}
			assert.Equal(t, "https://github.com/oauthreg/go/blob/main/docs/json.md#"+string(want), got["type"])
			assert.Contains(t, string(documented), fmt.Sprintf("\n### %s\n\n%d, %q.", want, p.status, got["title"]))
			if html.location == "" {
				assert.Contains(t, html.body, "<h1>"+got["title"].(string)+"</h1>", "the page says the same")
			}
		})
	}
}

func TestAStartAsJSONTellsWhereToGo(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		p := b.post("/auth/fake/start", url.Values{"next": {"/inbox"}}, asJSON)
		got := answerOf(t, p)
		assert.Equal(t, "started", got["outcome"])
		assert.Equal(t, "fake", got["provider"])
		assert.Empty(t, a.outcomes(), "nothing has ended yet")
		authURL := got["location"].(string)
		assert.True(t, strings.HasPrefix(authURL, "https://fake.example/authorize?token="), authURL)

		// The browser itself comes back, or an app hands the query on.
		callback := "/auth/fake/callback?" + a.flow.approve(authURL, ada)
		got = answerOf(t, b.get(callback, asJSON))
		assert.Equal(t, map[string]any{"outcome": "new", "provider": "fake", "location": "/signup"}, got)
		assert.Equal(t, "/inbox", a.form(b).Next)
		assert.Equal(t, "/signup", b.get(callback).location, "a reload by the browser")
		assert.Equal(t, "replayed", answerOf(t, b.get(callback, asJSON))["outcome"])
	})
}

// Where to go is the same, to the letter, in either form.
func TestALocationAsJSONIsThatOfTheRedirect(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.SignUpURL = "/anmelden?für=dich&a=<b>" })
	a.flow.editStart = func(authURL *string, _ *provider.Handshake) { *authURL += "&a=%2f;c&b=ä" }
	p := a.browser().post("/auth/fake/start", nil)
	assert.Contains(t, p.location, "&a=%2f;c&b=%C3%A4")
	assert.Contains(t, answerOf(t, a.browser().post("/auth/fake/start", nil, asJSON))["location"], "&a=%2f;c&b=%C3%A4")
	b, c := a.browser(), a.browser()
	redirected := b.get(a.approved(b, bob, "")).location
	assert.Equal(t, "/anmelden?f%C3%BCr=dich&a=<b>", redirected)
	assert.Equal(t, redirected, answerOf(t, c.get(a.approved(c, bob, ""), asJSON))["location"])
}

// The other forms of the same request are as safe as the form of a page.
func TestAStartAsJSONIsAsSafeAsByAForm(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	for name, edits := range map[string][]func(*http.Request){
		"by another site":                 {fromSite("https://evil.example", "cross-site")},
		"by another host of the domain":   {fromSite("https://blog.example.com", "same-site")},
		"by another site, old browser":    {fromSite("https://evil.example", "")},
		"by another site, without cookie": {fromSite("https://evil.example", "cross-site"), withoutCookies},
	} {
		p := b.post("/auth/fake/start", nil, append(edits, asJSON)...)
		assert.Equal(t, "cross_origin", answerOf(t, p)["outcome"], name)
	}
	for _, target := range []string{"/auth/fake/start", "/auth/fake/start?intent=connect", "/auth/fake/start?_method=POST"} {
		p := b.get(target, asJSON, func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "POST") })
		conform(t, "start.schema.json", p.body)
	}
	assert.Empty(t, b.jar, "nothing is stored")
	assert.Equal(t, calls{}, a.flow.count())
}

func TestTheStartPageAsJSON(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Labels["other"] = `<b>"O"</b>` })
	for _, row := range []struct {
		name, target string
		want         map[string]any
		problem      string
	}{
		{"as it is", "/auth/fake/start", map[string]any{"provider": "fake", "label": "Fake Inc.", "action": "?", "next": "/"}, ""},
		{"with next", "/auth/fake/start?next=/inbox%3Fa=1", map[string]any{"provider": "fake", "label": "Fake Inc.", "action": "?", "next": "/inbox?a=1"}, ""},
		{"with a next elsewhere", "/auth/fake/start?next=//evil.example", map[string]any{"provider": "fake", "label": "Fake Inc.", "action": "?", "next": "/"}, ""},
		{"after a failure", "/auth/fake/start?error=denied&provider=fake", map[string]any{"provider": "fake", "label": "Fake Inc.", "action": "?", "next": "/"}, "denied"},
		{"after a failure that is none", "/auth/fake/start?error=new&provider=fake", map[string]any{"provider": "fake", "label": "Fake Inc.", "action": "?", "next": "/"}, ""},
		{"a label with markup", "/auth/other/start", map[string]any{"provider": "other", "label": `<b>"O"</b>`, "action": "?", "next": "/"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := a.browser().get(row.target, asJSON)
			assertPrivate(t, row.name, p)
			conform(t, "start.schema.json", p.body)
			assert.NotContains(t, p.body, "<")
			var got map[string]any
			require.NoError(t, json.Unmarshal([]byte(p.body), &got))
			if row.problem != "" {
				problem := got["problem"].(map[string]any)
				assert.Equal(t, row.problem, problem["outcome"])
				assert.Contains(t, problem["detail"], "You cancelled at Fake Inc.")
				delete(got, "problem")
			}
			assert.Equal(t, row.want, got)
		})
	}
	p := a.browser().get("/auth/fake/start", asJSON, func(r *http.Request) { r.Method = http.MethodHead })
	assert.Equal(t, "application/json", p.header.Get("Content-Type"))
}

// Whatever is sent, wherever it can be put: none of it comes back.
func TestJSONReflectsNothing(t *testing.T) {
	t.Parallel()
	const mark = "m4rk"
	a := newApp(t, newCookieStore(t))
	a.flow.onExchange = func(context.Context) error {
		return &provider.Error{Provider: "fake", Op: provider.OpAccessToken, Kind: provider.ErrUnavailable, Code: mark, Hint: mark, Reason: mark}
	}
	b := a.browser()
	marked := func(r *http.Request) {
		asJSON(r)
		r.Header.Add("Accept", mark)
		r.Header.Set("Referer", site+"/"+mark)
		r.Header.Set("User-Agent", mark)
		r.Header.Set("X-Request-Id", mark)
		r.AddCookie(&http.Cookie{Name: mark, Value: mark})
	}
	for what, p := range map[string]page{
		"provider":     b.get("/auth/"+mark+"/start", marked),
		"action":       b.get("/auth/fake/"+mark, marked),
		"error":        b.get("/auth/fake/start?error="+mark+"&provider="+mark+"&next=//"+mark, marked),
		"method":       b.get("/auth/fake/start", marked, func(r *http.Request) { r.Method = "M4RK" }),
		"callback":     b.get("/auth/fake/callback?token="+mark+"&"+mark+"=1", marked),
		"twice":        b.get("/auth/fake/callback?"+mark+"=1&"+mark+"=2", marked),
		"start":        b.post("/auth/fake/start", url.Values{"intent": {mark}}, marked),
		"cross-origin": b.post("/auth/fake/start", nil, marked, fromSite("https://"+mark+".example", "cross-site")),
		"the provider": b.get(a.approved(b, provider.Profile{ID: mark, Username: mark}, ""), marked),
	} {
		assert.NotContains(t, strings.ToLower(p.body), mark, what)
		for name, values := range p.header {
			if name != "Set-Cookie" {
				assert.NotContains(t, strings.Join(values, ","), mark, what)
			}
		}
		assert.True(t, json.Valid([]byte(p.body)), p.body)
	}
}

func TestWhatIsNoOutcomeIsAProblemToo(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	for _, row := range []struct {
		method, target string
		status         int
	}{
		{http.MethodGet, "/auth/fake/elsewhere", http.StatusNotFound},
		{http.MethodPut, "/auth/fake/start", http.StatusMethodNotAllowed},
		{http.MethodPost, "/auth/fake/callback", http.StatusMethodNotAllowed},
	} {
		p := b.get(row.target, asJSON, func(r *http.Request) { r.Method = row.method })
		require.Equal(t, row.status, p.status)
		assert.Equal(t, map[string]any{"type": "about:blank", "title": http.StatusText(row.status), "status": float64(row.status)}, answerOf(t, p))
		p = b.get(row.target, func(r *http.Request) { r.Method = row.method })
		assert.Equal(t, row.status, p.status)
		assert.Equal(t, "text/plain; charset=utf-8", p.header.Get("Content-Type"))
		assert.Equal(t, "Accept", p.header.Get("Vary"))
	}
}

func TestHowLongToWaitIsToldWhereItIsKnown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name       string
		wait, at   time.Duration // Limit's, the provider's
		status     int
		retryAfter float64
	}{
		{"the app's limit", 90*time.Second + 1, 0, http.StatusTooManyRequests, 91},
		{"the provider's word", 0, 90 * time.Second, http.StatusServiceUnavailable, 90},
		{"the provider's word, which is over", 0, -time.Minute, http.StatusServiceUnavailable, 0},
		{"nobody's", 0, 0, http.StatusServiceUnavailable, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) {
				cfg.Limit = func(*http.Request, string) (time.Duration, error) { return row.wait, nil }
			})
			a.flow.onAuth = func(context.Context, provider.AuthRequest) error {
				err := &provider.Error{Provider: "fake", Op: provider.OpRequestToken, Kind: provider.ErrRateLimited}
				if row.at != 0 {
					err.RetryAt = time.Now().Add(row.at)
				}
				return err
			}
			p := a.browser().post("/auth/fake/start", nil, asJSON)
			got := answerOf(t, p)
			assert.Equal(t, row.status, p.status)
			if row.retryAfter == 0 {
				assert.NotContains(t, got, "retry_after")
				assert.Empty(t, p.header.Get("Retry-After"))
				return
			}
			assert.InDelta(t, row.retryAfter, got["retry_after"], 1)
			assert.Equal(t, fmt.Sprint(got["retry_after"]), p.header.Get("Retry-After"))

			p = a.browser().post("/auth/fake/start", nil)
			if p.location != "" {
				assert.Empty(t, p.header.Get("Retry-After"), "with a redirect it would tell the browser to wait (RFC 9110 section 10.2.3)")
			}
		})
	}
}

func TestErrorsOfTheAppsOwnEndpointsAsProblems(t *testing.T) {
	t.Parallel()
	documented, err := os.ReadFile(filepath.Join(schemas, "json.md"))
	require.NoError(t, err)
	onEveryStore(t, func(t *testing.T, a *app) {
		waiting := a.browser()
		waiting.get(a.approved(waiting, ada, ""))
		for _, row := range []struct {
			name   string
			err    error
			want   string
			status int
			logged bool
		}{
			{"nothing waits", fmt.Errorf("x: %w", oauthreg.ErrNoPending), "no_pending", http.StatusConflict, false},
			{"sign in first", oauthreg.ErrSignInFirst, "sign_in_first", http.StatusForbidden, false},
			{"taken", tokenstore.ErrTaken, "account_in_use", http.StatusConflict, false},
			{"last way in", oauthreg.ErrLastWayIn, "last_way_in", http.StatusConflict, false},
			{"closed", fmt.Errorf("%w: m4rk", oauthreg.ErrSignUpClosed), "sign_up_closed", http.StatusForbidden, false},
			{"barred", fmt.Errorf("%w: m4rk", oauthreg.ErrBarred), "barred", http.StatusForbidden, false},
			{"a store", errors.New("m4rk"), "internal", http.StatusInternalServerError, true},
			{"no error", nil, "internal", http.StatusInternalServerError, true},
		} {
			for _, b := range []*browser{waiting, a.browser()} {
				before := len(a.logs.String())
				w := httptest.NewRecorder()
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+"/api/signup", strings.NewReader("{}"))
				b.addCookies(r)
				a.reg.WriteProblem(w, r, row.err)
				conform(t, "problem.schema.json", w.Body.String())
				var got map[string]any
				require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
				assert.Equal(t, row.want, got["outcome"], row.name)
				assert.Equal(t, row.status, w.Code, row.name)
				assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
				assert.NotContains(t, w.Body.String(), "m4rk", row.name)
				assert.NotContains(t, got["detail"], "{")
				assert.Contains(t, string(documented), fmt.Sprintf("\n### %s\n\n%d, %q.", row.want, row.status, got["title"]))
				if b == waiting && row.want != "last_way_in" {
					assert.Equal(t, "fake", got["provider"], row.name)
				} else {
					assert.NotContains(t, got, "provider", row.name)
				}
				assert.Equal(t, row.logged, strings.Contains(a.logs.String()[before:], `"level":"ERROR"`), row.name)
			}
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+"/api/signup", strings.NewReader("{}"))
		fromSite("https://evil.example", "cross-site")(r)
		_, err := a.reg.Pending(r)
		require.Error(t, err)
		a.reg.WriteProblem(w, r, err)
		assert.Contains(t, w.Body.String(), `"outcome":"cross_origin"`)
	})
}

// A request whose body is no form says by a header which sign-up it is for.
func TestAJSONRequestSaysWhichSignUpItIsFor(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		adas := a.form(b).ID
		b.get(a.approved(b, bob, ""))
		bobs := a.form(b).ID
		require.NotEqual(t, adas, bobs)
		send := func(header, field string) (*oauthreg.Pending, error) {
			body := url.Values{}
			contentType, text := "application/json", `{"username":"m"}`
			if field != "" {
				body.Set(oauthreg.PendingField, field)
				contentType, text = "application/x-www-form-urlencoded", body.Encode()
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+"/api/signup", strings.NewReader(text))
			r.Header.Set("Content-Type", contentType)
			if header != "" {
				r.Header.Set(oauthreg.PendingHeader, header)
			}
			fromSite(site, "same-origin")(r)
			b.addCookies(r)
			return a.reg.Pending(r)
		}
		for _, row := range []struct{ header, field, subject string }{
			{adas, "", ada.ID}, {bobs, "", bob.ID}, {"", adas, ada.ID}, {adas, bobs, bob.ID}, {"", "", ""}, {"other", "", ""},
		} {
			p, err := send(row.header, row.field)
			if row.subject == "" {
				assert.ErrorIs(t, err, oauthreg.ErrNoPending)
				continue
			}
			require.NoError(t, err)
			assert.Equal(t, row.subject, p.Identity().Subject)
		}
	})
}

// What a page is shown of a sign-up that waits has no secret in it, whatever the
// provider said.
func TestTheViewOfAPendingSignUp(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		for _, row := range []struct {
			person  provider.Profile
			missing []string
			want    map[string]string
		}{
			{ada, []string{"phone"}, map[string]string{
				"username": "ada_quill", "email": "ada@example.com", "name": "Ada Quill", "first_name": "Ada", "last_name": "Quill",
				"location": "Porto", "url": "https://ada.example/", "avatar_url": "https://img.example/ada.png",
			}},
			{bob, []string{"email", "phone"}, map[string]string{"username": "bob", "name": "Bob Banner", "first_name": "Bob", "last_name": "Banner"}},
			{provider.Profile{ID: "8"}, []string{"username", "email", "phone"}, map[string]string{}},
		} {
			b := a.browser()
			b.get(a.approved(b, row.person, ""))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/api/pending", nil)
			b.addCookies(r)
			p, err := a.reg.Pending(r)
			require.NoError(t, err)
			v := p.View("username", "email", "phone")
			assert.Equal(t, row.want, v.Values)
			assert.Equal(t, row.missing, v.Missing)
			assert.Equal(t, row.person.EmailVerified, v.EmailVerified)
			assert.Equal(t, p.ID, v.ID)
			text, err := json.Marshal(v)
			require.NoError(t, err)
			conform(t, "pending.schema.json", string(text))
			for _, secret := range a.flow.secrets {
				assert.NotContains(t, string(text), secret)
			}
			if len(row.person.ID) > 1 {
				assert.NotContains(t, string(text), row.person.ID, "the ID at the provider")
			}
			none, err := json.Marshal(p.View())
			require.NoError(t, err)
			assert.Contains(t, string(none), `"missing":[]`)
			conform(t, "pending.schema.json", string(none))
		}
	})
}
