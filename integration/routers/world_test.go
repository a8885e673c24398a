package routers_test

import (
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/routers"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// world is an app on one router, served on loopback, and its stand-in for X.
type world struct {
	t       *testing.T
	url     string // with the path that the app is mounted under
	standIn *twittertest.Server

	mu      sync.Mutex
	signIns []string // the users, in order
	made    int      // how many users were made
}

// build makes the handler of an app under a path prefix.
type build func(t *testing.T, a *routers.App, prefix string) http.Handler

func newWorld(t *testing.T, prefix string, handler build, change ...func(*oauthreg.Config)) *world {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &world{t: t, url: "http://" + listener.Addr().String() + prefix}
	w.standIn, err = twittertest.New(twittertest.Config{CallbackURLs: []string{w.url + "/auth/twitter/callback"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.standIn.Close() })
	x, err := twitter.New(twitter.Config{
		ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: w.standIn.URL(),
	})
	require.NoError(t, err)
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: w.url})
	require.NoError(t, err)
	cfg := oauthreg.Config{
		BaseURL: w.url + "/auth", Flows: map[string]provider.Flow{"twitter": x}, Labels: map[string]string{"twitter": "X"},
		Sessions: sessions, Accounts: tokenstore.NewMemory(), SignUpURL: prefix + "/signup", DefaultNext: prefix + "/home",
		SignIn: func(rw http.ResponseWriter, _ *http.Request, a tokenstore.Account) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.signIns = append(w.signIns, a.UserID)
			http.SetCookie(rw, &http.Cookie{Name: "user", Value: a.UserID, Path: "/"})
			return nil
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	reg, err := oauthreg.New(cfg)
	require.NoError(t, err)
	app := &routers.App{
		Reg: reg, StartURL: prefix + "/auth/twitter/start",
		CreateUser: func(_ context.Context, _ *oauthreg.Pending, username string) (string, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.made++
			return "user-" + username, nil
		},
	}
	server := httptest.NewUnstartedServer(handler(t, app, prefix))
	require.NoError(t, server.Listener.Close())
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return w
}

func (w *world) users() (signIns []string, made int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append(signIns, w.signIns...), w.made
}

// browser keeps cookies and shows every redirect. It tells what a browser tells
// of where a request comes from.
type browser struct {
	t      *testing.T
	client *http.Client
	old    bool // from before Sec-Fetch-Site
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	return &browser{t: w.t, client: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		// httptest.Server.Close closes the default transport's connections, of parallel tests too.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer.
type page struct {
	status   int
	header   http.Header
	location string // absolute
	body     string
}

func (b *browser) do(method, target string, form url.Values) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	if !b.old {
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	p := page{status: res.StatusCode, header: res.Header, body: string(body)}
	if res.Header.Get("Location") != "" {
		u, err := res.Location()
		require.NoError(b.t, err)
		p.location = u.String()
	}
	return p
}

func (b *browser) get(target string) page { b.t.Helper(); return b.do(http.MethodGet, target, nil) }

var (
	actionPattern = regexp.MustCompile(`<form method="post"(?: action="([^"]*)")?>`)
	inputPattern  = regexp.MustCompile(`<input[^>]*?name="([^"]*)"[^>]*?value="([^"]*)"`)
)

// fields are the values of a form as it was shown.
func fields(p page) url.Values {
	form := url.Values{}
	for _, m := range inputPattern.FindAllStringSubmatch(p.body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// press sends the form of p, which was shown at target, to where a browser sends
// it.
func (b *browser) press(target string, p page) page {
	b.t.Helper()
	m := actionPattern.FindStringSubmatch(p.body)
	require.NotNil(b.t, m, "no form at %s (%d): %s", target, p.status, p.body)
	at, err := url.Parse(target)
	require.NoError(b.t, err)
	action, err := at.Parse(html.UnescapeString(m[1]))
	require.NoError(b.t, err)
	return b.do(http.MethodPost, action.String(), fields(p))
}

// toX opens the start page, presses the button, and returns where at X it leads.
func (b *browser) toX(w *world, start string) string {
	b.t.Helper()
	p := b.press(start, b.get(start))
	require.Equal(b.t, http.StatusSeeOther, p.status, p.body)
	require.True(b.t, strings.HasPrefix(p.location, w.standIn.URL()), p.location)
	return p.location
}

// approve does so at X, and returns the callback.
func (b *browser) approve(w *world, authURL string) string {
	b.t.Helper()
	callback, err := w.standIn.Approve(b.t.Context(), authURL, "")
	require.NoError(b.t, err)
	return callback
}
