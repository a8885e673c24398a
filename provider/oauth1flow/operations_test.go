package oauth1flow_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// operation is one of the calls a Flow makes.
type operation struct {
	op    provider.Op
	path  string
	limit int // of the answer's body
	run   func(context.Context, *oauth1flow.Flow) error
}

var operations = []operation{
	{provider.OpRequestToken, "/request_token", 64 << 10, func(ctx context.Context, f *oauth1flow.Flow) error {
		_, _, err := f.AuthURL(ctx, provider.AuthRequest{CallbackURL: callbackURL})
		return err
	}},
	{provider.OpAccessToken, "/access_token", 64 << 10, func(ctx context.Context, f *oauth1flow.Flow) error {
		_, err := f.HandleCallback(ctx, handshake(), approved())
		return err
	}},
	{provider.OpProfile, "/profile", 1 << 20, func(ctx context.Context, f *oauth1flow.Flow) error {
		_, err := f.FetchProfile(ctx, token())
		return err
	}},
	{provider.OpRevoke, "/revoke", 64 << 10, func(ctx context.Context, f *oauth1flow.Flow) error {
		return f.Revoke(ctx, token())
	}},
}

// eachOperation runs test for every call, on a fake of its own.
func eachOperation(t *testing.T, test func(t *testing.T, p *fakeProvider, o operation)) {
	t.Helper()
	for _, o := range operations {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			test(t, newProvider(t), o)
		})
	}
}

// good is the fake's good answer to o, one that stays good when text is added.
func good(o operation) string {
	switch o.op {
	case provider.OpRequestToken:
		return "oauth_token=" + url.QueryEscape(requestToken) + "&oauth_token_secret=s&oauth_callback_confirmed=true&pad="
	case provider.OpAccessToken:
		return "oauth_token=t&oauth_token_secret=s&user_id=71&pad="
	case provider.OpProfile:
		return `{"id":"71"}`
	}
	return ""
}

func TestStatusToKind(t *testing.T) {
	t.Parallel()
	any4xx := map[provider.Op]error{
		provider.OpRequestToken: provider.ErrRefused, provider.OpAccessToken: provider.ErrExpired,
		provider.OpProfile: provider.ErrRefused, provider.OpRevoke: provider.ErrRefused,
	}
	always := func(kind error) map[provider.Op]error {
		return map[provider.Op]error{
			provider.OpRequestToken: kind, provider.OpAccessToken: kind, provider.OpProfile: kind, provider.OpRevoke: kind,
		}
	}
	for _, row := range []struct {
		status int
		want   map[provider.Op]error
	}{
		{201, always(provider.ErrProtocol)},
		{204, map[provider.Op]error{ // which is enough of an answer to Revoke
			provider.OpRequestToken: provider.ErrProtocol, provider.OpAccessToken: provider.ErrProtocol, provider.OpProfile: provider.ErrProtocol,
		}},
		{206, always(provider.ErrProtocol)},
		{304, always(provider.ErrProtocol)},
		{400, any4xx},
		{401, map[provider.Op]error{
			provider.OpRequestToken: provider.ErrRefused, provider.OpAccessToken: provider.ErrExpired,
			provider.OpProfile: provider.ErrTokenInvalid, provider.OpRevoke: provider.ErrTokenInvalid,
		}},
		{402, always(provider.ErrNoCredits)},
		{403, any4xx},
		{404, always(provider.ErrRefused)},
		{408, always(provider.ErrUnavailable)},
		{418, always(provider.ErrRefused)},
		{429, always(provider.ErrRateLimited)},
		{500, always(provider.ErrUnavailable)},
		{502, always(provider.ErrUnavailable)},
		{503, always(provider.ErrUnavailable)},
		{504, always(provider.ErrUnavailable)},
		{599, always(provider.ErrUnavailable)},
	} {
		t.Run(http.StatusText(row.status), func(t *testing.T) {
			t.Parallel()
			eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
				text := "oauth_token=" + marker + "&oauth_token_secret=" + marker + "&oauth_callback_confirmed=true"
				if row.status == http.StatusNoContent || row.status == http.StatusNotModified {
					text = ""
				}
				p.answer(o.path, body(row.status, text))
				err := o.run(t.Context(), p.flow())
				if row.want[o.op] == nil {
					require.NoError(t, err)
					return
				}
				e := requireError(t, err, row.want[o.op], o.op)
				assert.Equal(t, row.status, e.Status)
				assert.True(t, e.RetryAt.IsZero())
				calls := 1
				if o.op == provider.OpProfile && row.want[o.op] == provider.ErrUnavailable {
					calls = 2
				}
				assert.Len(t, p.made(""), calls, "only a GET is repeated, and only for what may pass")
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	date := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, row := range []struct {
		name, value string
		want        func(now time.Time) time.Time
	}{
		{"seconds", "3600", func(now time.Time) time.Time { return now.Add(time.Hour) }},
		{"a date", date.Format(http.TimeFormat), func(time.Time) time.Time { return date }},
		{"a date of RFC 850", date.Format("Monday, 02-Jan-06 15:04:05 GMT"), func(time.Time) time.Time { return date }},
		{"absent", "", nil},
		{"a word", "soon", nil},
		{"negative", "-5", nil},
		{"a fraction", "1.5", nil},
		{"a sign", "+5", nil},
		{"a number that is none", "99999999999999999999", nil},
		{"what overflows a Duration", "9223372036854775807", nil},
		{"blanks", "   ", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
				p.answer(o.path, body(http.StatusTooManyRequests, marker, "Retry-After", row.value))
				e := requireError(t, o.run(t.Context(), p.flow()), provider.ErrRateLimited, o.op)
				if row.want == nil {
					assert.True(t, e.RetryAt.IsZero(), "%v", e.RetryAt)
				} else {
					assert.WithinDuration(t, row.want(time.Now()), e.RetryAt, 10*time.Second)
				}
				assert.Len(t, p.made(""), 1)
			})
		})
	}
}

// The OAuth Problem Reporting extension's word is kept as the code, if it is
// a word.
func TestOAuthProblem(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, body, want string }{
		{"a word", "oauth_problem=timestamp_refused&oauth_acceptable_timestamps=1-2", "timestamp_refused"},
		{"none", "nothing=here", ""},
		{"markup", "oauth_problem=" + url.QueryEscape("<b>"+marker), ""},
		{"a line break", "oauth_problem=a%0ab", ""},
		{"long", "oauth_problem=" + strings.Repeat("a", 65), ""},
		{"the longest", "oauth_problem=" + strings.Repeat("a", 64), strings.Repeat("a", 64)},
		{"not form-encoded", "oauth_problem=%zz", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
				p.answer(o.path, body(http.StatusBadRequest, row.body))
				err := o.run(t.Context(), p.flow())
				require.Error(t, err)
				assertNoSecrets(t, err)
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, row.want, e.Code)
			})
		})
	}
}

// A provider's own Diagnose decides, except about what it leaves open.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		p.answer(o.path, body(http.StatusTeapot, marker, "X-Request-Id", "r1"))
		var got provider.Refusal
		f := p.flow(func(c *oauth1flow.Config) {
			c.Diagnose = func(r provider.Refusal) provider.Error {
				got = r
				return provider.Error{
					Kind: provider.ErrAccountUnusable, Code: "17", Reason: "reason", Hint: "hint", RetryAt: at,
					RequestID: r.Header.Get("X-Request-Id"),
					// These are the Flow's to say.
					Op: "other", Provider: "other", Status: 1, Err: context.Canceled,
				}
			}
		})
		before := time.Now()
		err := o.run(t.Context(), f)
		e := requireError(t, err, provider.ErrAccountUnusable, o.op)
		require.NotErrorIs(t, err, context.Canceled)
		assert.Equal(t, provider.Error{
			Provider: "fake", Op: o.op, Kind: provider.ErrAccountUnusable, Status: 418,
			Code: "17", Reason: "reason", Hint: "hint", RetryAt: at, RequestID: "r1",
		}, *e)
		assert.Equal(t, o.op, got.Op)
		assert.Equal(t, 418, got.Status)
		assert.Equal(t, marker, string(got.Body))
		assert.WithinRange(t, got.ReceivedAt, before, time.Now())
		want := ""
		if o.op == provider.OpRequestToken {
			want = callbackURL
		}
		assert.Equal(t, want, got.CallbackURL)

		f = p.flow(func(c *oauth1flow.Config) {
			c.Diagnose = func(provider.Refusal) provider.Error { return provider.Error{Hint: "only a hint"} }
		})
		p.answer(o.path, body(http.StatusPaymentRequired, marker))
		e = requireError(t, o.run(t.Context(), f), provider.ErrNoCredits, o.op)
		assert.Equal(t, "only a hint", e.Hint)
	})
}

// A redirect would carry what was signed, or the credentials' names, to an
// address that nobody configured.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
				var hits int
				other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits++ }))
				defer other.Close()
				p.answer("/elsewhere", body(http.StatusOK, good(o)))
				for _, target := range []string{other.URL + "/" + o.path, p.url + "/elsewhere", "/elsewhere"} {
					p.answer(o.path, body(status, marker, "Location", target))
					// The caller's own policy would follow.
					f := p.flow(func(c *oauth1flow.Config) { c.HTTPClient = &http.Client{} })
					e := requireError(t, o.run(t.Context(), f), provider.ErrProtocol, o.op)
					assert.Equal(t, status, e.Status)
				}
				other.Close()
				assert.Zero(t, hits)
				assert.Len(t, p.made(o.path), 3)
				assert.Len(t, p.made(""), 3)
			})
		})
	}
}

// net/http quotes a Location that it cannot parse. It may repeat a token.
func TestMalformedLocation(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		p.answer(o.path, body(http.StatusFound, marker, "Location", "http://["+marker+"?oauth_token="+url.QueryEscape(requestToken)))
		requireError(t, o.run(t.Context(), p.flow()), provider.ErrUnavailable, o.op)
	})
}

func TestCookiesAreNotKept(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/request_token", body(http.StatusOK, good(operations[0]), "Set-Cookie", "session=stranger; Path=/"))
	jar := &countingJar{}
	f := p.flow(func(c *oauth1flow.Config) { c.HTTPClient = &http.Client{Jar: jar} })
	for _, o := range operations {
		require.NoError(t, o.run(t.Context(), f))
	}
	for _, c := range p.made("") {
		assert.Empty(t, c.header.Values("Cookie"))
	}
	assert.Zero(t, jar.used)
}

type countingJar struct{ used int }

func (j *countingJar) SetCookies(*url.URL, []*http.Cookie) { j.used++ }

func (j *countingJar) Cookies(*url.URL) []*http.Cookie {
	j.used++
	return []*http.Cookie{{Name: "session", Value: "mine"}}
}

// Some providers answer nobody without a User-Agent of its own.
func TestHeader(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	header := http.Header{"User-Agent": {"app/1.0 (+https://app.example)"}, "X-Two": {"a", "b"}}
	f := p.flow(func(c *oauth1flow.Config) { c.Header = header })
	header.Set("User-Agent", "changed after New")
	header["X-Two"][0] = "changed"
	for _, o := range operations {
		require.NoError(t, o.run(t.Context(), f))
		c := p.made(o.path)[0]
		assert.Equal(t, []string{"app/1.0 (+https://app.example)"}, c.header["User-Agent"])
		assert.Equal(t, []string{"a", "b"}, c.header["X-Two"])
	}
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		filler := " "
		if o.op != provider.OpProfile {
			filler = "x"
		}
		exact := good(o) + strings.Repeat(filler, o.limit-len(good(o)))
		p.answer(o.path, body(http.StatusOK, exact))
		require.NoError(t, o.run(t.Context(), p.flow()), "up to the limit")

		p.answer(o.path, body(http.StatusOK, exact+filler))
		e := requireError(t, o.run(t.Context(), p.flow()), provider.ErrProtocol, o.op)
		assert.Contains(t, e.Error(), "too long")
		assert.Equal(t, http.StatusOK, e.Status)
		assert.Len(t, p.made(""), 2, "what is too long once is not asked for again")

		var sent int
		done := make(chan struct{})
		p.answer(o.path, func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			chunk := []byte(strings.Repeat(filler, 32<<10))
			for {
				n, err := w.Write(chunk)
				if sent += n; err != nil || r.Context().Err() != nil {
					return
				}
			}
		})
		requireError(t, o.run(t.Context(), p.flow()), provider.ErrProtocol, o.op)
		<-done
		assert.Less(t, sent, 64<<20, "an endless answer is cut off")
	})
}

// What a refusal says may be cut; that it is one may not get lost.
func TestLongRefusal(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		var got int
		f := p.flow(func(c *oauth1flow.Config) {
			c.Diagnose = func(r provider.Refusal) provider.Error { got = len(r.Body); return r.Diagnosis() }
		})
		p.answer(o.path, body(http.StatusPaymentRequired, "<html>"+strings.Repeat(marker, o.limit/len(marker)+1)))
		e := requireError(t, o.run(t.Context(), f), provider.ErrNoCredits, o.op)
		assert.Equal(t, http.StatusPaymentRequired, e.Status)
		assert.Equal(t, o.limit, got)
	})
}

func gzipped(t *testing.T, write func(io.Writer)) http.HandlerFunc {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	write(z)
	require.NoError(t, z.Close())
	return func(w http.ResponseWriter, r *http.Request) {
		assert.Contains(t, r.Header.Get("Accept-Encoding"), "gzip")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes()) // the client may have gone
	}
}

func TestGzip(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, p *fakeProvider, o operation) {
		p.answer(o.path, gzipped(t, func(w io.Writer) { _, _ = io.WriteString(w, good(o)) }))
		require.NoError(t, o.run(t.Context(), p.flow()))

		// 8 MiB in 8 KiB: the limit is on what comes out.
		p.answer(o.path, gzipped(t, func(w io.Writer) {
			_, _ = io.WriteString(w, good(o))
			zeros := make([]byte, 1<<20)
			for range 8 {
				_, _ = w.Write(zeros)
			}
		}))
		e := requireError(t, o.run(t.Context(), p.flow()), provider.ErrProtocol, o.op)
		assert.Contains(t, e.Error(), "too long")

		p.answer(o.path, body(http.StatusOK, marker, "Content-Encoding", "gzip"))
		requireError(t, o.run(t.Context(), p.flow()), provider.ErrUnavailable, o.op)
	})
}
