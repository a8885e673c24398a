package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/browser"
)

// What the other tests rely on to find faults does find them.

func TestTheAuditFindsFaults(t *testing.T) {
	t.Parallel()
	b, err := launch(t).NewPerson()
	require.NoError(t, err)
	defer func() { assert.NoError(t, b.Close()) }()
	require.NoError(t, b.Use(browser.Screen{Width: 375, Height: 667}))
	const (
		top  = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A page</title><style>input, button { font: 1rem/2 serif }</style></head><body><main><h1>A page</h1>`
		body = `<label for="a">A</label><input id="a" autocomplete="off"><button>Go on now</button>`
	)
	for _, row := range []struct{ name, page, want string }{
		{"a good page", top + body, ""},
		{"no language", strings.Replace(top, ` lang="en"`, "", 1) + body, "no language"},
		{"no title", strings.Replace(top, `A page</title>`, "</title>", 1) + body, "no title"},
		{"no main", strings.Replace(top, "<main>", "", 1) + body, "0 main elements"},
		{"no heading", strings.Replace(top, "<h1>A page</h1>", "", 1) + body, "0 h1 elements"},
		{"no viewport", strings.Replace(top, "width=device-width", "", 1) + body, "no viewport"},
		{"no zoom", strings.Replace(top, "width=device-width", "width=device-width,user-scalable=no", 1) + body, "zoomed"},
		{"no label", top + `<input id="a" autocomplete="off">`, "input#a has no label"},
		{"no autocomplete", top + `<label>A <input></label>`, "does not say what fills it"},
		{"one id twice", top + body + `<p id="a">Text</p>`, "two elements have the id a"},
		{"described by nothing", top + `<label>A <input autocomplete="off" aria-describedby="b"></label>`, "described by b"},
		{"invalid for no reason", top + `<label>A <input autocomplete="off" aria-invalid="true"></label>`, "without saying why"},
		{"a button without a text", top + `<button><img alt="" src="data:,"></button>`, "has no text"},
		{"a picture without alt", top + `<img src="data:,">`, "no alt"},
		{"a small button", top + `<button style="padding:0;line-height:.8">Go on</button>`, "too small"},
		{"too wide", top + `<p style="width:100rem">Text</p>`, "wide on a screen of 375"},
		{"pale text", top + `<p style="color:#777;background:#eee">Text</p>`, `of "Text"`},
		{"a pale field", top + `<label>A <input autocomplete="off" style="border:1px solid #ddd"></label>`, "of the edge of input"},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprint(w, row.page)
			}))
			defer server.Close()
			require.NoError(t, b.Open(server.URL))
			faults, err := browser.Evaluate[[]string](b, audit)
			require.NoError(t, err)
			if row.want == "" {
				assert.Empty(t, faults)
			} else {
				assert.Contains(t, strings.Join(faults, "\n"), row.want)
			}
		})
	}
}

func TestComplaintsOfTheConsoleAreSeen(t *testing.T) {
	t.Parallel()
	chromium := launch(t)
	for _, row := range []struct{ name, policy, page, want string }{
		{"nothing", "", "<p>Text</p>", ""},
		{"a script that the policy forbids", "default-src 'none'", "<script>1</script>", "Content Security Policy"},
		{"a style that the policy forbids", "default-src 'none'", `<p style="color:red">Text</p>`, "Content Security Policy"},
		{"an exception", "", "<script>throw 1</script>", "Uncaught"},
		{"an error written to the console", "", "<script>console.error('x')</script>", "console"},
		{"something that is not there", "", `<link rel="stylesheet" href="/404.css">`, "404"},
	} {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					http.NotFound(w, r)
					return
				}
				if row.policy != "" {
					w.Header().Set("Content-Security-Policy", row.policy)
				}
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,">`, row.page)
			}))
			defer server.Close()
			person, err := chromium.NewPerson()
			require.NoError(t, err)
			defer func() { assert.NoError(t, person.Close()) }()
			require.NoError(t, person.Open(server.URL))
			complaints := fmt.Sprint(person.Complaints())
			if row.want == "" {
				assert.Equal(t, "[]", complaints)
			} else {
				assert.Contains(t, complaints, row.want)
			}
		})
	}
}

// The browser of the tests reaches nothing but this machine.
func TestTheBrowserStaysAtHome(t *testing.T) {
	t.Parallel()
	person, err := launch(t).NewPerson()
	require.NoError(t, err)
	defer func() { assert.NoError(t, person.Close()) }()
	assert.ErrorContains(t, person.Open("http://example.com/"), "ERR_NAME_NOT_RESOLVED")
}
