package twittertest_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

func TestReadyMadeFaults(t *testing.T) {
	t.Parallel()
	const (
		form = "text/html; charset=utf-8"
		js   = "application/json; charset=utf-8"
		xm   = "application/xml; charset=utf-8"
		prob = "application/problem+json"
	)
	tests := map[string]struct {
		fault       twittertest.Fault
		status      int
		contentType string
		contains    string
	}{
		"Code32":              {twittertest.Code32(), 401, js, `{"errors":[{"code":32,"message":"Could not authenticate you."}]}`},
		"InvalidToken":        {twittertest.InvalidToken(), 401, js, `"code":89`},
		"SuspendedUser":       {twittertest.SuspendedUser(), 403, prob, `"code":64`},
		"Timestamp135":        {twittertest.Timestamp135(time.Hour), 401, js, `"code":135`},
		"RateLimited":         {twittertest.RateLimited(time.Unix(1700000000, 0)), 429, js, `"code":88`},
		"APIError":            {twittertest.APIError(403, 453, "not in your access level"), 403, js, `"code":453`},
		"CallbackNotApproved": {twittertest.CallbackNotApproved(), 403, xm, `<error code="415">`},
		"DesktopApp":          {twittertest.DesktopApp(), 401, xm, "<error>Desktop applications only support the oauth_callback value 'oob'</error>"},
		"InvalidRequestToken": {twittertest.InvalidRequestToken(), 401, form, "Invalid request token."},
		"InvalidVerifier":     {twittertest.InvalidVerifier(), 401, form, "Invalid oauth_verifier parameter"},
		"BadSignatureText":    {twittertest.BadSignatureText(), 401, form, "Failed to validate oauth signature and token"},
		"OverCapacity":        {twittertest.OverCapacity(), 503, form, "Over capacity"},
		"CloudflareBlock":     {twittertest.CloudflareBlock(), 403, form, "Cloudflare"},
		"Problem":             {twittertest.Problem(403, "unsupported-authentication", "Unsupported Authentication", "x"), 403, prob, "/2/problems/unsupported-authentication"},
		"blank Problem":       {twittertest.Problem(401, "", "Unauthorized", "Unauthorized"), 401, prob, `"type":"about:blank"`},
		"NoCredits":           {twittertest.NoCredits(), 402, js, `"title":"CreditsDepleted"`},
		"NotEnrolled":         {twittertest.NotEnrolled(), 403, prob, `"reason":"client-not-enrolled"`},
		"PartialV2":           {twittertest.PartialV2(), 200, js, `{"errors":[`},
		"RedirectTo":          {twittertest.RedirectTo("http://127.0.0.1:1/"), 302, form, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, twittertest.Config{})
			s.Fault(twittertest.RequestToken, tt.fault)
			// A whole answer is given to anybody: nothing is checked.
			resp, body := browse(t, s, "POST", s.URL()+"/oauth/request_token", nil)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.contentType, resp.Header.Get("Content-Type"))
			assert.Contains(t, body, tt.contains)
			assert.Empty(t, resp.Header.Get("X-Twittertest-Reason"))
			assert.NotEmpty(t, resp.Header.Get("X-Transaction-Id"))
			switch tt.contentType {
			case js, prob:
				assert.True(t, json.Valid([]byte(body)), body)
			case xm:
				require.NoError(t, xml.Unmarshal([]byte(body), new(any)))
			}
			switch name {
			case "Timestamp135":
				date, err := http.ParseTime(resp.Header.Get("Date"))
				require.NoError(t, err)
				assert.InDelta(t, 3600, time.Until(date).Seconds(), 60)
			case "RateLimited":
				assert.Equal(t, "1700000000", resp.Header.Get("X-Rate-Limit-Reset"))
				assert.Equal(t, "0", resp.Header.Get("X-Rate-Limit-Remaining"))
			case "CloudflareBlock":
				assert.NotEmpty(t, resp.Header.Get("Cf-Ray"))
			case "RedirectTo":
				assert.Equal(t, "http://127.0.0.1:1/", resp.Header.Get("Location"))
			case "NoCredits":
				assert.NotContains(t, body, "status")
			}
		})
	}
}

func TestFaultsThatChangeTheAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})

	form := func(body string) url.Values {
		v, err := url.ParseQuery(body)
		require.NoError(t, err)
		return v
	}
	ask := func() (*http.Response, string) {
		resp, body, err := send(t.Context(), s, requestTokenOrder(s, callback))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		return resp, body
	}

	s.Fault(twittertest.RequestToken, twittertest.CallbackNotConfirmed("false"))
	_, body := ask()
	assert.Equal(t, "false", form(body).Get("oauth_callback_confirmed"))
	assert.NotEmpty(t, form(body).Get("oauth_token"))

	s.Fault(twittertest.RequestToken, twittertest.CallbackNotConfirmed(""))
	_, body = ask()
	assert.False(t, form(body).Has("oauth_callback_confirmed"))

	s.Fault(twittertest.RequestToken, twittertest.Huge(100_000))
	_, body = ask()
	assert.Greater(t, len(body), 100_000)
	assert.Equal(t, "true", form(body).Get("oauth_callback_confirmed"), "it means the same")

	s.Fault(twittertest.RequestToken, twittertest.Fault{ContentType: "application/json", Header: http.Header{"X-Extra": {"1"}, "Cache-Control": nil}})
	resp, _ := ask()
	assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
	assert.Equal(t, "1", resp.Header.Get("X-Extra"))

	s.Fault(twittertest.RequestToken, twittertest.Fault{Body: "x", Times: 2})
	for _, want := range []string{"x", "x", "oauth_token="} {
		_, body = ask()
		assert.Contains(t, body, want)
	}
	s.NoFault(twittertest.RequestToken)

	c := newHandshake(t, s, callback)
	s.Fault(twittertest.AccessToken, twittertest.NoUserID())
	_, body, err := send(t.Context(), s, accessTokenOrder(s, c, approve(t, s, c, "")))
	require.NoError(t, err)
	access := credentials{form(body).Get("oauth_token"), form(body).Get("oauth_token_secret")}
	assert.False(t, form(body).Has("user_id"))
	assert.False(t, form(body).Has("screen_name"))

	s.Fault(twittertest.VerifyCredentials, twittertest.Huge(1<<20))
	members, body := profile(t, s, access)
	assert.Greater(t, len(body), 1<<20)
	assert.Equal(t, "ada_quill", members["screen_name"])

	s.Fault(twittertest.VerifyCredentials, twittertest.Fault{Header: http.Header{"X-Rate-Limit-Reset": {"soon"}, "X-Rate-Limit-Limit": nil}})
	resp, _, err = send(t.Context(), s, apiOrder(s, "GET", profilePath, access))
	require.NoError(t, err)
	assert.Equal(t, "soon", resp.Header.Get("X-Rate-Limit-Reset"))
	assert.NotContains(t, resp.Header, "X-Rate-Limit-Limit")
}

// What happens on the connection must be the same with and without a network.
func TestFaultsOfTheConnection(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	network := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for name, client := range map[string]*http.Client{"in process": s.Client(), "network": network} {
		t.Run(name, func(t *testing.T) {
			do := func(o order) (*http.Response, string, error) {
				req, err := o.request(t.Context())
				require.NoError(t, err)
				resp, err := client.Do(req)
				if err != nil {
					return nil, "", err
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				return resp, string(body), err
			}
			access := signUp(t, s, "")
			fetch := apiOrder(s, "GET", profilePath, access, [2]string{"skip_status", "true"})

			s.Fault(twittertest.VerifyCredentials, twittertest.Gzip())
			resp, body, err := do(fetch)
			require.NoError(t, err)
			assert.True(t, resp.Uncompressed)
			assert.True(t, json.Valid([]byte(body)))

			req, err := fetch.request(t.Context())
			require.NoError(t, err)
			req.Header.Set("Accept-Encoding", "identity")
			resp, err = client.Do(req)
			require.NoError(t, err)
			assert.Equal(t, "gzip", resp.Header.Get("Content-Encoding"), "even if it was not asked for")
			z, err := gzip.NewReader(resp.Body)
			require.NoError(t, err)
			plain, err := io.ReadAll(z)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.True(t, json.Valid(plain))

			s.Fault(twittertest.VerifyCredentials, twittertest.TruncatedBody())
			_, body, err = do(fetch)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Len(t, body, 16)
			s.NoFault(twittertest.VerifyCredentials)

			s.Fault(twittertest.RequestToken, twittertest.Fault{Drop: true})
			_, _, err = do(requestTokenOrder(s, callback))
			require.Error(t, err)
			s.NoFault(twittertest.RequestToken)

			// The verifier is used up although the app never heard.
			c := newHandshake(t, s, callback)
			exchange := accessTokenOrder(s, c, approve(t, s, c, ""))
			s.Fault(twittertest.AccessToken, twittertest.Fault{Drop: true, Times: 1})
			_, _, err = do(exchange)
			require.Error(t, err)
			s.Fault(twittertest.AccessToken, twittertest.Fault{LoseAnswer: true, Times: 1})
			_, _, err = do(exchange)
			require.Error(t, err, "Drop did not use the verifier up")
			resp, _, err = do(exchange)
			require.NoError(t, err)
			assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
			assert.Equal(t, "the request token was used or declined before", resp.Header.Get("X-Twittertest-Reason"))

			ctx, cancel := context.WithCancel(t.Context())
			s.Fault(twittertest.UsersMe, twittertest.Fault{Delay: time.Hour, Times: 1})
			req, err = apiOrder(s, "GET", "/2/users/me", access).request(ctx)
			require.NoError(t, err)
			time.AfterFunc(10*time.Millisecond, cancel)
			_, err = client.Do(req)
			require.ErrorIs(t, err, context.Canceled)
		})
	}
}

func TestDelayOnAFakeClock(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	synctest.Test(t, func(t *testing.T) {
		s.Fault(twittertest.RequestToken, twittertest.Fault{Delay: 10 * time.Second})
		begin := time.Now()
		newHandshake(t, s, callback)
		assert.Equal(t, 10*time.Second, time.Since(begin))

		client := s.Client()
		client.Timeout = 3 * time.Second
		req, err := requestTokenOrder(s, callback).request(t.Context())
		require.NoError(t, err)
		begin = time.Now()
		_, err = client.Do(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 3*time.Second, time.Since(begin))
	})
}

func TestClientGoesToTheServerOnly(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	for _, target := range []string{"https://api.x.com/oauth/request_token", strings.Replace(s.URL(), "http", "https", 1), "http://127.0.0.1/"} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", target, nil)
		require.NoError(t, err)
		_, err = s.Client().Do(req)
		require.ErrorContains(t, err, "is not the server's address", target)
	}
}
