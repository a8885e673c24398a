package oauth1flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

func TestFetchProfile(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	// Encoders that tidy up would change every one of these bytes.
	const raw = " \r\n{ \"id\" :\t\"71\" ,\n\"name\":\"<Ana> \\u0026 \\/ é\",\"n\":1.0e2, \"id2\":9007199254740993 }\n\n"
	p.answer("/profile", body(http.StatusOK, raw))
	got, err := p.flow().FetchProfile(t.Context(), token())
	require.NoError(t, err)
	assert.Equal(t, "71", got.ID)
	assert.Equal(t, raw, string(got.Raw), "Raw is what was sent, byte for byte")

	c := p.made("")[0]
	assert.Equal(t, http.MethodGet, c.method)
	assert.Equal(t, []pair{{"part", "b"}, {"part", "a"}, {"empty", ""}}, c.query, "the URL goes out as it was configured")
	assert.Contains(t, c.base, percentEncode("&part=a&part=b"), "repeated names are signed with every value")
	assert.Equal(t, accessToken, c.oauth["oauth_token"])
	assert.Empty(t, c.body)
}

// What a parser puts into Raw does not count.
func TestRawIsTheFlows(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	f := p.flow(func(c *oauth1flow.Config) {
		c.ParseProfile = func([]byte) (provider.Profile, error) {
			return provider.Profile{ID: "71", Raw: []byte("else"), Email: "a@b.example"}, nil
		}
	})
	got, err := f.FetchProfile(t.Context(), token())
	require.NoError(t, err)
	assert.Equal(t, provider.Profile{ID: "71", Email: "a@b.example", Raw: []byte(`{"id":"71","handle":"ada"}`)}, got)
}

// Raw is JSON: of XML there is none.
func TestProfileInXML(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/profile", body(http.StatusOK, `<user id="71"/>`))
	f := p.flow(func(c *oauth1flow.Config) {
		c.ParseProfile = func([]byte) (provider.Profile, error) { return provider.Profile{ID: "71"}, nil }
	})
	got, err := f.FetchProfile(t.Context(), token())
	require.NoError(t, err)
	assert.Nil(t, got.Raw)
	_, err = json.Marshal(got)
	require.NoError(t, err)
}

// Without a profile URL the token answer tells who it is, and nobody is asked.
func TestProfileFromTheTokenAnswer(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	f := p.flow(func(c *oauth1flow.Config) { c.ProfileURL, c.ParseProfile = "", nil })
	tok, err := f.HandleCallback(t.Context(), handshake(), approved())
	require.NoError(t, err)
	got, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, provider.Profile{ID: "71", Username: "ada"}, got)
	assert.Nil(t, got.Raw)
	assert.Empty(t, p.made("/profile"))

	tok.Subject = ""
	_, err = f.FetchProfile(t.Context(), tok)
	requireError(t, err, provider.ErrIdentity, provider.OpProfile)
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	for name, f := range map[string]*oauth1flow.Flow{
		"with a profile URL": p.flow(),
		"without":            p.flow(func(c *oauth1flow.Config) { c.ProfileURL, c.ParseProfile = "", nil }),
	} {
		_, err := f.FetchProfile(t.Context(), provider.Token{Subject: "71"})
		requireError(t, err, provider.ErrTokenInvalid, provider.OpProfile)
		assert.Empty(t, p.made(""), name)
	}
}

// Nobody may be signed in on an answer that does not say who it is, or says
// somebody else.
func TestUncertainIdentity(t *testing.T) {
	t.Parallel()
	parsed := func(id string) func([]byte) (provider.Profile, error) {
		return func([]byte) (provider.Profile, error) { return provider.Profile{ID: id}, nil }
	}
	for _, row := range []struct {
		name    string
		subject string
		parse   func([]byte) (provider.Profile, error)
		want    error
	}{
		{"the same", "71", parsed("71"), nil},
		{"the token answer named nobody", "", parsed("72"), nil},
		{"another", "71", parsed("72"), provider.ErrIdentity},
		{"another form of the same number", "71", parsed("071"), provider.ErrIdentity},
		{"more", "71", parsed("711"), provider.ErrIdentity},
		{"less", "71", parsed("7"), provider.ErrIdentity},
		{"another case", "ab", parsed("AB"), provider.ErrIdentity},
		{"none", "71", parsed(""), provider.ErrIdentity},
		{"none, twice", "", parsed(""), provider.ErrIdentity},
		{"a blank", "", parsed(" "), provider.ErrIdentity},
		{"null", "", parsed("null"), provider.ErrIdentity},
		{"the zero Profile", "", func([]byte) (provider.Profile, error) { return provider.Profile{}, nil }, provider.ErrIdentity},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			tok := token()
			tok.Subject = row.subject
			got, err := p.flow(func(c *oauth1flow.Config) { c.ParseProfile = row.parse }).FetchProfile(t.Context(), tok)
			if row.want == nil {
				require.NoError(t, err)
				return
			}
			requireError(t, err, row.want, provider.OpProfile)
			assert.Zero(t, got)
		})
	}
}

func TestParserErrors(t *testing.T) {
	t.Parallel()
	plain := errors.New("not what was expected")
	for _, row := range []struct {
		name string
		err  error
		want provider.Error
	}{
		{"a plain error", plain, provider.Error{Kind: provider.ErrProtocol, Err: plain}},
		{"one with a kind", &provider.Error{Kind: provider.ErrNoCredits, Code: "17", Hint: "pay", Reason: "why"},
			provider.Error{Kind: provider.ErrNoCredits, Code: "17", Hint: "pay", Reason: "why"}},
		{"what CheckID says", provider.CheckID(""), provider.Error{
			Kind: provider.ErrIdentity, Reason: "the person's ID cannot be used: it is empty",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.answer("/profile", body(http.StatusOK, marker))
			f := p.flow(func(c *oauth1flow.Config) {
				c.ParseProfile = func([]byte) (provider.Profile, error) { return provider.Profile{ID: "71"}, row.err }
			})
			got, err := f.FetchProfile(t.Context(), token())
			e := requireError(t, err, row.want.Kind, provider.OpProfile)
			row.want.Provider, row.want.Op, row.want.Status = "fake", provider.OpProfile, http.StatusOK
			assert.Equal(t, row.want, *e)
			assert.Zero(t, got)
			assert.Len(t, p.made(""), 1)
		})
	}
}

// A GET is repeated once for what may have passed by then, signed anew; the
// fake reports a nonce that comes twice.
func TestProfileIsAskedForAgain(t *testing.T) {
	t.Parallel()
	fine := body(http.StatusOK, `{"id":"71"}`)
	refuse := func(status int, header ...string) http.HandlerFunc { return body(status, marker, header...) }
	inFuture := func(d time.Duration) string { // from the bubble's first moment
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	for _, row := range []struct {
		name    string
		answers []http.HandlerFunc
		calls   int
		want    error
		pause   time.Duration
	}{
		{"503, then fine", []http.HandlerFunc{refuse(503), fine}, 2, nil, 200 * time.Millisecond},
		{"500, then fine", []http.HandlerFunc{refuse(500), fine}, 2, nil, 200 * time.Millisecond},
		{"503 twice", []http.HandlerFunc{refuse(503), refuse(503), fine}, 2, provider.ErrUnavailable, 200 * time.Millisecond},
		{"503, then the token is dead", []http.HandlerFunc{refuse(503), refuse(401)}, 2, provider.ErrTokenInvalid, 200 * time.Millisecond},
		{"401", []http.HandlerFunc{refuse(401), fine}, 1, provider.ErrTokenInvalid, 0},
		{"402", []http.HandlerFunc{refuse(402), fine}, 1, provider.ErrNoCredits, 0},
		{"403", []http.HandlerFunc{refuse(403), fine}, 1, provider.ErrRefused, 0},
		{"404", []http.HandlerFunc{refuse(404), fine}, 1, provider.ErrRefused, 0},
		{"302", []http.HandlerFunc{refuse(302, "Location", "/x"), fine}, 1, provider.ErrProtocol, 0},
		{"429 without a time", []http.HandlerFunc{refuse(429), fine}, 1, provider.ErrRateLimited, 0},
		{"429 that ends soon", []http.HandlerFunc{refuse(429, "Retry-After", "1"), fine}, 2, nil, time.Second},
		{"429 that has ended", []http.HandlerFunc{refuse(429, "Retry-After", "0"), fine}, 2, nil, 200 * time.Millisecond},
		{"429 that ended in the past", []http.HandlerFunc{refuse(429, "Retry-After", inFuture(-time.Hour)), fine}, 2, nil, 200 * time.Millisecond},
		{"429 that ends at a date soon", []http.HandlerFunc{refuse(429, "Retry-After", inFuture(time.Second)), fine}, 2, nil, time.Second},
		{"429 that ends too late", []http.HandlerFunc{refuse(429, "Retry-After", "2"), fine}, 1, provider.ErrRateLimited, 0},
		{"429 that ends much too late", []http.HandlerFunc{refuse(429, "Retry-After", "900"), fine}, 1, provider.ErrRateLimited, 0},
		{"429 twice", []http.HandlerFunc{refuse(429, "Retry-After", "1"), refuse(429, "Retry-After", "1"), fine}, 2, provider.ErrRateLimited, time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.answer("/profile", turns(row.answers...))
			synctest.Test(t, func(t *testing.T) {
				p.t = t
				start := time.Now()
				_, err := p.flow(p.inProcess).FetchProfile(t.Context(), token())
				if row.want == nil {
					require.NoError(t, err)
				} else {
					requireError(t, err, row.want, provider.OpProfile)
				}
				assert.Equal(t, row.pause, time.Since(start))
				calls := p.made("/profile")
				require.Len(t, calls, row.calls)
				if row.calls == 2 {
					for _, name := range []string{"oauth_nonce", "oauth_signature"} {
						assert.NotEqual(t, calls[0].oauth[name], calls[1].oauth[name])
					}
				}
			})
		})
	}
}

// The timestamp of the second try is that of the second try.
func TestTheRetryIsSignedAnew(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/profile", turns(body(http.StatusTooManyRequests, marker, "Retry-After", "1"), body(http.StatusOK, `{"id":"71"}`)))
	synctest.Test(t, func(t *testing.T) {
		p.t = t
		_, err := p.flow(p.inProcess).FetchProfile(t.Context(), token())
		require.NoError(t, err)
		calls := p.made("")
		require.Len(t, calls, 2)
		assert.Equal(t, "946684800", calls[0].oauth["oauth_timestamp"])
		assert.Equal(t, "946684801", calls[1].oauth["oauth_timestamp"])
	})
}

// Cancelling during the pause before the second try leaves it undone.
func TestCancelBeforeTheRetry(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.answer("/profile", body(http.StatusTooManyRequests, marker, "Retry-After", "1"))
	synctest.Test(t, func(t *testing.T) {
		p.t = t
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		_, err := p.flow(p.inProcess).FetchProfile(ctx, token())
		requireContextError(t, err, context.Canceled)
		assert.Len(t, p.made(""), 1)
	})
}

func TestHugeProfile(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	raw := `{"id":"71","status":"` + strings.Repeat("x", 11<<10) + `"}`
	p.answer("/profile", body(http.StatusOK, raw))
	got, err := p.flow().FetchProfile(t.Context(), token())
	require.NoError(t, err)
	assert.Equal(t, raw, string(got.Raw))
}
