package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// fakeX believes everybody, and answers at once: what is measured is the app's.
// It is a transport, and serves HTTP too.
type fakeX struct{ people atomic.Int64 }

// A request token and an access token have the lengths that X's have.
const (
	requestTail = "-q7Qf0AAAAAAxQhmAAABmx2kFhE"
	accessTail  = "-bq7QxJ5vT2mWn8sRk4yHc6dLf0pZg3uEa1iOt9w"
	tokenSecret = "k2VwPz8Qm4LtRy6XcB1nHs9DgJ3fUo5iEa7TqWv0MlYbK"
)

// answer gives each request token to a new person, and a token's answers to the
// person of the number before its hyphen. It is nil for a call without a token.
func (x *fakeX) answer(path, authorization string) []byte {
	if path == "/oauth/request_token" {
		return fmt.Appendf(nil, "oauth_token=%d%s&oauth_token_secret=%s&oauth_callback_confirmed=true",
			1_000_000_000+x.people.Add(1), requestTail, tokenSecret[:32])
	}
	_, token, _ := strings.Cut(authorization, `oauth_token="`)
	person, _, known := strings.Cut(token, "-")
	switch {
	case known && path == "/oauth/access_token":
		return fmt.Appendf(nil, "oauth_token=%s%s&oauth_token_secret=%s&user_id=%s&screen_name=reader_%s", person, accessTail, tokenSecret, person, person)
	case known && strings.HasSuffix(path, "/verify_credentials.json"):
		return fmt.Appendf(nil, profile, person, person, person, person, person)
	}
	return nil
}

const profile = `{"id":%s,"id_str":"%s","name":"Reader","screen_name":"reader_%s","location":"Porto",` +
	`"description":"Letterpress and long walks.","url":"https://reader.example/","protected":false,"followers_count":42,` +
	`"friends_count":17,"created_at":"Fri Mar 04 09:26:53 +0000 2011","verified":false,"statuses_count":311,` +
	`"profile_image_url_https":"https://pbs.twimg.example/profile_images/%s/k3Yb2aQx_normal.jpg","default_profile":true,` +
	`"suspended":false,"needs_phone_verification":false,"email":"reader.%s@example.com"}`

// RoundTrip implements [http.RoundTripper].
func (x *fakeX) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := http.StatusOK, x.answer(r.URL.Path, r.Header.Get("Authorization"))
	if body == nil {
		status = http.StatusUnauthorized
	}
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

// ServeHTTP implements [http.Handler].
func (x *fakeX) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := x.answer(r.URL.Path, r.Header.Get("Authorization"))
	if body == nil {
		w.WriteHeader(http.StatusUnauthorized)
	}
	_, _ = w.Write(body) // who went away does not wait for it
}

// newFlow calls X at base through t.
func newFlow(base string, t http.RoundTripper) (*twitter.Flow, error) {
	return twitter.New(twitter.Config{
		BaseURL: base, ConsumerKey: "key", ConsumerSecret: provider.NewSecret("secret"), HTTPClient: &http.Client{Transport: t},
	})
}

// approved is the query of the callback that X sends a person to.
func approved(authURL string) (query string, err error) {
	_, token, found := strings.Cut(authURL, "oauth_token=")
	if !found {
		return "", fmt.Errorf("the start did not lead to X: %q", authURL)
	}
	token, _, _ = strings.Cut(token, "&")
	return "oauth_token=" + token + "&oauth_verifier=" + url.QueryEscape("uw7NjWHT6OJ1MpJOXsHfNxoAhPKpgI8BlYDhxEjIBY"), nil
}
