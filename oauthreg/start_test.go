package oauthreg_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

const attemptCookies = "__Host-oauthreg_try_"

func TestStartSendsThePersonToTheProvider(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		var callback string
		a.flow.onAuth = func(_ context.Context, req provider.AuthRequest) error {
			callback = req.CallbackURL
			return nil
		}
		b := a.browser()
		authURL := a.start(b, "")
		assert.NotEmpty(t, tokenOf(authURL))
		assert.Equal(t, site+"/auth/fake/callback", callback)
		assert.Equal(t, callback, a.reg.CallbackURL("fake"))
		assert.Equal(t, calls{auth: 1}, a.flow.count())
		assert.Len(t, b.cookieNames(attemptCookies), 1)
		assert.Empty(t, a.outcomes(), "nothing has ended yet")
	})
}

func TestStartKeepsTheProvidersURLToTheLetter(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	const want = "https://fake.example/authorize?a=1&b=%2f;c&&token=x+y#f"
	a.flow.editStart = func(authURL *string, _ *provider.Handshake) { *authURL = want }
	assert.Equal(t, want, a.start(a.browser(), ""))
	a.flow.editStart = func(authURL *string, _ *provider.Handshake) { *authURL = "https://fake.example/ä\n" }
	assert.Equal(t, "https://fake.example/%C3%A4\n", a.start(a.browser(), ""), "net/http makes a blank of the newline")
}

func TestStartByLinkOnlyShowsAButton(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		p := b.get("/auth/fake/start?next=/inbox")
		assert.Equal(t, http.StatusOK, p.status)
		assert.Contains(t, p.body, "Sign up with Fake Inc.")
		assert.Contains(t, p.body, `<input type="hidden" name="next" value="/inbox">`)
		p = b.get("/auth/fake/start", func(r *http.Request) { r.Method = http.MethodHead })
		assert.Equal(t, http.StatusOK, p.status)
		assert.Empty(t, b.jar, "nothing is stored")
		assert.Equal(t, calls{}, a.flow.count())
	})
}

func TestStartOfAnUnknownProviderIsNotFound(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	b := a.browser()
	for _, path := range []string{"/auth/nobody/start", "/auth/nobody/callback", "/auth/nobody/callback?token=x", "/auth/Fake/start", "/auth//start"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			p := b.get(path, func(r *http.Request) { r.Method = method; r.URL.Path, _, _ = strings.Cut(path, "?") })
			if p.status == http.StatusTemporaryRedirect || p.status == http.StatusMovedPermanently {
				continue // ServeMux tidies "//"
			}
			assert.Equal(t, http.StatusNotFound, p.status, path)
			assert.Equal(t, oauthreg.UnknownProvider, a.last().Outcome)
			assert.Empty(t, a.last().Provider, "the name is the stranger's")
			assert.NotContains(t, p.body, "nobody")
			assert.NotContains(t, p.body, "<form")
		}
	}
	for _, path := range []string{"/auth/fake/other", "/auth/fake", "/auth/fake/", "/auth/fake/start/", "/auth/elsewhere/fake/start", "/auth/"} {
		assert.Equal(t, http.StatusNotFound, b.get(path).status, path)
	}
	assert.Empty(t, b.jar)
	assert.Equal(t, calls{}, a.flow.count())
}

// failureKinds is how each kind of error is told to the person.
var failureKinds = []struct {
	name string
	kind error
	want oauthreg.Outcome
}{
	{"denied", provider.ErrDenied, oauthreg.Denied},
	{"expired", provider.ErrExpired, oauthreg.Expired},
	{"refused", provider.ErrRefused, oauthreg.Misconfigured},
	{"token invalid", provider.ErrTokenInvalid, oauthreg.Expired},
	{"rate limited", provider.ErrRateLimited, oauthreg.RateLimited},
	{"no credits", provider.ErrNoCredits, oauthreg.Misconfigured},
	{"account unusable", provider.ErrAccountUnusable, oauthreg.AccountUnusable},
	{"unavailable", provider.ErrUnavailable, oauthreg.Unavailable},
	{"protocol", provider.ErrProtocol, oauthreg.Unavailable},
	{"identity", provider.ErrIdentity, oauthreg.Unavailable},
	{"timeout", context.DeadlineExceeded, oauthreg.Unavailable},
	{"cancelled", context.Canceled, oauthreg.Unavailable},
	{"of no kind", errors.New("the flow broke"), oauthreg.Internal},
}

func TestStartThatFailsStoresNothing(t *testing.T) {
	t.Parallel()
	for _, row := range failureKinds {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(t *testing.T, a *app) {
				a.flow.onAuth = func(context.Context, provider.AuthRequest) error {
					return &provider.Error{Provider: "fake", Op: provider.OpRequestToken, Kind: row.kind}
				}
				b := a.browser()
				p := b.post("/auth/fake/start", nil)
				a.assertFailed(t, p, row.want)
				assert.Empty(t, b.jar)
				assert.Equal(t, calls{auth: 1}, a.flow.count())
				assert.ErrorIs(t, a.last().Err, row.kind)
			})
		})
	}
}

func TestStartRefusesAnEmptyHandshake(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*string, *provider.Handshake){
		"no URL": func(authURL *string, _ *provider.Handshake) { *authURL = "" },
		"no ID":  func(_ *string, hs *provider.Handshake) { hs.ID = "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newCookieStore(t))
			a.flow.editStart = edit
			b := a.browser()
			a.assertFailed(t, b.post("/auth/fake/start", nil), oauthreg.Unavailable)
			assert.Empty(t, b.jar)
		})
	}
}

func TestStartRefusesAFormItCannotRead(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]url.Values{
		"too large":  {"next": {strings.Repeat("x", 20<<10)}},
		"many small": {"a": make([]string, 20<<10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newCookieStore(t))
			b := a.browser()
			p := b.post("/auth/fake/start", form)
			assert.Equal(t, http.StatusBadRequest, p.status)
			assert.Equal(t, oauthreg.Malformed, a.last().Outcome)
			assert.Empty(t, b.jar)
			assert.Equal(t, calls{}, a.flow.count())
		})
	}
	t.Run("bad escape", func(t *testing.T) {
		t.Parallel()
		a := newApp(t, newCookieStore(t))
		p := a.browser().post("/auth/fake/start?next=%zz", nil)
		assert.Equal(t, http.StatusBadRequest, p.status)
		assert.NotContains(t, p.body, "zz")
		assert.NotContains(t, a.logs.String(), "zz")
	})
}

// What a stranger posts must not travel along: of a start, "next" alone is
// kept (CVE-2017-18076).
func TestStartTakesNothingButNextFromTheRequest(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	p := b.post("/auth/fake/start?provider=other&token=stolen&force_login=false", url.Values{
		"provider": {"other"}, "subject": {bob.ID}, "token": {"stolen"}, "next": {"/inbox"},
	})
	require.Equal(t, http.StatusSeeOther, p.status)
	assert.NotContains(t, p.location, "stolen")
	assert.NotContains(t, p.location, "force_login")
	require.Equal(t, http.StatusSeeOther, b.get("/auth/fake/callback?"+a.flow.approve(p.location, ada)).status)
	view := a.form(b)
	assert.Equal(t, "fake", view.Provider)
	assert.Equal(t, ada.ID, view.Subject)
	assert.Equal(t, "/inbox", view.Next)
}

// A FormData that a script gives to fetch is multipart.
func multipartForm(t *testing.T, fields map[string]string) (body *bytes.Buffer, contentType string) {
	t.Helper()
	body = &bytes.Buffer{}
	m := multipart.NewWriter(body)
	for name, value := range fields {
		require.NoError(t, m.WriteField(name, value))
	}
	require.NoError(t, m.Close())
	return body, m.FormDataContentType()
}

func TestStartReadsAMultipartForm(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	a.signUp(ada)
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	user := b.user()
	post := func(body io.Reader, contentType string) page {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+"/auth/fake/start", body)
		r.Header.Set("Content-Type", contentType)
		fromSite(site, "same-origin")(r)
		return b.do(r)
	}
	body, contentType := multipartForm(t, map[string]string{"intent": oauthreg.IntentConnect, "next": "/settings"})
	p := post(body, contentType)
	require.Equal(t, http.StatusSeeOther, p.status)
	p = b.get("/auth/fake/callback?" + a.flow.approve(p.location, bob))
	assert.Equal(t, oauthreg.Linked, a.last().Outcome)
	assert.Equal(t, user, a.owner(bob))
	assert.Equal(t, "/settings", p.location)

	// What it does not read it does not ignore.
	before := a.flow.count()
	large, largeType := multipartForm(t, map[string]string{"next": strings.Repeat("x", 20<<10)})
	for contentType, body := range map[string]io.Reader{
		"application/json": strings.NewReader(`{"intent":"connect"}`), "text/plain": strings.NewReader("intent=connect"),
		"": strings.NewReader("intent=connect"), "multipart/form-data": strings.NewReader("intent=connect"),
		"multipart/form-data; boundary=x": strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"intent\"\r\n\r\nconn"), largeType: large,
	} {
		p := post(body, contentType)
		assert.Equal(t, http.StatusBadRequest, p.status, contentType)
		assert.Equal(t, oauthreg.Malformed, a.last().Outcome, contentType)
	}
	assert.Equal(t, before, a.flow.count())
	assert.Equal(t, http.StatusSeeOther, post(http.NoBody, "application/json").status, "nothing is lost of an empty one")
}
