package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// terminal is what a person sees and types. It is safe for concurrent use.
type terminal struct {
	t     *testing.T
	wrote chan string
	typed *io.PipeWriter
	done  chan error
	seen  string // up to what was waited for
	all   string
}

// Write implements io.Writer for the program's output.
func (s *terminal) Write(data []byte) (int, error) {
	s.wrote <- string(data)
	return len(data), nil
}

// start runs the program in this process.
func start(ctx context.Context, t *testing.T, env map[string]string, args ...string) *terminal {
	t.Helper()
	in, typed := io.Pipe()
	s := &terminal{t: t, wrote: make(chan string, 100), typed: typed, done: make(chan error, 1)}
	go func() {
		s.done <- run(ctx, args, func(name string) string { return env[name] }, in, s)
		_ = in.Close()
		close(s.wrote)
	}()
	t.Cleanup(func() { _ = typed.Close() })
	return s
}

// waitFor returns what comes up to text.
func (s *terminal) waitFor(text string) string {
	s.t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		if before, after, found := strings.Cut(s.seen, text); found {
			s.seen = after
			return before + text
		}
		select {
		case more, open := <-s.wrote:
			require.True(s.t, open, "the program ended before %q: %s", text, s.all)
			s.seen, s.all = s.seen+more, s.all+more
		case <-deadline:
			require.Fail(s.t, "no "+text, s.all)
		}
	}
}

func (s *terminal) enter(line string) {
	s.t.Helper()
	_, err := io.WriteString(s.typed, line+"\n")
	require.NoError(s.t, err)
}

// end waits for the program, and returns all it wrote.
func (s *terminal) end() (string, error) {
	s.t.Helper()
	for more := range s.wrote {
		s.all += more
	}
	return s.all, <-s.done
}

var linkPattern = regexp.MustCompile(`http://\S+/oauth/authorize\?oauth_token=\S+`)

// link waits for the prompt after a link.
func (s *terminal) link() string {
	s.t.Helper()
	link := linkPattern.FindString(s.waitFor("PIN: "))
	require.NotEmpty(s.t, link, s.all)
	return link
}

// newX is a stand-in outside the program, with the settings for it, and a file
// for the token.
func newX(t *testing.T) (x *twittertest.Server, env map[string]string, file string) {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{"https://app.example/unused"}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	return x, map[string]string{
		"X_CONSUMER_KEY": twittertest.ConsumerKey, "X_CONSUMER_SECRET": twittertest.ConsumerSecret, "X_API_URL": x.URL(),
	}, filepath.Join(t.TempDir(), "made", "token.json")
}

// signIn goes the whole road once.
func signIn(t *testing.T, x *twittertest.Server, env map[string]string, file string) {
	t.Helper()
	s := start(t.Context(), t, env, "-file", file)
	pin, err := x.ApprovePIN(t.Context(), s.link(), "")
	require.NoError(t, err)
	s.enter("PIN: " + pin)
	out, err := s.end()
	require.NoError(t, err)
	require.Contains(t, out, `Hello, "Ada Quill" ("@ada_quill")!`)
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	require.NoError(t, err)
	return info.Mode()
}

func TestFirstAndSecondRun(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	signIn(t, x, env, file)
	assert.Equal(t, os.FileMode(0o600), mode(t, file))
	assert.Equal(t, os.FileMode(0o700)|os.ModeDir, mode(t, filepath.Dir(file)))
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file is left")

	s := start(t.Context(), t, env, "-file", file)
	out, err := s.end()
	require.NoError(t, err)
	assert.Equal(t, "Hello, \"Ada Quill\" (\"@ada_quill\")!\n", out)
	assert.Equal(t, 1, x.Calls(twittertest.RequestToken))
}

func TestWrongPINs(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	s := start(t.Context(), t, env, "-file", file)
	first := s.link()
	pin, err := x.ApprovePIN(t.Context(), first, "")
	require.NoError(t, err)
	for range 5 { // no try: X is not asked
		s.enter("")
		assert.Contains(t, s.waitFor("PIN: "), "Sorry, the PIN is empty.")
	}
	s.enter("what PIN?")
	assert.Contains(t, s.waitFor("in it.\nPIN: "), "more than digits")
	assert.Zero(t, x.Calls(twittertest.AccessToken))
	s.enter(pin + "9")
	assert.Contains(t, s.waitFor("PIN: "), "Sorry, X does not accept this PIN.")
	s.enter(pin)
	out, err := s.end()
	require.NoError(t, err)
	assert.Contains(t, out, "Hello, ")
	assert.Equal(t, 1, x.Calls(twittertest.RequestToken), "the link was good still")
}

// After three wrong PINs, and when X says that the link is used up, there is a
// new link.
func TestAnotherLink(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*terminal, *twittertest.Server, string){
		"three wrong PINs": func(s *terminal, _ *twittertest.Server, pin string) {
			for range 2 {
				s.enter(pin + "9")
				s.waitFor("PIN: ")
			}
			s.enter(pin + "9")
		},
		"a wrong PIN uses the link up": func(s *terminal, x *twittertest.Server, pin string) {
			s.enter(pin + "9")
			s.waitFor("PIN: ")
			invalid := twittertest.InvalidRequestToken()
			invalid.Times = 1
			x.Fault(twittertest.AccessToken, invalid)
			s.enter(pin)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, env, file := newX(t)
			s := start(t.Context(), t, env, "-file", file)
			first := s.link()
			pin, err := x.ApprovePIN(t.Context(), first, "")
			require.NoError(t, err)
			spoil(s, x, pin)
			s.waitFor("That link cannot be used any more.")
			second := s.link()
			assert.NotEqual(t, first, second)
			pin, err = x.ApprovePIN(t.Context(), second, "9100000000000000019")
			require.NoError(t, err)
			s.enter(pin)
			out, err := s.end()
			require.NoError(t, err)
			assert.Contains(t, out, `Hello, "森 花子 🌸" ("@hanako_mori")!`)
		})
	}
}

// Who declines has no PIN, and stops.
func TestStopped(t *testing.T) {
	t.Parallel()
	t.Run("the end of the input", func(t *testing.T) {
		t.Parallel()
		x, env, file := newX(t)
		s := start(t.Context(), t, env, "-file", file)
		_, err := x.Deny(t.Context(), s.link())
		require.NoError(t, err)
		require.NoError(t, s.typed.Close())
		_, err = s.end()
		require.ErrorContains(t, err, "the input ended before there was a PIN")
		assert.NoFileExists(t, file)
	})
	t.Run("Ctrl-C", func(t *testing.T) {
		t.Parallel()
		_, env, file := newX(t)
		ctx, cancel := context.WithCancel(t.Context())
		s := start(ctx, t, env, "-file", file)
		s.link()
		cancel()
		_, err := s.end()
		require.ErrorIs(t, err, context.Canceled)
		assert.NoFileExists(t, file)
	})
	t.Run("Ctrl-C while X is slow", func(t *testing.T) {
		t.Parallel()
		x, env, file := newX(t)
		signIn(t, x, env, file)
		x.Fault(twittertest.VerifyCredentials, twittertest.Fault{Delay: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		s := start(ctx, t, env, "-file", file)
		assert.Eventually(t, func() bool { return x.Calls(twittertest.VerifyCredentials) == 2 }, 10*time.Second, time.Millisecond)
		cancel()
		_, err := s.end()
		require.ErrorIs(t, err, context.Canceled)
		assert.FileExists(t, file)
	})
}

func TestRevokedToken(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	signIn(t, x, env, file)
	old, err := os.ReadFile(file)
	require.NoError(t, err)
	revoked := twittertest.InvalidToken()
	revoked.Times = 1
	x.Fault(twittertest.VerifyCredentials, revoked)

	s := start(t.Context(), t, env, "-file", file)
	s.waitFor("X does not accept the token from last time. Signing in again.")
	link := s.link()
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, old, kept, "the old one stays until there is another")
	pin, err := x.ApprovePIN(t.Context(), link, "")
	require.NoError(t, err)
	s.enter(pin)
	out, err := s.end()
	require.NoError(t, err)
	assert.Contains(t, out, "Hello, ")
	kept, err = os.ReadFile(file)
	require.NoError(t, err)
	assert.NotEqual(t, old, kept)
	assert.Equal(t, os.FileMode(0o600), mode(t, file))
}

// What X does not tell does not keep anybody out.
func TestProfileIsNotToBeHad(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	signIn(t, x, env, file)
	x.Fault(twittertest.VerifyCredentials, twittertest.NoCredits())
	out, err := start(t.Context(), t, env, "-file", file).end()
	require.NoError(t, err)
	assert.Contains(t, out, `Hello, "@ada_quill"! X would not tell more: `)
	assert.Contains(t, out, "no API credits")
}

func TestForget(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	_, err := start(t.Context(), t, env, "-file", file, "-forget").end()
	require.EqualError(t, err, "there is no token to forget")
	signIn(t, x, env, file)

	x.Fault(twittertest.InvalidateToken, twittertest.OverCapacity())
	_, err = start(t.Context(), t, env, "-file", file, "-forget").end()
	require.ErrorContains(t, err, "the token is not forgotten")
	assert.FileExists(t, file)
	x.NoFault(twittertest.InvalidateToken)

	copied, err := os.ReadFile(file)
	require.NoError(t, err)
	out, err := start(t.Context(), t, env, "-file", file, "-forget").end()
	require.NoError(t, err)
	assert.Equal(t, "X accepts the token no more, and its file is removed.\n", out)
	assert.NoFileExists(t, file)

	require.NoError(t, os.WriteFile(file, copied, 0o600))
	s := start(t.Context(), t, env, "-file", file)
	s.waitFor("X does not accept the token from last time.")
	s.link()
	require.NoError(t, s.typed.Close())
	_, err = s.end()
	require.Error(t, err)
	out, err = start(t.Context(), t, env, "-file", file, "-forget").end()
	require.NoError(t, err, "a dead one can be forgotten too")
	assert.Contains(t, out, "its file is removed")
}

// X revokes nothing for keys that it does not know.
func TestForgetWithWrongKeys(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	signIn(t, x, env, file)
	env["X_CONSUMER_SECRET"] = "regenerated"
	_, err := start(t.Context(), t, env, "-file", file, "-forget").end()
	require.ErrorContains(t, err, "the token is not forgotten")
	require.ErrorContains(t, err, "API Key Secret")
	assert.FileExists(t, file)
}

func TestSettingsAndRefusals(t *testing.T) {
	t.Parallel()
	x, env, file := newX(t)
	_, err := start(t.Context(), t, map[string]string{"X_CONSUMER_KEY": "a-key"}, "-file", file).end()
	require.ErrorContains(t, err, "X_CONSUMER_KEY, X_CONSUMER_SECRET or X_API_URL cannot be used")
	_, err = start(t.Context(), t, env, "-nonsense").end()
	require.ErrorContains(t, err, "not defined")
	x.Fault(twittertest.RequestToken, twittertest.DesktopApp())
	_, err = start(t.Context(), t, env, "-file", file).end()
	require.ErrorContains(t, err, "X wants a callback URL in the app's settings for the PIN flow too")
	assert.NoFileExists(t, file)
}

// A name with control characters in it does not reach the terminal as such.
func TestNamesAreHarmless(t *testing.T) {
	t.Parallel()
	x, err := twittertest.New(twittertest.Config{People: []twittertest.Person{{ID: "71", ScreenName: "eve\x1b[1A", Name: "Eve\x1b[2J\u202eevE"}}})
	require.NoError(t, err)
	defer x.Close()
	_, env, file := newX(t)
	env["X_API_URL"] = x.URL()
	s := start(t.Context(), t, env, "-file", file)
	pin, err := x.ApprovePIN(t.Context(), s.link(), "")
	require.NoError(t, err)
	s.enter(pin)
	out, err := s.end()
	require.NoError(t, err)
	assert.Contains(t, out, `Hello, "Eve\x1b[2J\u202eevE" ("@eve\x1b[1A")!`)
	assert.NotContains(t, out, "\x1b")
}
