package openid

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Browser is one person's: it keeps cookies and follows redirects.
type Browser struct {
	client *http.Client
	t      testing.TB
}

// NewBrowser returns a browser without cookies.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatalf("cookie jar: %v", err)
	}
	return &Browser{t: t, client: &http.Client{
		Jar: jar, Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send makes one request, and follows no redirect.
func (b *Browser) Send(method, target string, form url.Values) (status int, location *url.URL, body string) {
	b.t.Helper()
	var content io.Reader
	if form != nil {
		content = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, content)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, target, err)
	}
	req.Header.Set("Accept", "text/html")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, target, err)
	}
	location, _ = res.Location() // nil without a redirect
	return res.StatusCode, location, string(data)
}

// Approve opens authURL as person, and returns where the provider sends the
// browser back to: a URL that begins with callback.
func (b *Browser) Approve(authURL, callback string, person Person) *url.URL {
	b.t.Helper()
	return b.travel(authURL, callback, &http.Cookie{Name: personCookie, Value: person.Username, Path: "/"})
}

// Deny is Approve for somebody who declines.
func (b *Browser) Deny(authURL, callback string, person Person) *url.URL {
	b.t.Helper()
	return b.travel(authURL, callback, &http.Cookie{Name: personCookie, Value: person.Username, Path: "/"}, &http.Cookie{Name: denyCookie, Value: "1", Path: "/", MaxAge: 5})
}

func (b *Browser) travel(target, callback string, cookies ...*http.Cookie) *url.URL {
	b.t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		b.t.Fatalf("the URL to send the browser to: %v", err)
	}
	b.client.Jar.SetCookies(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, []*http.Cookie{{Name: denyCookie, Path: "/", MaxAge: -1}})
	b.client.Jar.SetCookies(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, cookies)
	for range 12 {
		status, next, body := b.Send(http.MethodGet, u.String(), nil)
		if next == nil {
			b.t.Fatalf("the provider shows a page at %s: %d %s", u.Path, status, body)
		}
		if strings.HasPrefix(next.String(), callback) {
			return next
		}
		if next.Host != u.Host {
			b.t.Fatalf("the provider sends the browser to %s", next.Host)
		}
		u = next
	}
	b.t.Fatalf("the provider sends the browser in circles")
	return nil
}
