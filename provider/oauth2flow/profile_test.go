package oauth2flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

func TestFetchProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.profile = " {\n\t\"id\": " + ada + ",\"login\":\"ada\\u0021\", \"email\":\"ada@example.com\",\"verified\":true,\"id2\":1e3, \"é\":\"\\u00e9\"}\r\n"
	f := s.flow(func(c *oauth2flow.Config) {
		c.Header = http.Header{"X-Version": {"2"}, "Accept": {"application/vnd.fake+json"}}
	})
	tok := s.signIn(f)
	p, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, ada, p.ID)
	assert.Equal(t, "ada!", p.Username)
	assert.Equal(t, "ada@example.com", p.Email)
	assert.True(t, p.EmailVerified)
	assert.Equal(t, s.profile, string(p.Raw), "byte for byte")

	calls := s.made("/me")
	require.Len(t, calls, 1)
	assert.Equal(t, "fields=all", calls[0].query.Encode(), "no token in the URL")
	assert.Equal(t, []string{"2"}, calls[0].header["X-Version"])
	assert.Equal(t, []string{"application/vnd.fake+json"}, calls[0].header["Accept"])
}

// A header of the configuration does not take the token's place.
func TestHeaderDoesNotAuthorize(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow(func(c *oauth2flow.Config) { c.Header = http.Header{"Authorization": {"Bearer other"}} })
	_, err := f.FetchProfile(t.Context(), s.signIn(f))
	require.NoError(t, err)
}

func TestParseProfile(t *testing.T) {
	t.Parallel()
	cause := errors.New("odd")
	for _, row := range []struct {
		name    string
		profile provider.Profile
		err     error
		kind    error
	}{
		{"a profile", provider.Profile{ID: ada, Name: "Ada", Raw: []byte("mine")}, nil, nil},
		{"an error", provider.Profile{ID: ada}, cause, provider.ErrProtocol},
		{"an error with a kind", provider.Profile{}, &provider.Error{Kind: provider.ErrAccountUnusable, Err: cause}, provider.ErrAccountUnusable},
		{"no ID", provider.Profile{Name: "Ada"}, nil, provider.ErrIdentity},
		{"a blank ID", provider.Profile{ID: " "}, nil, provider.ErrIdentity},
		{"a word for nothing", provider.Profile{ID: "null"}, nil, provider.ErrIdentity},
		{"another person", provider.Profile{ID: "9007199254740992"}, nil, provider.ErrIdentity},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow(func(c *oauth2flow.Config) {
				c.Mapping = oauth2flow.Mapping{ID: "login"} // is not asked
				c.ParseProfile = func(body []byte) (provider.Profile, error) {
					assert.Equal(t, s.profile, string(body))
					return row.profile, row.err
				}
			})
			p, err := f.FetchProfile(t.Context(), s.token())
			if row.kind != nil {
				e := requireError(t, err, row.kind, provider.OpProfile)
				assert.Equal(t, http.StatusOK, e.Status)
				assert.Empty(t, p)
				if row.err != nil {
					require.ErrorIs(t, err, cause)
				}
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "Ada", p.Name)
			assert.Equal(t, s.profile, string(p.Raw), "Raw is what was sent")
		})
	}
}

// Raw is JSON: an answer that is none, such as a JWT, is not put in its place
// when the parser took JSON out of it.
func TestProfileThatIsNoJSON(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.profile = "header.payload.signature"
	f := s.flow(func(c *oauth2flow.Config) {
		c.ParseProfile = func([]byte) (provider.Profile, error) {
			return provider.Profile{ID: ada, Raw: []byte(`{"sub":"x"}`)}, nil
		}
	})
	p, err := f.FetchProfile(t.Context(), s.token())
	require.NoError(t, err)
	assert.JSONEq(t, `{"sub":"x"}`, string(p.Raw))
}

// Where a parser took no JSON out of it, there is none to keep: a Profile goes
// through encoding/json.
func TestProfileThatIsNoJSONWithoutRaw(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.profile = "header.payload.signature"
	f := s.flow(func(c *oauth2flow.Config) {
		c.ParseProfile = func([]byte) (provider.Profile, error) { return provider.Profile{ID: ada}, nil }
	})
	p, err := f.FetchProfile(t.Context(), s.token())
	require.NoError(t, err)
	assert.Nil(t, p.Raw)
	_, err = json.Marshal(p)
	require.NoError(t, err)
}

// The profile must be of the person that the token answer named, if it did.
func TestProfileOfAnotherPerson(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.extra = map[string]any{"user": "9007199254740992"} // the same as a float64
	f := s.flow(identify("user"))
	p, err := f.FetchProfile(t.Context(), s.signIn(f))
	requireError(t, err, provider.ErrIdentity, provider.OpProfile)
	assert.Empty(t, p)

	s.extra = nil
	_, err = f.FetchProfile(t.Context(), s.signIn(f))
	require.NoError(t, err, "the token answer need not say")
}

func TestBadProfiles(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		body string
		kind error
	}{
		"nothing":          {``, provider.ErrProtocol},
		"a page":           {`<html>` + marker, provider.ErrProtocol},
		"truncated":        {`{"id":` + ada + `,"x":"` + marker, provider.ErrProtocol},
		"two objects":      {`{"id":` + ada + `}{"id":1}`, provider.ErrProtocol},
		"a brace too many": {`{"id":` + ada + `}}`, provider.ErrProtocol},
		"a bracket after":  {`{"id":` + ada + `}]` + marker, provider.ErrProtocol},
		"text after":       {`{"id":` + ada + `} ` + marker, provider.ErrProtocol},
		"no ID":            {`{"login":"` + marker + `"}`, provider.ErrIdentity},
		"ID null":          {`{"id":null}`, provider.ErrIdentity},
		"ID empty":         {`{"id":""}`, provider.ErrIdentity},
		"ID an object":     {`{"id":{"id":1}}`, provider.ErrIdentity},
		"ID zero":          {`{"id":0}`, provider.ErrIdentity},
		"ID a float":       {`{"id":9.007199254740993e15}`, provider.ErrIdentity},
		"an error in 200":  {`{"error":"` + marker + `"}`, provider.ErrIdentity},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.profile = row.body
			p, err := s.flow().FetchProfile(t.Context(), s.token())
			requireError(t, err, row.kind, provider.OpProfile)
			assert.Empty(t, p)
			assert.Len(t, s.made("/me"), 1, "asking again would not help")
		})
	}
}

func TestProfileFromTheTokenAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.extra = map[string]any{"user": ada}
	f := s.flow(identify("user"), func(c *oauth2flow.Config) { c.ProfileURL = "" })
	tok := s.signIn(f)
	p, err := f.FetchProfile(t.Context(), tok)
	require.NoError(t, err)
	assert.Equal(t, provider.Profile{ID: ada, Username: "ada"}, p)
	assert.Nil(t, p.Raw)
	assert.Len(t, s.made(""), 1, "the exchange")

	s.extra = nil
	tok = s.signIn(f)
	_, err = f.FetchProfile(t.Context(), tok)
	requireError(t, err, provider.ErrIdentity, provider.OpProfile)
}

func TestNothingWithoutAToken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	f := s.flow()
	tok := provider.Token{Refresh: provider.NewSecret("r"), Subject: ada}
	_, err := f.FetchProfile(t.Context(), tok)
	requireError(t, err, provider.ErrTokenInvalid, provider.OpProfile)
	_, err = f.Client(t.Context(), tok)
	requireError(t, err, provider.ErrTokenInvalid, provider.OpClient)
	_, err = f.RefreshingClient(t.Context(), tok, func(context.Context, provider.Token) error { return nil })
	requireError(t, err, provider.ErrTokenInvalid, provider.OpClient)
	_, err = f.Refresh(t.Context(), provider.Token{Access: provider.NewSecret("a")})
	requireError(t, err, provider.ErrTokenInvalid, provider.OpRefresh)
	requireError(t, f.Revoke(t.Context(), provider.Token{}), provider.ErrTokenInvalid, provider.OpRevoke)
	assert.Empty(t, s.made(""))
}

func TestProfileRetry(t *testing.T) {
	t.Parallel()
	busy := body(http.StatusServiceUnavailable, marker)
	limited := func(after string) http.HandlerFunc {
		return body(http.StatusTooManyRequests, marker, "Retry-After", after)
	}
	for _, row := range []struct {
		name   string
		script []http.HandlerFunc
		kind   error
		calls  int
		waits  time.Duration
	}{
		{"at once", nil, nil, 1, 0},
		{"busy for a moment", []http.HandlerFunc{busy}, nil, 2, 200 * time.Millisecond},
		{"busy", []http.HandlerFunc{busy, busy}, provider.ErrUnavailable, 2, 200 * time.Millisecond},
		{"limited for a second", []http.HandlerFunc{limited("1")}, nil, 2, time.Second},
		{"limited no more", []http.HandlerFunc{limited("0")}, nil, 2, 200 * time.Millisecond},
		{"limited for two seconds", []http.HandlerFunc{limited("2")}, provider.ErrRateLimited, 1, 0},
		{"limited until nobody knows", []http.HandlerFunc{limited("")}, provider.ErrRateLimited, 1, 0},
		{"limited twice", []http.HandlerFunc{limited("1"), limited("1")}, provider.ErrRateLimited, 2, time.Second},
		{"refused", []http.HandlerFunc{body(403, marker)}, provider.ErrRefused, 1, 0},
		{"unauthorized", []http.HandlerFunc{body(401, marker)}, provider.ErrTokenInvalid, 1, 0},
		{"another success", []http.HandlerFunc{body(204, "")}, provider.ErrProtocol, 1, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newFake(t)
				f := s.flow(s.inProcess)
				tok := s.token()
				s.script("/me", row.script...)
				start := time.Now()
				_, err := f.FetchProfile(t.Context(), tok)
				if row.kind == nil {
					require.NoError(t, err)
				} else {
					requireError(t, err, row.kind, provider.OpProfile)
				}
				assert.Len(t, s.made("/me"), row.calls)
				assert.Equal(t, row.waits, time.Since(start))
			})
		})
	}
}
