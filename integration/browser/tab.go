package browser

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stepTimeout bounds each step of a person: long, because it is there for hung
// browsers and not for slow ones.
const stepTimeout = 30 * time.Second

// Tab is one tab. Its methods do what a person does and wait until the page
// they lead to is there. They are not safe for concurrent use.
type Tab struct {
	ctx     context.Context
	journal *journal
}

func newTab(parent context.Context, options ...chromedp.ContextOption) (*Tab, error) {
	t := &Tab{journal: new(journal)}
	// Close cancels it, and the browser's own end.
	t.ctx, _ = chromedp.NewContext(parent, append(options, chromedp.WithListener(t.journal.note))...)
	if err := chromedp.Do(t.ctx); err != nil {
		return nil, fmt.Errorf("browser: a tab does not open: %w", err)
	}
	return t, nil
}

// NewTab opens another tab of the same person.
func (t *Tab) NewTab() (*Tab, error) { return newTab(t.ctx) }

// Close closes the tab, and with the first of a person all of theirs.
func (t *Tab) Close() error {
	ctx, cancel := context.WithTimeout(t.ctx, closeTimeout)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		return fmt.Errorf("browser: a tab does not close: %w", err)
	}
	return nil
}

// run bounds one step and names it in its error.
func run[R any](t *Tab, step string, action chromedp.Action[R]) (R, error) {
	ctx, cancel := context.WithTimeout(t.ctx, stepTimeout)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		err = fmt.Errorf("browser: %s: %w", step, err)
	}
	return result, err
}

func do(t *Tab, step string, actions ...chromedp.Action[chromedp.Void]) error {
	_, err := run(t, step, chromedp.Steps(actions...))
	return err
}

// Open types target into the address bar.
func (t *Tab) Open(target string) error { return do(t, "open "+target, chromedp.Navigate(target)) }

// Show makes html the page, without a server.
func (t *Tab) Show(html string) error {
	return do(t, "show a page", chromedp.Navigate("data:text/html;charset=utf-8,"+url.PathEscape(html)))
}

// Reload presses the button of that name.
func (t *Tab) Reload() error { return do(t, "reload", chromedp.Reload()) }

// Back presses the button of that name.
func (t *Tab) Back() error { return t.turn("back", -1) }

// Forward is the way back from [Tab.Back].
func (t *Tab) Forward() error { return t.turn("forward", 1) }

// turn goes to another entry of the tab's history. Browsers may show a page as
// it was left, without loading it: that has to be waited for too.
func (t *Tab) turn(step string, by int64) error {
	ctx, cancel := context.WithTimeout(t.ctx, stepTimeout)
	defer cancel()
	arrived := make(chan struct{}, 1)
	note := func() {
		select {
		case arrived <- struct{}{}:
		default:
		}
	}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *page.EventLoadEventFired:
			note()
		case *page.EventFrameNavigated:
			if e.Type == page.NavigationTypeBackForwardCacheRestore && e.Frame.ParentID == "" {
				note()
			}
		}
	})
	if err != nil {
		return fmt.Errorf("browser: %s: %w", step, err)
	}
	history, err := run(t, step, chromedp.NavigationEntries())
	if err != nil {
		return err
	}
	target := history.CurrentIndex + by
	if target < 0 || target >= int64(len(history.Entries)) {
		return fmt.Errorf("browser: %s: the history ends here", step)
	}
	params := page.NavigateToHistoryEntryParams{EntryID: history.Entries[target].ID}
	if _, err := chromedp.Call(ctx, page.NavigateToHistoryEntry, params); err != nil {
		return fmt.Errorf("browser: %s: %w", step, err)
	}
	select {
	case <-arrived:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("browser: %s: %w", step, ctx.Err())
	}
}

// Click clicks on what the CSS selector finds first. It must be where a person
// can click: on the page and not covered. It does not wait for a page.
func (t *Tab) Click(selector string) error {
	p, err := t.place(selector)
	if err != nil {
		return err
	}
	return do(t, "click on "+selector, chromedp.MouseClickXY(p.X, p.Y))
}

// Follow clicks and waits for the page that it leads to, over all redirects.
// It returns the HTTP status of that page.
func (t *Tab) Follow(selector string) (status int, err error) {
	p, err := t.place(selector)
	if err != nil {
		return 0, err
	}
	return t.follow(selector, chromedp.MouseClickXY(p.X, p.Y))
}

// FollowKey is [Tab.Follow] for a key.
func (t *Tab) FollowKey(key string) (status int, err error) {
	return t.follow("the key", chromedp.KeyEvent(key))
}

func (t *Tab) follow(what string, action chromedp.Action[chromedp.Void]) (status int, err error) {
	ctx, cancel := context.WithTimeout(t.ctx, stepTimeout)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, action)
	if err != nil {
		return 0, fmt.Errorf("browser: follow %s from %s: %w", what, t.journal.last(), err)
	}
	return int(response.Status), nil
}

// place scrolls to an element and returns its middle. The elements are asked
// for by script, because chromedp's own queries lose their document when the
// browser shows a page again as it was left.
func (t *Tab) place(selector string) (place, error) {
	p, err := Evaluate[place](t, `(e => {
		if (!e) return {Fault: "there is no such element"};
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect(), x = r.x + r.width/2, y = r.y + r.height/2;
		const top = document.elementFromPoint(x, y);
		if (!top || !e.contains(top)) return {Fault: "the element is hidden"};
		return {X: x, Y: y};
	})(document.querySelector(`+strconv.Quote(selector)+`))`)
	if err == nil && p.Fault != "" {
		err = fmt.Errorf("browser: %s: %s at %s", selector, p.Fault, t.journal.last())
	}
	return p, err
}

type place struct {
	X, Y  float64
	Fault string
}

// Type replaces what is in a field by text, key by key.
func (t *Tab) Type(selector, text string) error {
	if err := t.Click(selector); err != nil {
		return err
	}
	if _, err := Evaluate[bool](t, "document.activeElement.select(), true"); err != nil {
		return err
	}
	return do(t, "type into "+selector, chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(text))
}

// Press presses a key, one of package kb of chromedp.
func (t *Tab) Press(key string) error { return do(t, "press a key", chromedp.KeyEvent(key)) }

// Value returns what is in a field.
func (t *Tab) Value(selector string) (string, error) { return t.read(selector, "value") }

// Text returns what a person reads in the first element found.
func (t *Tab) Text(selector string) (string, error) {
	text, err := t.read(selector, "innerText")
	return strings.TrimSpace(text), err
}

func (t *Tab) read(selector, property string) (string, error) {
	text, err := Evaluate[*string](t, fmt.Sprintf("document.querySelector(%q)?.%s ?? null", selector, property))
	if err != nil {
		return "", err
	}
	if text == nil {
		return "", fmt.Errorf("browser: there is no %s at %s", selector, t.journal.last())
	}
	return *text, nil
}

// Count returns how many elements there are.
func (t *Tab) Count(selector string) (int, error) {
	return Evaluate[int](t, fmt.Sprintf("document.querySelectorAll(%q).length", selector))
}

// Location returns the URL in the address bar.
func (t *Tab) Location() (*url.URL, error) {
	location, err := run(t, "read the address", chromedp.Location())
	if err != nil {
		return nil, err
	}
	return url.Parse(location)
}

// Evaluate runs a JavaScript expression in the page, whose policy does not bind
// the one who debugs it.
func Evaluate[R any](t *Tab, expression string) (R, error) {
	return run(t, "evaluate", chromedp.Evaluate[R](expression))
}

// Screen is what the tab is looked at on.
type Screen struct {
	// Width and Height are in CSS pixels.
	Width, Height int64
	// Scale is how many pixels of the picture a CSS pixel has; 0 is 1.
	Scale float64
	Phone bool
	Dark  bool
}

// Use shows the tab on screen from now on.
func (t *Tab) Use(screen Screen) error {
	scheme := "light"
	if screen.Dark {
		scheme = "dark"
	}
	options := []chromedp.EmulateViewportOption{chromedp.EmulateScale(max(screen.Scale, 1))}
	if screen.Phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	media := chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"},
			},
		})
		return err
	})
	return do(t, "change the screen", media, chromedp.EmulateViewport(screen.Width, screen.Height, options...))
}

// Picture returns what is on the screen, as PNG.
func (t *Tab) Picture() ([]byte, error) {
	return run(t, "take a picture", chromedp.CaptureScreenshot())
}

// WholePicture is [Tab.Picture] of the whole page, however long.
func (t *Tab) WholePicture() ([]byte, error) {
	return run(t, "take a picture", chromedp.FullScreenshot(100))
}
