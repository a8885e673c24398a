package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter/twittertest"
)

// binary is the program, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "production")
	if err == nil {
		binary = filepath.Join(dir, "production.exe")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w: %s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// services returns the settings that lead to a database and a Redis prefix of
// this test's own, which are gone when it ends.
func services(t *testing.T) map[string]string {
	t.Helper()
	pgURL := cmp.Or(os.Getenv("OAUTHREG_TEST_POSTGRESQL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable")
	redisAddr := cmp.Or(os.Getenv("OAUTHREG_TEST_REDIS"), "127.0.0.1:6379")
	admin, err := sql.Open("pgx", pgURL)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, admin.Close()) })
	need(t, "PostgreSQL (set OAUTHREG_TEST_POSTGRESQL)", admin.PingContext(t.Context()))
	client := redis.NewClient(&redis.Options{Addr: redisAddr})
	t.Cleanup(func() { assert.NoError(t, client.Close()) })
	need(t, "Redis (set OAUTHREG_TEST_REDIS)", client.Ping(t.Context()).Err())

	name := "oauthreg_test_" + strings.ToLower(rand.Text())
	_, err = admin.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	prefix := name + ":"
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, err := admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		assert.NoError(t, err)
		keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator()
		for keys.Next(ctx) {
			assert.NoError(t, client.Del(ctx, keys.Val()).Err())
		}
		assert.NoError(t, keys.Err())
	})
	own, err := url.Parse(pgURL)
	require.NoError(t, err)
	own.Path = "/" + name
	return map[string]string{
		"DATABASE_URL": own.String(), "REDIS_URL": "redis://" + redisAddr + "/0", "REDIS_PREFIX": prefix, "DRAIN_DELAY": "200ms",
	}
}

func need(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	require.NotEqual(t, "1", os.Getenv("OAUTHREG_REQUIRE_SERVICES"), "%s: %v", what, err)
	t.Skipf("%s cannot be reached: %v", what, err)
}

// fakeX is a stand-in for X that the test controls. It adds what else an
// instance needs to env.
func fakeX(t *testing.T, env map[string]string) *twittertest.Server {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	addr := freeAddr(t)
	env["X_CONSUMER_KEY"], env["X_CONSUMER_SECRET"], env["X_API_URL"] = twittertest.ConsumerKey, twittertest.ConsumerSecret, x.URL()
	env["LISTEN_ADDR"], env["BASE_URL"], env["OAUTHREG_KEY"] = addr, "http://"+addr, seal.NewKey()
	return x
}

// freeAddr is where nobody listens, for the next moment at least.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

// program is the real one, as a process.
type program struct {
	url string
	cmd *exec.Cmd
	log *lockedBuffer
	end chan error
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

// start runs the program until the test ends.
func start(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	p := &program{cmd: exec.Command(binary, args...), log: &lockedBuffer{}, end: make(chan error, 1)}
	p.cmd.Env = os.Environ()
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.Stderr = p.log
	p.cmd.WaitDelay = 5 * time.Second
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() { p.end <- p.cmd.Wait() }()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(os.Interrupt)
		select {
		case <-p.end:
		case <-time.After(20 * time.Second):
			_ = p.cmd.Process.Kill()
			t.Errorf("the program did not end:\n%s", p.log)
		}
		if t.Failed() {
			t.Logf("log of the program:\n%s", p.log)
		}
	})
	require.NoError(t, err, "the program ended:\n%s", p.log)
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	require.True(t, ok, line)
	p.url = address
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
		Jar: jar, Timeout: 40 * time.Second,
		// httptest.Server.Close closes the default transport's connections, of parallel tests too.
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
	a, err := b.try(method, target, form)
	require.NoError(b.t, err)
	return a
}

func (b *browser) try(method, target string, form url.Values) (answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, body)
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: res.StatusCode, body: string(data), header: res.Header}
	if location := res.Header.Get("Location"); location != "" {
		u, err := req.URL.Parse(location)
		if err != nil {
			return answer{}, err
		}
		a.location = u.String()
	}
	return a, nil
}

func (b *browser) get(target string) answer { b.t.Helper(); return b.do("GET", target, nil) }

func (b *browser) post(target string, form url.Values) answer {
	b.t.Helper()
	return b.do("POST", target, form)
}

var (
	inputPattern = regexp.MustCompile(`<input[^>]*>`)
	attrPattern  = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// inputs reads the form fields of a page as a browser would send them.
func inputs(page string) url.Values {
	form := url.Values{}
	for _, tag := range inputPattern.FindAllString(page, -1) {
		attrs := map[string]string{}
		for _, m := range attrPattern.FindAllStringSubmatch(strings.TrimPrefix(tag, "<input"), -1) {
			attrs[m[1]] = html.UnescapeString(m[2])
		}
		form.Set(attrs["name"], attrs["value"])
	}
	return form
}

const (
	ada    = "9007199254740881"
	hanako = "9100000000000000019"
)
