package oauth1flow_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// tokens runs one of the two calls that are answered with a token and returns
// the pair.
func tokens(t *testing.T, f *oauth1flow.Flow, op provider.Op) (key, secret string, err error) {
	t.Helper()
	if op == provider.OpRequestToken {
		_, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
		return hs.ID, hs.Secret.Reveal(), err
	}
	tok, err := f.HandleCallback(t.Context(), handshake(), approved())
	return tok.Access.Reveal(), tok.Secret.Reveal(), err
}

func TestUnusableTokenAnswers(t *testing.T) {
	t.Parallel()
	const rest = "&oauth_callback_confirmed=true&user_id=71&note=" + marker
	for _, row := range []struct{ name, body string }{
		{"empty", ""},
		{"blank", " \r\n\t "},
		{"HTML", "<!DOCTYPE html><html><title>" + marker + "</title><p>We&apos;ll be back; soon</html>"},
		{"HTML without entities", "<html>" + marker + "</html>"},
		{"JSON", `{"oauth_token":"` + marker + `","oauth_token_secret":"s","oauth_callback_confirmed":"true"}`},
		{"plain text", "Invalid request token. " + marker},
		{"no token", "oauth_token_secret=s" + rest},
		{"an empty token", "oauth_token=&oauth_token_secret=s" + rest},
		{"a token without =", "oauth_token&oauth_token_secret=s" + rest},
		{"no secret", "oauth_token=t" + rest},
		{"an empty secret", "oauth_token=t&oauth_token_secret=" + rest},
		{"the token twice", "oauth_token=t&oauth_token=u&oauth_token_secret=s" + rest},
		{"the same token twice", "oauth_token=t&oauth_token=t&oauth_token_secret=s" + rest},
		{"the secret twice", "oauth_token=t&oauth_token_secret=s&oauth_token_secret=r" + rest},
		{"another member twice", "oauth_token=t&oauth_token_secret=s&user_id=72" + rest},
		{"another spelling", "OAuth_Token=t&oauth_token_secret=s" + rest},
		{"bytes that are no text", "oauth_token=t%ff&oauth_token_secret=s" + rest},
		{"a name that is no text", "oauth_token=t&oauth_token_secret=s&%ff=1" + rest},
		{"a broken escape", "oauth_token=t%zz&oauth_token_secret=s" + rest},
		{"a broken escape in what nobody reads", "oauth_token=t&oauth_token_secret=s&x=%zz" + rest},
		{"a semicolon in what nobody reads", "oauth_token=t&oauth_token_secret=s&x=a;b" + rest},
		{"a semicolon", "oauth_token=t;oauth_token_secret=s" + rest},
	} {
		for _, o := range operations[:2] {
			t.Run(string(o.op)+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				p := newProvider(t)
				p.answer(o.path, body(http.StatusOK, row.body))
				key, secret, err := tokens(t, p.flow(), o.op)
				e := requireError(t, err, provider.ErrProtocol, o.op)
				assert.Equal(t, http.StatusOK, e.Status)
				assert.NotEmpty(t, e.Reason)
				assert.Empty(t, key+secret)
				assert.Len(t, p.made(""), 1)
			})
		}
	}
}

// Providers name any media type for their form-encoded answers.
func TestContentTypeIsIgnored(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"text/html; charset=utf-8", "application/json", "text/plain", "image/png", "nonsense;;", ""} {
		for _, o := range operations[:2] {
			t.Run(string(o.op)+"/"+contentType, func(t *testing.T) {
				t.Parallel()
				p := newProvider(t)
				p.answer(o.path, body(http.StatusOK, "\n"+good(o)+"\r\n", "Content-Type", contentType))
				_, _, err := tokens(t, p.flow(), o.op)
				require.NoError(t, err)
			})
		}
	}
}

func TestOddTokensRoundTrip(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{"+", "/", "=", "&", "%", "%2B", "é", " ", "a b", "~-._", "\x00", "☃", `"`, ",", ";", "\\", "a\r\nb", strings.Repeat("k", 2000)} {
		for _, o := range operations[:2] {
			t.Run(string(o.op)+"/"+odd[:1], func(t *testing.T) {
				t.Parallel()
				p := newProvider(t)
				p.answer(o.path, form("oauth_token", "t"+odd+"t", "oauth_token_secret", "s"+odd+"s", "oauth_callback_confirmed", "true"))
				key, secret, err := tokens(t, p.flow(), o.op)
				require.NoError(t, err)
				assert.Equal(t, "t"+odd+"t", key)
				assert.Equal(t, "s"+odd+"s", secret)
			})
		}
	}
}
