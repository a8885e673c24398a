package pages_test

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
)

// People of the stand-in for X.
const (
	samir = "9100000000000000027" // has no e-mail address
)

// built are the examples' programs, made once.
var built struct {
	sync.Mutex

	dir string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// startExample runs a program of folder examples, with its own stand-in for X,
// until the test ends, and returns its URL.
func startExample(t *testing.T, name string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, build(t, name), "-addr", "127.0.0.1:0")
	cmd.Dir = t.TempDir() // signup keeps its database there
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}
	log := &bytes.Buffer{}
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // "signal: killed"
		if t.Failed() {
			t.Logf("%s logged:\n%s", name, log)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	require.True(t, ok, line)
	return address
}

func build(t *testing.T, name string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "oauthreg-pages")
		require.NoError(t, err)
		built.dir = dir
	}
	program := filepath.Join(built.dir, name)
	if _, err := os.Stat(program); err == nil {
		return program
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./"+name)
	cmd.Dir = "../../examples"
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// shown waits until the script has made the view whose heading is title.
func shown(t *testing.T, b *browser.Tab, title string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		text, err := b.Text("h1")
		assert.NoError(c, err)
		assert.Equal(c, title, text)
	}, 15*time.Second, 20*time.Millisecond)
}

func pathOf(t *testing.T, b *browser.Tab) string {
	t.Helper()
	u, err := b.Location()
	require.NoError(t, err)
	return u.Path
}

func textOf(t *testing.T, b *browser.Tab, selector string) string {
	t.Helper()
	text, err := b.Text(selector)
	require.NoError(t, err)
	return text
}

// clickThroughSPA is somebody who declines first, registers with a fault in the
// form, signs out, and comes back.
func clickThroughSPA(t *testing.T, b *browser.Tab, program string) {
	t.Helper()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	atX := func() {
		t.Helper()
		_, err := b.Follow("main button")
		must(err)
		require.Equal(t, "/oauth/authenticate", pathOf(t, b))
	}
	must(b.Open(program + "/"))
	shown(t, b, "Keep what you notice.")
	assert.Equal(t, "Sign up with X", textOf(t, b, "main button"))
	accessible(t, b, "spa: home")

	atX()
	_, err := b.Follow(browser.CancelButton)
	must(err)
	_, err = b.Follow(browser.ReturnLink)
	must(err)
	shown(t, b, "Keep what you notice.")
	assert.Contains(t, textOf(t, b, ".notice"), "You cancelled at X")
	accessible(t, b, "spa: home with a notice")

	atX()
	must(b.ApproveAs(samir))
	shown(t, b, "Almost there")
	assert.Equal(t, "/signup", pathOf(t, b))
	assert.Equal(t, "We were not told; please fill this in.", textOf(t, b, "#email-error"))
	accessible(t, b, "spa: form with a field missing")
	must(b.Reload())
	shown(t, b, "Almost there")

	must(b.Type("#username", "two words"))
	must(b.Type("#email", "samir@example.com"))
	must(b.Click("form button"))
	require.Eventually(t, func() bool {
		n, err := b.Count("#username[aria-invalid]:focus")
		return err == nil && n == 1
	}, 15*time.Second, 20*time.Millisecond)
	assert.Contains(t, textOf(t, b, "#username-error"), "letters, digits")
	accessible(t, b, "spa: form with a fault")

	must(b.Type("#username", "samir"))
	must(b.Click("form button"))
	shown(t, b, "Your account")
	assert.Equal(t, "/account", pathOf(t, b))
	assert.Equal(t, "samir@example.com", textOf(t, b, "#account-email"))
	assert.Equal(t, "not confirmed yet", textOf(t, b, "#account-verified"))
	accessible(t, b, "spa: account")

	must(b.Click("main button"))
	shown(t, b, "Keep what you notice.")
	assert.Equal(t, "/", pathOf(t, b))
	atX()
	must(b.ApproveAs(samir))
	shown(t, b, "Your account")

	// Nothing of it was against the page's own policy.
	for _, c := range b.Complaints() {
		assert.Contains(t, c.String(), "status of 422", "the console complains")
	}
}
