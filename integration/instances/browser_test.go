package instances

import (
	"context"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browser keeps cookies and follows no redirect by itself. Its requests go to
// both instances in turn, or to only, if that is set.
type browser struct {
	t      *testing.T
	w      *world
	client *http.Client
	turn   atomic.Int64
	only   *instance
}

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	b := &browser{t: w.t, w: w}
	b.turn.Store(w.browsers.Add(1)) // not all begin at the same instance
	b.client = &http.Client{
		Jar: jar, Timeout: 50 * time.Second, Transport: b,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b
}

// RoundTrip leads requests for the site to an instance.
func (b *browser) RoundTrip(r *http.Request) (*http.Response, error) {
	to := b.only
	if to == nil {
		to = b.w.instances[b.turn.Add(1)%2]
	}
	// A connection kept from before a kill would fail the first request after.
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if "http://"+addr == site {
			addr = to.addr
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	return transport.RoundTrip(r)
}

// answer is one response, read.
type answer struct {
	status   int
	location string // without the site
	body     string
	instance string
}

func (b *browser) try(method, target string, form url.Values) (answer, error) {
	if strings.HasPrefix(target, "/") {
		target = site + target
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, target, body)
	if err != nil {
		return answer{}, err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return answer{
		status: res.StatusCode, location: strings.TrimPrefix(res.Header.Get("Location"), site),
		body: string(data), instance: res.Header.Get("X-Instance"),
	}, err
}

func (b *browser) get(target string) answer {
	b.t.Helper()
	a, err := b.try("GET", target, nil)
	require.NoError(b.t, err)
	return a
}

func (b *browser) post(target string, form url.Values) answer {
	b.t.Helper()
	a, err := b.try("POST", target, form)
	require.NoError(b.t, err)
	return a
}

// approved starts, approves as person, and returns the callback.
func (b *browser) approved(person string) string {
	b.t.Helper()
	a := b.post("/auth/twitter/start", url.Values{})
	require.Equal(b.t, http.StatusSeeOther, a.status, a.body)
	callback, err := b.w.x.Approve(b.t.Context(), a.location, person)
	require.NoError(b.t, err)
	return callback
}

// formOf goes to the form as person, and returns what it would post.
func (b *browser) formOf(person string) url.Values {
	b.t.Helper()
	require.Equal(b.t, "/signup", b.get(b.approved(person)).location)
	form := inputs(b.get("/signup").body)
	require.NotEmpty(b.t, form.Get("oauthreg_pending"))
	return form
}

var (
	inputPattern = regexp.MustCompile(`<input[^>]*>`)
	attrPattern  = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// inputs reads the form fields of a page as a browser would send them.
func inputs(page string) url.Values {
	form := url.Values{}
	for _, tag := range inputPattern.FindAllString(page, -1) {
		attrs := map[string]string{}
		for _, m := range attrPattern.FindAllStringSubmatch(strings.TrimPrefix(tag, "<input"), -1) {
			attrs[m[1]] = html.UnescapeString(m[2])
		}
		form.Set(attrs["name"], attrs["value"])
	}
	return form
}
