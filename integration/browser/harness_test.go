package browser_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
	"github.com/oauthreg/go/twitter/twittertest"
)

// requireEnv makes a missing browser a failure instead of a skipped test.
const requireEnv = "OAUTHREG_REQUIRE_SERVICES"

// examples is the folder of the module of that name.
const examples = "../../examples"

// world is a running example and a browser to look at it with.
type world struct {
	t        *testing.T
	program  *browser.Program
	chromium *browser.Chromium
}

// chromium is the browser of all tests: its start is what takes long, and
// visitors share nothing. It is started by the first test that wants it, and
// closed by TestMain.
var chromium struct {
	once sync.Once
	dir  string
	*browser.Chromium
	err error
}

// built is the example's program, the same for all tests. Its folder is made
// when the first test wants it, and removed by TestMain.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chromium.Chromium != nil {
		if err := chromium.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	for _, dir := range []string{chromium.dir, built.dir} {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

// launch returns the browser.
func launch(t *testing.T) *browser.Chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("a real browser takes minutes; run without -short")
	}
	chromium.once.Do(func() {
		if chromium.dir, chromium.err = os.MkdirTemp("", "oauthreg-chromium"); chromium.err == nil {
			chromium.Chromium, chromium.err = browser.Launch(chromium.dir)
		}
	})
	if errors.Is(chromium.err, browser.ErrNoChromium) && os.Getenv(requireEnv) == "" {
		t.Skip(chromium.err)
	}
	require.NoError(t, chromium.err)
	return chromium.Chromium
}

// newWorld starts an example, and ends it with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	return start(t, false)
}

// elsewhere is newWorld, at a site that is not that of the stand-in for X.
func elsewhere(t *testing.T) *world {
	t.Helper()
	return start(t, true)
}

func start(t *testing.T, ownSite bool) *world {
	t.Helper()
	w := &world{t: t, chromium: launch(t)}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "oauthreg-browser"); built.err == nil {
			built.path, built.err = browser.Build(t.Context(), examples, built.dir)
		}
	})
	require.NoError(t, built.err)
	var err error
	w.program, err = browser.StartProgram(built.path, t.TempDir(), ownSite)
	require.NoError(t, err)
	t.Cleanup(w.program.Kill)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the example logged:\n%s", w.program.Log())
		}
	})
	return w
}

// person returns somebody of the stand-in, by handle.
func person(t *testing.T, handle string) twittertest.Person {
	t.Helper()
	people := twittertest.MadeUpPeople()
	i := slices.IndexFunc(people, func(p twittertest.Person) bool { return p.ScreenName == handle })
	require.GreaterOrEqual(t, i, 0, "nobody of the stand-in is @%s", handle)
	return people[i]
}

// tab is a browser.Tab whose faults end the test.
type tab struct {
	*browser.Tab
	t *testing.T
	w *world
}

// visitor opens a tab for somebody new to the example. Whatever its console
// complains about fails the test, unless the test has expected it.
func (w *world) visitor(expected ...string) *tab {
	w.t.Helper()
	tb, err := w.chromium.NewPerson()
	require.NoError(w.t, err)
	return w.watched(tb, expected)
}

func (w *world) watched(tb *browser.Tab, expected []string) *tab {
	w.t.Cleanup(func() {
		defer func() { assert.NoError(w.t, tb.Close()) }()
		for _, c := range tb.Complaints() {
			if !slices.ContainsFunc(expected, func(e string) bool { return strings.Contains(c.String(), e) }) {
				assert.Fail(w.t, "the console complains", c.String())
			}
		}
	})
	return &tab{Tab: tb, t: w.t, w: w}
}

// another opens another tab of the same person.
func (b *tab) another(expected ...string) *tab {
	b.t.Helper()
	tb, err := b.NewTab()
	require.NoError(b.t, err)
	return b.w.watched(tb, expected)
}

func (b *tab) must(err error) {
	b.t.Helper()
	require.NoError(b.t, err)
}

func (b *tab) open(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.program.URL + path
	}
	b.must(b.Open(path))
}

// follow clicks, and requires the page that comes to have this status.
func (b *tab) follow(selector string, status int) {
	b.t.Helper()
	got, err := b.Follow(selector)
	b.must(err)
	require.Equal(b.t, status, got, "status of the page behind %s", selector)
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	text, err := b.Text(selector)
	b.must(err)
	return text
}

func (b *tab) value(selector string) string {
	b.t.Helper()
	value, err := b.Value(selector)
	b.must(err)
	return value
}

func (b *tab) count(selector string) int {
	b.t.Helper()
	n, err := b.Count(selector)
	b.must(err)
	return n
}

// signUp goes as far as the form.
func (b *tab) signUp(p twittertest.Person) {
	b.t.Helper()
	b.must(b.StartSignUp(b.w.program))
	b.must(b.ApproveAs(p.ID))
}

// at requires the tab to be on a page of the example.
func (b *tab) at(path string) {
	b.t.Helper()
	u, err := b.Location()
	b.must(err)
	require.Equal(b.t, b.w.program.URL+path, u.Scheme+"://"+u.Host+u.Path)
}

// atForm requires the tab to show the form of p.
func (b *tab) atForm(p twittertest.Person) {
	b.t.Helper()
	b.at("/signup")
	assert.Equal(b.t, "@"+p.ScreenName+" on X", b.text(".person div span"))
}

// atAccount requires the tab to show that p is signed in.
func (b *tab) atAccount(p twittertest.Person) {
	b.t.Helper()
	b.at("/account")
	page := b.text("main")
	assert.Contains(b.t, page, "@"+p.ScreenName+" on X")
	assert.Contains(b.t, page, p.ID)
}

// signedOut requires that nobody is signed in.
func (b *tab) signedOut() {
	b.t.Helper()
	b.open("/account")
	b.at("/")
	require.Equal(b.t, 1, b.count(browser.StartButton))
}

// notice is the sentence that tells what went wrong.
func (b *tab) notice() string {
	b.t.Helper()
	return b.text(`main [role="status"]`)
}
