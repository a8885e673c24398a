package twittertest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// Nobody without the app's secret gets anywhere, whatever they send, and
// nothing they send brings the server down.
func FuzzUnsignedRequests(f *testing.F) {
	s, err := twittertest.New(twittertest.Config{ConsumerSecret: "known to nobody"})
	require.NoError(f, err)
	f.Cleanup(func() { _ = s.Close() })

	good, err := requestTokenOrder(s, callback).request(f.Context())
	require.NoError(f, err)
	f.Add("/oauth/request_token", good.Header.Get("Authorization"), "", "")
	f.Add("/oauth/access_token", `OAuth realm="a, b", oauth_token="x"`, "oauth_verifier=1", "oauth_verifier=1")
	f.Add("/1.1/account/verify_credentials.json", `oauth a="%41",,b="`, "include_email=true&;", "")
	f.Add("/2/users/me", "OAuth ", "user.fields=%zz", "a")
	f.Add("/oauth/authorize", "", "oauth_token=x", "oauth_token=x&decision=authorize&person=1")
	f.Add("/1.1/oauth/invalidate_token", `OAuth =""`, "=", "==&&")
	f.Add("/2/oauth2/token", "Basic YTpi", "", "grant_type=authorization_code&code=x&redirect_uri=x&code_verifier=x")
	f.Add("/2/oauth2/revoke", "basic %", "token=x", "token=x&token=x")
	f.Add("/i/oauth2/authorize", "", "response_type=code&scope=+", "state=x&decision=authorize&person=1")
	f.Add("/2/users/me", "Bearer x", "user.fields=confirmed_email", "")
	f.Add("/1.1/account/verify_credentials.json", "bearer ", "", "")

	f.Fuzz(func(t *testing.T, path, authorization, query, body string) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := httptest.NewRequest(method, s.URL(), strings.NewReader(body))
			r.URL.Path, r.URL.RawQuery = path, query
			r.Header["Authorization"] = []string{authorization}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if strings.HasSuffix(path, "/standin.css") {
				continue
			}
			if w.Code < 400 || w.Code >= 500 {
				t.Fatalf("%s %q answered %d", method, path, w.Code)
			}
			if w.Header().Get("X-Twittertest-Reason") == "" {
				t.Fatalf("%s %q gave no reason", method, path)
			}
		}
	})
}
