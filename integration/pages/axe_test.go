package pages_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
)

// requireEnv makes what is missing a failure instead of a skipped test.
const requireEnv = "OAUTHREG_REQUIRE_SERVICES"

// missing skips the test, unless everything has to be there.
func missing(t *testing.T, why error) {
	t.Helper()
	if os.Getenv(requireEnv) != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// axeFiles is what npm needs to fetch axe-core: its version, and the hash that
// npm holds it to.
const axeFiles = "testdata/axe"

// axeSource is the script of axe-core.
var axeSource = sync.OnceValues(func() (string, error) {
	lock, err := os.ReadFile(filepath.Join(axeFiles, "package-lock.json"))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	// By the lock file: another version has another place.
	sum := sha256.Sum256(lock)
	kept := filepath.Join(cache, "oauthreg", "axe-"+hex.EncodeToString(sum[:8])+".js")
	if source, err := os.ReadFile(kept); err == nil {
		return string(source), nil
	}
	source, err := fetchAxe(filepath.Dir(kept))
	if err != nil {
		return "", err
	}
	temporary := fmt.Sprintf("%s.%d", kept, os.Getpid())
	if err := os.WriteFile(temporary, source, 0o600); err != nil {
		return "", err
	}
	return string(source), os.Rename(temporary, kept)
})

func fetchAxe(near string) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("needs npm, to fetch axe-core: apt-get install npm")
	}
	if err := os.MkdirAll(near, 0o700); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(near, "npm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, os.DirFS(axeFiles)); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("needs axe-core, which npm cannot fetch: %w\n%s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
}

// rules are the sets of axe-core's rules that hold: WCAG 2.0 to 2.2, levels A and
// AA, and its own best practices.
const rules = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`

// verdict is what axe-core finds on a page.
type verdict struct {
	Error      string
	Passes     int
	Violations []string
}

// inspect has axe-core look at the page of b as it is.
func inspect(t *testing.T, b *browser.Tab) verdict {
	t.Helper()
	source, err := axeSource()
	require.NoError(t, err)
	_, err = browser.Evaluate[bool](b, source+`; window.verdict = null;
		axe.run(document, {runOnly: `+rules+`, resultTypes: ["violations", "passes"]}).then(
			r => window.verdict = {
				Passes: r.passes.length,
				Violations: r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + " " + n.failureSummary.replace(/\s+/g, " "))),
			},
			e => window.verdict = {Error: String(e)}); true`)
	require.NoError(t, err)
	for range 500 {
		v, err := browser.Evaluate[*verdict](b, "window.verdict")
		require.NoError(t, err)
		if v != nil {
			require.Empty(t, v.Error)
			return *v
		}
		time.Sleep(10 * time.Millisecond)
	}
	require.Fail(t, "axe-core does not end")
	return verdict{}
}

// audit is what axe-core does not look for: that nothing sticks out of a small
// screen, and that what can be pressed is large enough.
var audit = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("../browser/testdata/audit.js")
	return strings.TrimSpace(string(source)), err
})

// launch starts a browser, and has axe-core at hand.
func launch(t *testing.T) *browser.Chromium {
	t.Helper()
	if testing.Short() {
		t.Skip("a real browser takes its time; run without -short")
	}
	if _, err := axeSource(); err != nil {
		missing(t, err)
	}
	c, err := browser.Launch(t.TempDir())
	if errors.Is(err, browser.ErrNoChromium) {
		missing(t, err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}
