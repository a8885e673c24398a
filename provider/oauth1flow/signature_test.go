package oauth1flow_test

import (
	"cmp"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// This is the provider's side of a signature, written from RFC 5849 alone: code
// shared with the Flow would make the same mistakes.

type pair struct{ name, value string }

// splitForm decodes a query or a form, keeping order and repeated names.
func splitForm(encoded string) []pair {
	var pairs []pair
	for item := range strings.SplitSeq(encoded, "&") {
		if item == "" {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil {
			return []pair{{"not", "form-encoded"}}
		}
		pairs = append(pairs, pair{name, value})
	}
	return pairs
}

// percentEncode is RFC 5849 section 3.6.
func percentEncode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// baseString is RFC 5849 section 3.4.1.1.
func baseString(method, baseURI string, params []pair) string {
	encoded := make([]pair, len(params))
	for i, p := range params {
		encoded[i] = pair{percentEncode(p.name), percentEncode(p.value)}
	}
	slices.SortFunc(encoded, func(a, b pair) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.value, b.value)) })
	list := make([]string, len(encoded))
	for i, p := range encoded {
		list[i] = p.name + "=" + p.value
	}
	return method + "&" + percentEncode(baseURI) + "&" + percentEncode(strings.Join(list, "&"))
}

// signatureMethod is one of RFC 5849 section 3.4.
type signatureMethod struct {
	name   string
	verify func(base, tokenSecret, signature string) error
}

var (
	hmacSHA1   = signatureMethod{"HMAC-SHA1", verifyHMAC(sha1.New)}
	hmacSHA256 = signatureMethod{"HMAC-SHA256", verifyHMAC(sha256.New)}
)

func verifyHMAC(h func() hash.Hash) func(base, tokenSecret, signature string) error {
	return func(base, tokenSecret, signature string) error {
		mac := hmac.New(h, []byte(percentEncode(consumerSecret)+"&"+percentEncode(tokenSecret)))
		mac.Write([]byte(base))
		if base64.StdEncoding.EncodeToString(mac.Sum(nil)) != signature {
			return errors.New("the signature is not that of " + base)
		}
		return nil
	}
}

func rsaSHA1(key *rsa.PublicKey) signatureMethod {
	return signatureMethod{"RSA-SHA1", func(base, _, signature string) error {
		raw, err := base64.StdEncoding.DecodeString(signature)
		if err != nil {
			return err
		}
		digest := sha1.Sum([]byte(base))
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, digest[:], raw)
	}}
}

// The fake's own code is checked with the vector of RFC 5849 section 3.4.1.1.
func TestTheFakeSignsAsTheRFC(t *testing.T) {
	t.Parallel()
	params := slices.Concat(splitForm("b5=%3D%253D&a3=a&c%40=&a2=r%20b"), splitForm("c2&a3=2+q"), []pair{
		{"oauth_consumer_key", "9djdj82h48djs9d2"}, {"oauth_token", "kkk9d7dh3k39sjv7"},
		{"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "137131201"}, {"oauth_nonce", "7d8f3e4a"},
	})
	assert.Equal(t, "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26"+
		"c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26"+
		"oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
		baseString("POST", "http://example.com/request", params))
}

// Each signature method goes the whole road; the fake verifies every request.
func TestSignatureMethods(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for _, row := range []struct {
		name   string
		fake   signatureMethod
		change func(*oauth1flow.Config)
	}{
		{"the default", hmacSHA1, func(*oauth1flow.Config) {}},
		{"HMAC-SHA1", hmacSHA1, func(c *oauth1flow.Config) { c.SignatureMethod = oauth1flow.HMACSHA1 }},
		{"HMAC-SHA256", hmacSHA256, func(c *oauth1flow.Config) { c.SignatureMethod = oauth1flow.HMACSHA256 }},
		{"RSA-SHA1", rsaSHA1(&key.PublicKey), func(c *oauth1flow.Config) {
			c.SignatureMethod, c.PrivateKey, c.ConsumerSecret = oauth1flow.RSASHA1, key, provider.Secret{}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t)
			p.method = row.fake
			f := p.flow(row.change)
			_, hs, err := f.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
			require.NoError(t, err)
			tok, err := f.HandleCallback(t.Context(), hs, approved())
			require.NoError(t, err)
			_, err = f.FetchProfile(t.Context(), tok)
			require.NoError(t, err)
			require.NoError(t, f.Revoke(t.Context(), tok))
			c, err := f.Client(t.Context(), tok)
			require.NoError(t, err)
			res, err := c.PostForm(p.url+"/anything?a=1", url.Values{"text": {"a b+c&é"}, "n": {"2", "1"}})
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			assert.Len(t, p.made(""), 5)
		})
	}
}
