package engines_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/engines"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

func TestCallbackURLs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, callback string
		gap            engines.Gap
	}{
		{"plain", plainCallback, ""},
		{"with a query", plainCallback + "?provider=twitter&x=1", ""},
		{"with port and loopback", "http://127.0.0.1:8080/cb", ""},
		{"with percent-encoding", plainCallback + "/a%20b?next=%2Fhome%3Fa%3D1%26b%3D2&w=caf%C3%A9", engines.EscapedCallback},
	}
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e)
		for _, test := range tests {
			authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: test.callback})
			if e.Lacks(test.gap) {
				require.Error(t, err, "%s: the engine has no such gap", test.name)
				continue
			}
			require.NoError(t, err, test.name)
			sent, err := url.Parse(test.callback)
			require.NoError(t, err)
			brought := approve(t, authURL, strings.Split(test.callback, "?")[0], "12", nil)
			for name, values := range sent.Query() {
				assert.Equal(t, values, brought[name], test.name)
			}
			tok, err := f.HandleCallback(t.Context(), hs, brought)
			require.NoError(t, err, test.name)
			assert.Equal(t, "12", tok.Subject)
		}
	})
}

func TestDenied(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e)
		authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: plainCallback})
		require.NoError(t, err)
		brought := approve(t, authURL, plainCallback, "12", url.Values{"deny": {"1"}})
		require.Equal(t, url.Values{"denied": {hs.ID}}, brought)
		_, err = f.HandleCallback(t.Context(), hs, brought)
		requireKind(t, err, provider.ErrDenied, 0)
		assert.Zero(t, e.Stats().Requests["/oauth/access_token"])
	})
}

func TestTamperedCallback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		tamper func(hs *provider.Handshake, brought url.Values)
	}{
		{"verifier longer", func(_ *provider.Handshake, brought url.Values) {
			brought.Set("oauth_verifier", brought.Get("oauth_verifier")+"x")
		}},
		{"verifier of the same length", func(_ *provider.Handshake, brought url.Values) {
			brought.Set("oauth_verifier", "-"+brought.Get("oauth_verifier")[1:])
		}},
		{"handshake's secret", func(hs *provider.Handshake, _ url.Values) {
			hs.Secret = provider.NewSecret(hs.Secret.Reveal() + "x")
		}},
		{"handshake and callback of a token never issued", func(hs *provider.Handshake, brought url.Values) {
			hs.ID += "x"
			brought.Set("oauth_token", hs.ID)
		}},
	}
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e)
		for i, test := range tests {
			authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: plainCallback})
			require.NoError(t, err)
			brought := approve(t, authURL, plainCallback, "12", nil)
			test.tamper(&hs, brought)
			tok, err := f.HandleCallback(t.Context(), hs, brought)
			// To the person all of it is the same: the attempt is over.
			requireKind(t, err, provider.ErrExpired, http.StatusUnauthorized)
			assert.True(t, tok.IsZero(), test.name)
			assert.Equal(t, i+1, e.Stats().Refused, test.name)
		}
	})
}

func TestVerifierServesOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e)
		authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: plainCallback})
		require.NoError(t, err)
		brought := approve(t, authURL, plainCallback, "12", nil)
		_, err = f.HandleCallback(t.Context(), hs, brought)
		require.NoError(t, err)
		_, err = f.HandleCallback(t.Context(), hs, brought)
		requireKind(t, err, provider.ErrExpired, http.StatusUnauthorized)
		assert.Equal(t, 1, e.Stats().Refused)
	})
}

func TestWrongConsumerSecret(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e, func(c *twitter.Config) { c.ConsumerSecret = provider.NewSecret("wrong" + e.ConsumerSecret) })
		_, _, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: plainCallback})
		requireKind(t, err, provider.ErrRefused, http.StatusUnauthorized)
		assert.Equal(t, 1, e.Stats().Refused)
	})
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e, func(c *twitter.Config) { c.Timeout = time.Minute })
		everybody := people()
		subjects := make([]string, 12)
		var wg sync.WaitGroup
		for i := range subjects {
			wg.Go(func() { subjects[i] = signUpQuietly(t, f, everybody[i%len(everybody)].ID) })
		}
		wg.Wait()
		for i, subject := range subjects {
			assert.Equal(t, everybody[i%len(everybody)].ID, subject)
		}
		stats := e.Stats()
		assert.Zero(t, stats.Refused, stats.Reasons)
	})
}

// signUpQuietly is signUp for goroutines, which may not end the test.
func signUpQuietly(t *testing.T, f *twitter.Flow, person string) string {
	authURL, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: plainCallback})
	if !assert.NoError(t, err) {
		return ""
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, authURL+"&person="+person, nil)
	if !assert.NoError(t, err) {
		return ""
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if !assert.NoError(t, err) {
		return ""
	}
	assert.NoError(t, resp.Body.Close())
	back, err := resp.Location()
	if !assert.NoError(t, err) {
		return ""
	}
	tok, err := f.HandleCallback(t.Context(), hs, back.Query())
	assert.NoError(t, err)
	return tok.Subject
}
