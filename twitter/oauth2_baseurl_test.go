package twitter_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// The endpoints are put together from BaseURL, so it has to be a scheme and a
// host and no more.
func TestOAuth2BaseURL(t *testing.T) {
	t.Parallel()
	for base, ok := range map[string]bool{
		"https://api.x.com":       true,
		"https://api.x.com/":      true,
		"http://127.0.0.1:8080":   true,
		"https://api.x.com?a=b":   false,
		"https://api.x.com/?a=b":  false,
		"https://api.x.com/2":     false,
		"https:":                  false,
		"https:///":               false,
		"mailto:":                 false,
		"https://api.x.com\x7f":   false,
		"https://api.x.com:port/": false,
	} {
		_, err := twitter.NewOAuth2(twitter.OAuth2Config{
			ClientID: "id", ClientSecret: provider.NewSecret("made+up/client=secret"), BaseURL: base,
		})
		if ok {
			assert.NoError(t, err, base)
		} else {
			assert.Contains(t, oauth2Faults(err), "twitter BaseURL", base)
		}
	}
}
