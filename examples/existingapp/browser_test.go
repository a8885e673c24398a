package main

import (
	"bufio"
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// program is the example, running.
type program struct {
	url  string
	db   string
	log  *lockedBuffer
	stop func() error
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs the program until the test ends or stop is called.
func start(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	p := &program{log: &lockedBuffer{}}
	for i, arg := range args {
		if arg == "-db" {
			p.db = args[i+1]
		}
	}
	if p.db == "" {
		p.db = filepath.Join(t.TempDir(), "existingapp.db")
		args = append(args, "-db", p.db)
	}
	if !strings.Contains(strings.Join(args, " "), "-addr") {
		args = append(args, "-addr", "127.0.0.1:0")
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, args, func(name string) string {
			if name == "PASSWORD_ROUNDS" {
				return "1000" // the race detector makes hashing very slow
			}
			return env[name]
		}, stdout, p.log)
		stdout.CloseWithError(io.EOF)
		done <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		cancel()
		t.Fatalf("the program ended: %v", <-done)
	}
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	require.True(t, ok, line)
	p.url = address
	p.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(20 * time.Second):
			return context.DeadlineExceeded
		}
	})
	t.Cleanup(func() { _ = p.stop() })
	return p
}

// browser keeps cookies and follows no redirect by itself.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{t, &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		// A connection kept from before a restart would fail the first request after.
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is one response, read.
type answer struct {
	status   int
	location string
	body     string
	header   http.Header
}

func (b *browser) do(method, target string, form url.Values) answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, body)
	require.NoError(b.t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	a := answer{status: res.StatusCode, body: string(data), header: res.Header}
	if location := res.Header.Get("Location"); location != "" {
		u, err := req.URL.Parse(location)
		require.NoError(b.t, err)
		a.location = u.String()
	}
	return a
}

func (b *browser) get(target string) answer { b.t.Helper(); return b.do("GET", target, nil) }

func (b *browser) post(target string, form url.Values) answer {
	b.t.Helper()
	return b.do("POST", target, form)
}

// begin starts at X, with an intent or "", and returns the page there.
func (b *browser) begin(p *program, intent string) string {
	b.t.Helper()
	form := url.Values{}
	if intent != "" {
		form.Set("intent", intent)
	}
	a := b.post(p.url+"/auth/twitter/start", form)
	require.Equal(b.t, http.StatusSeeOther, a.status, a.body)
	return a.location
}

// through goes through X as person, and returns the answer to the callback.
func (b *browser) through(x *twittertest.Server, p *program, intent, person string) answer {
	b.t.Helper()
	callback, err := x.Approve(b.t.Context(), b.begin(p, intent), person)
	require.NoError(b.t, err)
	a := b.get(callback)
	require.Equal(b.t, http.StatusSeeOther, a.status, a.body)
	return a
}

// follow goes where a leads until there is a page.
func (b *browser) follow(a answer) answer {
	b.t.Helper()
	for range 5 {
		if a.location == "" {
			return a
		}
		a = b.get(a.location)
	}
	b.t.Fatal("redirects without end")
	return a
}

var (
	inputPattern = regexp.MustCompile(`<input[^>]*>`)
	attrPattern  = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// inputs reads the fields of the page's form with this action, as a browser
// would send them. nil means that there is no such form. Without an action it
// is the whole page.
func inputs(page, action string) url.Values {
	part := page
	if action != "" {
		_, rest, found := strings.Cut(page, `<form method="post" action="`+action+`"`)
		if !found {
			return nil
		}
		part, _, _ = strings.Cut(rest, "</form>")
	}
	form := url.Values{}
	for _, tag := range inputPattern.FindAllString(part, -1) {
		attrs := map[string]string{}
		for _, m := range attrPattern.FindAllStringSubmatch(strings.TrimPrefix(tag, "<input"), -1) {
			attrs[m[1]] = html.UnescapeString(m[2])
		}
		form.Set(attrs["name"], attrs["value"])
	}
	return form
}

// count asks the program's database.
func (p *program) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	db, err := openDB(t.Context(), p.db)
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+query, args...).Scan(&n))
	return n
}
