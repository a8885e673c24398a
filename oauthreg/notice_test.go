package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
)

func TestFailureURLKeepsItsQueryAndFragment(t *testing.T) {
	t.Parallel()
	for failureURL, want := range map[string]string{
		"":                    "/auth/fake/start?error=not_started&provider=fake",
		"/join":               "/join?error=not_started&provider=fake",
		"/join?lang=de":       "/join?lang=de&error=not_started&provider=fake",
		"/join#form":          "/join?error=not_started&provider=fake#form",
		"/join?lang=de#a?b#c": "/join?lang=de&error=not_started&provider=fake#a?b#c",
		"/ä":                  "/%C3%A4?error=not_started&provider=fake",
	} {
		a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.FailureURL = failureURL })
		assert.Equal(t, want, a.browser().get("/auth/fake/callback").location)
	}
}

func TestNoticeSaysNothingThatAStrangerWrote(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Labels["other"] = `100% <b>"O"</b> & Sons` })
	for _, row := range []struct{ query, notice, code, name string }{
		{"error=denied&provider=fake", "You cancelled at Fake Inc.. Nothing was changed, and you can try again.", "denied", "fake"},
		{"error=account_unusable&provider=fake", "Fake Inc. says that your account there is suspended or locked. Please visit Fake Inc. first.", "account_unusable", "fake"},
		{"error=denied&provider=other", `You cancelled at 100% <b>"O"</b> & Sons. Nothing was changed, and you can try again.`, "denied", "other"},
		{"error=unknown_provider&provider=fake", "There is no provider of this name here.", "unknown_provider", "fake"},
		{"", "", "", ""},
		{"error=denied", "", "", ""},
		{"provider=fake", "", "", ""},
		{"error=denied&provider=nobody", "", "", ""},
		{"error=Denied&provider=fake", "", "", ""},
		{"error=new&provider=fake", "", "", ""},
		{"error=returning&provider=fake", "", "", ""},
		{"error=<script>alert(1)</script>&provider=fake", "", "", ""},
		{"error=denied&provider=<b>", "", "", ""},
		{"error=%00&provider=%ff", "", "", ""},
		{"error=denied%20&provider=fake", "", "", ""},
		{"error=x&error=denied&provider=fake", "", "", ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/join", nil)
		r.URL.RawQuery = row.query
		assert.Equal(t, row.notice, a.reg.Notice(r), row.query)
		o, name := a.reg.Failure(r)
		assert.Equal(t, row.code, string(o), row.query)
		assert.Equal(t, row.name, name, row.query)
	}
}

func TestPagesEscapeWhatTheyShow(t *testing.T) {
	t.Parallel()
	const label = `<script>alert("&")</script>`
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Labels["fake"] = label })
	b := a.browser()
	for _, target := range []string{
		"/auth/fake/start", "/auth/fake/start?error=denied&provider=fake", "/auth/fake/callback?a=1&a=2",
		"/auth/fake/start?next=" + url.QueryEscape(`/"><script>alert(1)</script>`),
	} {
		p := b.get(target)
		assert.NotContains(t, p.body, "<script", target)
		assert.NotContains(t, p.body, `"><`+"s", target)
	}
	assert.Contains(t, b.get("/auth/fake/start?next="+url.QueryEscape(`/"x`)).body, `value="/&#34;x"`)
}

// A provider without a label is called by its name.
func TestPageOfAProviderWithoutALabel(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	assert.Contains(t, a.browser().get("/auth/other/start").body, "Sign up with other")
}
