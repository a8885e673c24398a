package browser_test

import (
	_ "embed"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
)

//go:embed testdata/audit.js
var audit string

// walk shows a visitor every page there is, in the order of a sign-up.
func walk(w *world, screen browser.Screen, visit func(page string, b *tab)) {
	w.t.Helper()
	ada, samir := person(w.t, "ada_quill"), person(w.t, "samir_nour")
	b := w.visitor("status of 422", "status of 403", "status of 400", "status of 404")
	b.must(b.Use(screen))
	b.open("/")
	visit("home", b)
	b.open("/auth/twitter/start")
	visit("start", b)
	b.open("/auth/twitter/callback?oauth_token=1&oauth_token=2")
	visit("failure", b)
	b.must(b.StartSignUp(w.program))
	visit("X's page", b)
	used, err := b.Location()
	b.must(err)
	b.follow(browser.CancelButton, http.StatusOK)
	visit("X's page, declined", b)
	b.follow(browser.ReturnLink, http.StatusOK)
	visit("home with a notice", b)
	b.open(used.String())
	visit("X's page, used before", b)
	b.signUp(samir)
	visit("form with a field missing", b)
	b.signUp(ada)
	visit("form", b)
	b.must(b.Type("#username", "two words"))
	b.must(b.Type("#email", "nowhere"))
	b.follow(browser.SubmitButton, http.StatusUnprocessableEntity)
	visit("form with faults", b)
	b.must(b.Type("#username", "ada"))
	// As long as they get.
	b.must(b.Type("#email", "ada.maria.antonia.de.quill.e.vasconcelos@letterpress-and-long-walks.example.com"))
	b.follow(browser.SubmitButton, http.StatusOK)
	visit("account", b)
	b.open("/")
	visit("home of somebody signed in", b)
}

// The pages can be heard, read, and used with a finger, on large screens and on
// the smallest, in daylight and at night.
func TestThePagesCanBeUsedByEverybody(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		screen browser.Screen
	}{
		{"desk, light", browser.Screen{Width: 1280, Height: 800}},
		{"desk, dark", browser.Screen{Width: 1280, Height: 800, Dark: true}},
		{"phone, light", browser.Screen{Width: 375, Height: 667, Phone: true}},
		{"phone, dark", browser.Screen{Width: 375, Height: 667, Phone: true, Dark: true}},
		{"narrowest, light", browser.Screen{Width: 320, Height: 568, Phone: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			walk(w, row.screen, func(page string, b *tab) {
				faults, err := browser.Evaluate[[]string](b.Tab, audit)
				b.must(err)
				for _, fault := range faults {
					assert.Fail(t, page+": "+fault)
				}
				dark, err := browser.Evaluate[bool](b.Tab, `(c => c[0] + c[1] + c[2] < 3*128)(getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number))`)
				b.must(err)
				assert.Equal(t, row.screen.Dark, dark, "%s: as dark as the person wants it", page)
			})
		})
	}
}

// stop is where the focus is.
type stop struct {
	Index   int // among all that can have the focus, in the order of the page
	Name    string
	Top     float64
	Visible bool
	Ring    bool
}

// The Tab key goes through each page from top to bottom, misses nothing, is
// caught nowhere, and shows where it is.
func TestTheKeyboardReachesEverything(t *testing.T) {
	t.Parallel()
	const (
		// Of a group of radio buttons, the chosen one is the stop.
		reachable = `[...document.querySelectorAll("a[href], button, input:not([type=hidden])")].filter(e => e.type !== "radio" || e.checked)`
		focused   = `(() => {
			const e = document.activeElement, all = ` + reachable + `;
			const style = getComputedStyle(e), r = e.getBoundingClientRect();
			return {
				Index: all.indexOf(e), Name: e.tagName + " " + (e.id || e.innerText),
				Top: r.top + scrollY, Visible: r.top >= 0 && r.bottom <= innerHeight,
				Ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
			};
		})()`
	)
	w := newWorld(t)
	walk(w, browser.Screen{Width: 1280, Height: 800}, func(page string, b *tab) {
		count, err := browser.Evaluate[int](b.Tab, reachable+".length")
		b.must(err)
		press := func() stop {
			b.must(b.Press(kb.Tab))
			at, err := browser.Evaluate[stop](b.Tab, focused)
			b.must(err)
			return at
		}
		if count == 0 {
			return
		}
		// From the top, wherever the page has put the focus itself. One press
		// more than there are stops, for the one between the last and the first.
		at := press()
		for range count + 1 {
			if at.Index == 0 {
				break
			}
			at = press()
		}
		last := stop{Index: -1, Top: -1}
		for range count {
			where := page + ": " + at.Name
			assert.Equal(t, last.Index+1, at.Index, "%s: after the one before it", where)
			assert.GreaterOrEqual(t, at.Top, last.Top, "%s: not above the one before it", where)
			assert.True(t, at.Visible, "%s: on the screen", where)
			assert.True(t, at.Ring, "%s: shown to have the focus", where)
			last, at = at, press()
		}
	})
}

// Without a mouse: Tab, the arrow keys, the space bar and Enter.
func TestASignUpByKeyboardAlone(t *testing.T) {
	t.Parallel()
	w, hanako := newWorld(t), person(t, "hanako_mori")
	b := w.visitor()
	b.open("/")
	b.tabTo(browser.StartButton)
	b.followKey(kb.Enter, http.StatusOK)
	b.tabTo(`input[name="person"]`)
	for range 10 {
		if b.count(browser.Pick(hanako.ID)+":checked") == 1 {
			break
		}
		b.must(b.Press(kb.ArrowDown))
	}
	b.tabTo(browser.AuthorizeButton)
	b.followKey(" ", http.StatusOK)
	b.atForm(hanako)
	b.tabTo("#last_name")
	b.followKey(kb.Enter, http.StatusOK)
	b.atAccount(hanako)
}

// tabTo presses Tab until an element has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 20 {
		b.must(b.Press(kb.Tab))
		if b.count(selector+":focus") == 1 {
			return
		}
	}
	require.Fail(b.t, "the Tab key does not reach "+selector)
}

func (b *tab) followKey(key string, status int) {
	b.t.Helper()
	got, err := b.FollowKey(key)
	b.must(err)
	require.Equal(b.t, status, got)
}
