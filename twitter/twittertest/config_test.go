package twittertest_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter/twittertest"
)

// faultsOf takes a joined error apart.
func faultsOf(err error) []*provider.ConfigError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*provider.ConfigError
		for _, e := range joined.Unwrap() {
			all = append(all, faultsOf(e)...)
		}
		return all
	}
	if fault, ok := errors.AsType[*provider.ConfigError](err); ok {
		return []*provider.ConfigError{fault}
	}
	return nil
}

func TestConfigFaultsAreReportedTogether(t *testing.T) {
	t.Parallel()
	_, err := twittertest.New(twittertest.Config{
		CallbackURLs: append(slices.Repeat([]string{callback}, 10), "javascript:alert(1)", "/relative", "http:nohost"),
		People: []twittertest.Person{
			{ID: "1", ScreenName: "a"}, {ID: "1", ScreenName: "A"}, {ID: "01", ScreenName: "c"}, {ID: "x", ScreenName: ""},
			{ID: "12345678901234567890", ScreenName: "d", NoEmail: "never"},
		},
		Addr: "0.0.0.0:0",
	})
	fields := map[string]int{}
	for _, fault := range faultsOf(err) {
		assert.Equal(t, "twittertest", fault.Package)
		fields[fault.Field]++
	}
	assert.Equal(t, map[string]int{"CallbackURLs": 4, "People": 7, "Addr": 1}, fields, "%v", err)
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1", "[::ffff:192.0.2.1]:0"} {
		_, err := twittertest.New(twittertest.Config{Addr: addr})
		require.Len(t, faultsOf(err), 1, addr)
		assert.Equal(t, "Addr", faultsOf(err)[0].Field)
	}
	s := start(t, twittertest.Config{Addr: "localhost:0"})
	host, _, err := net.SplitHostPort(strings.TrimPrefix(s.URL(), "http://"))
	require.NoError(t, err)
	assert.True(t, net.ParseIP(host).IsLoopback())

	_, err = twittertest.New(twittertest.Config{Addr: strings.TrimPrefix(s.URL(), "http://")})
	require.Len(t, faultsOf(err), 1, "the port is taken")
}

func TestConfigIsNotComparableAndKeyed(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[twittertest.Config]()
	assert.False(t, typ.Comparable())
	assert.Equal(t, "_", typ.Field(0).Name)
}

func TestConfigIsCopied(t *testing.T) {
	t.Parallel()
	cfg := twittertest.Config{CallbackURLs: []string{callback}, People: []twittertest.Person{{ID: "1", ScreenName: "a", Raw: []byte(`{}`)}}}
	s := start(t, cfg)
	cfg.CallbackURLs[0], cfg.People[0].ScreenName, cfg.People[0].Raw[0] = "http://x/", "b", '?'
	_, body := profile(t, s, signUp(t, s, ""))
	assert.Equal(t, "{}", body)
}

func TestMadeUpPeopleAreVaried(t *testing.T) {
	t.Parallel()
	people := twittertest.MadeUpPeople()
	require.GreaterOrEqual(t, len(people), 4)
	assert.NotEmpty(t, people[0].Email)
	large := 0
	for _, p := range people {
		id, err := strconv.ParseInt(p.ID, 10, 64)
		require.NoError(t, err)
		if int64(float64(id)) != id {
			large++
		}
		assert.NotContains(t, p.AvatarURL, "twimg.com", "no browser may be made to talk to X")
	}
	assert.Positive(t, large)
	people[0].Name = "changed"
	assert.NotEqual(t, "changed", twittertest.MadeUpPeople()[0].Name)
}

// slowLog lets everybody else run before it counts a record.
type slowLog struct {
	slog.Handler

	records atomic.Int64
}

func (*slowLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *slowLog) Handle(context.Context, slog.Record) error {
	for range 20_000 {
		runtime.Gosched()
	}
	l.records.Add(1)
	return nil
}

// Close leaves nothing running, whatever was under way.
func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	log := &slowLog{Handler: slog.DiscardHandler}
	s, err := twittertest.New(twittertest.Config{Logger: slog.New(log)})
	require.NoError(t, err)
	transport := &http.Transport{}
	client := &http.Client{Transport: transport}

	silent, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	require.NoError(t, err)
	defer silent.Close()
	resp, err := client.Get(s.URL() + "/oauth/standin.css")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())

	s.Fault(twittertest.RequestToken, twittertest.Fault{Delay: time.Hour})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			resp, err := client.Post(s.URL()+"/oauth/request_token", "", nil)
			if err == nil {
				err = resp.Body.Close()
			}
			assert.Error(t, err)
		})
	}
	for s.Calls(twittertest.RequestToken) < 4 {
		runtime.Gosched()
	}
	require.NoError(t, s.Close())
	assert.EqualValues(t, 5, log.records.Load(), "Close has waited for all requests")
	require.NoError(t, s.Close())
	wg.Wait()
	transport.CloseIdleConnections()
	// Close waits for its own; the client's goroutines take a moment.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), before)

	assert.Equal(t, 4, s.Calls(twittertest.RequestToken), "the server can still be asked")
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{StateFile: filepath.Join(t.TempDir(), "state.json")})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			access := signUp(t, s, "")
			s.Fault(twittertest.UsersMe, twittertest.NoCredits())
			_, _, err := send(t.Context(), s, apiOrder(s, "GET", "/2/users/me", access))
			assert.NoError(t, err)
			s.NoFault(twittertest.UsersMe)
			_ = s.LastQuery(twittertest.UsersMe)
			_ = s.Requests(twittertest.AccessToken)
		})
	}
	wg.Wait()
	assert.Equal(t, 8, s.Calls(twittertest.AccessToken))
}

// The package is for main functions too, and shares nothing with the signing
// side of the library.
func TestImportsAndDocs(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	fset := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, imp := range file.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			require.NoError(t, err)
			standard := !strings.Contains(strings.Split(path, "/")[0], ".")
			assert.True(t, standard || path == "github.com/oauthreg/go/provider", "%s imports %s", name, path)
			assert.NotContains(t, []string{"testing", "net/http/httptest", "testing/synctest"}, path, name)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.IsExported() {
				assert.NotEmpty(t, f.Doc.Text(), "%s has no comment", f.Name)
			}
		}
	}
}
