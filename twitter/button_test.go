package twitter_test

import (
	"html"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/twitter"
)

func TestButton(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		button twitter.Button
		want   string
	}{
		{"zero", twitter.Button{},
			`<form class="x-button" method="post" action="/auth/twitter/start"><button type="submit">Sign up with X</button></form>`},
		{"whole", twitter.Button{Action: "/a/x/start", Text: twitter.LogInWithX, Next: "/notes?page=2", Intent: "connect"},
			`<form class="x-button" method="post" action="/a/x/start"><input type="hidden" name="next" value="/notes?page=2">` +
				`<input type="hidden" name="intent" value="connect"><button type="submit">Log in with X</button></form>`},
		{"blank text", twitter.Button{Text: " \n"},
			`<form class="x-button" method="post" action="/auth/twitter/start"><button type="submit">Sign up with X</button></form>`},
		{"another provider", twitter.Button{Action: "https://app.example/auth/github/start", Text: "Sign up with GitHub"},
			`<form class="x-button" method="post" action="https://app.example/auth/github/start"><button type="submit">Sign up with GitHub</button></form>`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, template.HTML(row.want), row.button.HTML())
		})
	}
}

// buttonParts takes the form apart; what is not one of these parts fails.
var buttonParts = regexp.MustCompile(`^<form class="x-button" method="post" action="([^"<>]*)">` +
	`(?:<input type="hidden" name="next" value="([^"<>]*)">)?` +
	`(?:<input type="hidden" name="intent" value="([^"<>]*)">)?` +
	`<button type="submit">([^<>]*)</button></form>$`)

// Whatever the fields hold, the form stays what it is, and they come out of it
// as they went in.
func TestButtonEscapes(t *testing.T) {
	t.Parallel()
	hostile := []string{
		`"><script>alert(1)</script>`, `' onclick='alert(1)`, `x" autofocus onfocus="alert(1)`, `</button></form><img src=x onerror=alert(1)>`,
		`<!--`, `]]>`, `&lt;b&gt;`, `&#34;`, "`", `{{.Secret}}`, `/a?b=1&amp;c=2`, "a\u2028b", "森 🌸", `javascript:alert(1)`,
	}
	for _, text := range hostile {
		button := twitter.Button{Text: text, Next: text, Intent: text}
		m := buttonParts.FindStringSubmatch(string(button.HTML()))
		require.NotNil(t, m, "%s", button.HTML())
		assert.Equal(t, "/auth/twitter/start", m[1])
		for _, part := range m[2:] {
			assert.Equal(t, text, html.UnescapeString(part))
		}

		button = twitter.Button{Action: "/auth/twitter/start?x=" + text}
		m = buttonParts.FindStringSubmatch(string(button.HTML()))
		require.NotNil(t, m, "%s", button.HTML())
		u, err := url.Parse(html.UnescapeString(m[1]))
		require.NoError(t, err)
		assert.Equal(t, "/auth/twitter/start", u.Path)
	}
	for _, action := range []string{
		"javascript:alert(1)", " JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>", "vbscript:x", "blob:x",
	} {
		m := buttonParts.FindStringSubmatch(string(twitter.Button{Action: action}.HTML()))
		require.NotNil(t, m, action)
		assert.Equal(t, "#ZgotmplZ", m[1], action)
	}
}

// In an app's page the form is markup and the style a style, with a nonce, and
// nothing is left that a strict Content-Security-Policy stops.
func TestButtonInAPage(t *testing.T) {
	t.Parallel()
	page := template.Must(template.New("").Parse(`<style nonce="{{.Nonce}}">{{.Style}}</style><main>{{.Button.HTML}}</main>`))
	var b strings.Builder
	require.NoError(t, page.Execute(&b, map[string]any{
		"Nonce": "n0nce", "Style": twitter.ButtonCSS, "Button": twitter.Button{Next: `"&<`},
	}))
	assert.Contains(t, b.String(), `<style nonce="n0nce">`+string(twitter.ButtonCSS)+`</style>`)
	assert.Contains(t, b.String(), `<main>`+string(twitter.Button{Next: `"&<`}.HTML())+`</main>`)
	assert.NotContains(t, b.String(), "style=")
	assert.NotContains(t, b.String(), "ZgotmplZ")
	assert.NotRegexp(t, `\son[a-z]+=|<script|<img|<svg|url\(|@import|//`, b.String())
}

// X's colours, in both schemes, with a focus that is seen.
func TestButtonCSS(t *testing.T) {
	t.Parallel()
	css := string(twitter.ButtonCSS)
	light, dark, found := strings.Cut(css, "@media (prefers-color-scheme: dark)")
	require.True(t, found)
	assert.Contains(t, light, "background: #000;\n\tcolor: #fff;")
	assert.Contains(t, dark, "background: #fff;\n\t\tcolor: #000;")
	for _, part := range []string{light, dark} {
		assert.Contains(t, part, "button:focus-visible {")
		assert.Contains(t, part, "outline")
	}
	assert.NotContains(t, css, "outline: none")
	assert.Equal(t, strings.Count(css, "{"), strings.Count(css, "}"))
	assert.NotContains(t, css, "<")
	for selector := range strings.SplitSeq(css, "\n") {
		if strings.HasSuffix(selector, "{") && !strings.HasPrefix(selector, "@") {
			assert.Contains(t, selector, ".x-button button", "the style keeps to the button")
		}
	}
}

// The form is one that the Registrar takes.
func TestButtonStartsASignUp(t *testing.T) {
	t.Parallel()
	a := newSignUpApp(t)
	m := buttonParts.FindStringSubmatch(string(twitter.Button{Next: "/home"}.HTML()))
	require.NotNil(t, m)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(a.server.URL+m[1], url.Values{"next": {html.UnescapeString(m[2])}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusSeeOther, res.StatusCode)
	assert.Contains(t, res.Header.Get("Location"), a.x.URL()+"/oauth/authenticate?oauth_token=")
	assert.Equal(t, "connect", oauthreg.IntentConnect, "which the doc comment names")
}
