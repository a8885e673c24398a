package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
)

// ErrNoChromium is returned by [Launch] when the browser is not installed.
var ErrNoChromium = errors.New("needs Chromium: apt-get install chromium")

// closeTimeout is how long the browser may take to close by itself.
const closeTimeout = 20 * time.Second

// Chromium is a running, headless browser. Its methods are safe for concurrent
// use.
type Chromium struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// Launch starts Chromium with dataDir, which should be empty, as its profile.
// The caller must [Chromium.Close] it.
func Launch(dataDir string) (*Chromium, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(dataDir),
		chromedp.Headless,
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		// Containers often have a small /dev/shm.
		chromedp.Flag("disable-dev-shm-usage", true),
		// Nothing but loopback, whatever a page asks for.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("lang", "en-GB"),
	}
	if os.Geteuid() == 0 {
		// Chromium refuses to run as root otherwise.
		options = append(options, chromedp.NoSandbox)
	}
	// The context is of the browser's life, which only Close ends: with a
	// test's own it would be killed before the clean-up could close it.
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(allocator)
	c := &Chromium{ctx: ctx, cancel: cancel}
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		return nil, fmt.Errorf("browser: %s does not start: %w", path, err)
	}
	return c, nil
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoChromium
}

// Close ends the browser and all its tabs, and waits for it.
func (c *Chromium) Close() error {
	ctx, cancel := context.WithTimeout(c.ctx, closeTimeout)
	defer cancel()
	err := chromedp.Cancel(ctx)
	c.cancel()
	return err
}

// NewPerson opens a tab that shares no cookies with any other: that of a person
// at a computer of their own.
func (c *Chromium) NewPerson() (*Tab, error) {
	return newTab(c.ctx, chromedp.WithNewBrowserContext())
}
