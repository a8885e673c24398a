package twittertest_test

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// esc is the encoding of RFC 5849 section 3.6, by way of net/url and not by the
// loop that the server has.
func esc(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// sign computes a signature over "name=value" pairs that are encoded already.
func sign(method, uri string, encodedPairs []string, consumerSecret, tokenSecret string) string {
	pairs := slices.Sorted(slices.Values(encodedPairs))
	mac := hmac.New(sha1.New, []byte(esc(consumerSecret)+"&"+esc(tokenSecret)))
	fmt.Fprintf(mac, "%s&%s&%s", method, esc(uri), esc(strings.Join(pairs, "&")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// order is a request that a test wants signed, and may spoil.
type order struct {
	method, base, path string // base is the server's URL

	query, body, header [][2]string // header: besides the usual
	without             string      // a usual header parameter to leave out
	set                 map[string]string

	consumerSecret, tokenSecret string
	token                       string

	signBase  string // the base URL to sign, if not base
	dropFirst bool   // leaves the first body parameter out of the signature

	unsignedQuery string
	contentType,
	authorization string // instead of the usual ones
	mangle func(header string) string
}

// send signs and sends an order, in the process.
func send(ctx context.Context, s *twittertest.Server, o order) (*http.Response, string, error) {
	req, err := o.request(ctx)
	if err != nil {
		return nil, "", err
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

func (o order) request(ctx context.Context) (*http.Request, error) {
	usual := [][2]string{
		{"oauth_consumer_key", twittertest.ConsumerKey},
		{"oauth_nonce", rand.Text()},
		{"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", strconv.FormatInt(time.Now().Unix(), 10)},
		{"oauth_version", "1.0"},
	}
	if o.token != "" {
		usual = append(usual, [2]string{"oauth_token", o.token})
	}
	var header [][2]string
	for _, p := range usual {
		if v, found := o.set[p[0]]; found {
			p[1] = v
		}
		if p[0] != o.without {
			header = append(header, p)
		}
	}
	header = append(header, o.header...)

	if o.consumerSecret == "" {
		o.consumerSecret = twittertest.ConsumerSecret
	}
	if o.signBase == "" {
		o.signBase = o.base
	}
	signedBody := o.body
	if o.dropFirst {
		signedBody = o.body[1:]
	}
	all := slices.Concat(pairs(header), pairs(o.query), pairs(signedBody))
	signature := sign(o.method, o.signBase+o.path, all, o.consumerSecret, o.tokenSecret)
	if v, found := o.set["oauth_signature"]; found {
		signature = v
	}
	if o.without != "oauth_signature" {
		header = append(header, [2]string{"oauth_signature", signature})
	}

	var quoted []string
	for _, p := range header {
		quoted = append(quoted, esc(p[0])+`="`+esc(p[1])+`"`)
	}
	authorization := "OAuth " + strings.Join(quoted, ", ")
	if o.mangle != nil {
		authorization = o.mangle(authorization)
	}
	if o.authorization != "" {
		authorization = o.authorization
	}

	target := o.base + o.path
	if len(o.query) > 0 {
		target += "?" + strings.Join(pairs(o.query), "&")
	}
	if o.unsignedQuery != "" {
		target += "?" + o.unsignedQuery
	}
	req, err := http.NewRequestWithContext(ctx, o.method, target, strings.NewReader(strings.Join(pairs(o.body), "&")))
	if err != nil {
		return nil, err
	}
	if authorization != "none" {
		req.Header.Set("Authorization", authorization)
	}
	if len(o.body) > 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if o.contentType != "" {
		req.Header.Set("Content-Type", o.contentType)
	}
	return req, nil
}

func pairs(ps [][2]string) []string {
	var out []string
	for _, p := range ps {
		out = append(out, esc(p[0])+"="+esc(p[1]))
	}
	return out
}

// vector is a published example of a signature.
type vector struct {
	Name           string
	Source         string
	Method         string
	URL            string
	ConsumerSecret string `json:"consumer_secret"`
	TokenSecret    string `json:"token_secret"`
	Params         map[string]string
	Signature      string
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors)
	return vectors
}

// The signer of these tests is right by published examples, not by agreeing
// with the server.
func TestSignerAgainstPublishedVectors(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			var encoded []string
			for name, value := range v.Params {
				encoded = append(encoded, esc(name)+"="+esc(value))
			}
			assert.Equal(t, v.Signature, sign(v.Method, v.URL, encoded, v.ConsumerSecret, v.TokenSecret))
		})
	}
}
