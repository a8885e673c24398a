package twittertest_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

const (
	json32  = `{"errors":[{"code":32,"message":"Could not authenticate you."}]}`
	json215 = `{"errors":[{"code":215,"message":"Bad Authentication data."}]}`
	json135 = `{"errors":[{"code":135,"message":"Timestamp out of bounds."}]}`
)

func stamp(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }

// Every row is a good request for a request token, spoilt in one place. The
// reason shows that it was refused for that.
func TestRequestTokenIsStrict(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{CallbackURLs: []string{callback, callback + "?a=1"}})
	withCallback := func(c string) [][2]string { return [][2]string{{"oauth_callback", c}} }

	tests := map[string]struct {
		spoil  func(*order)
		status int // 0: 401
		body   string
		reason string // "": accepted
	}{
		"nothing":                {spoil: func(*order) {}},
		"callback in the query":  {spoil: func(o *order) { o.query, o.header = o.header, nil }},
		"callback in the body":   {spoil: func(o *order) { o.body, o.header = o.header, nil }},
		"no version":             {spoil: func(o *order) { o.without = "oauth_version" }},
		"access type in query":   {spoil: func(o *order) { o.query = [][2]string{{"x_auth_access_type", "read"}} }},
		"access type in body":    {spoil: func(o *order) { o.body = [][2]string{{"x_auth_access_type", "write"}} }},
		"parameters to sort":     {spoil: func(o *order) { o.query = [][2]string{{"b5", "=%3D"}, {"a3", "a"}, {"c@", ""}, {"a2", "r b"}} }},
		"names that sort oddly":  {spoil: func(o *order) { o.query = [][2]string{{"ü", "1"}, {"z", "2"}, {"~", "3"}, {"a+b", "☃"}} }},
		"realm":                  {spoil: func(o *order) { o.mangle = prefixed(`realm="a, b=c"`) }},
		"clock four minutes off": {spoil: func(o *order) { o.set = map[string]string{"oauth_timestamp": stamp(-4 * time.Minute)} }},
		"PIN flow":               {spoil: func(o *order) { o.header = withCallback("oob") }},
		"second callback":        {spoil: func(o *order) { o.header = withCallback(callback + "?a=1") }},

		"no header":       {func(o *order) { o.authorization = "none" }, 400, json215, "there is no Authorization header of the OAuth scheme"},
		"another scheme":  {func(o *order) { o.authorization = "Bearer abc" }, 400, json215, "there is no Authorization header of the OAuth scheme"},
		"not a list":      {func(o *order) { o.authorization = "OAuth abc" }, 400, json215, `the Authorization header is not a list of name="value"`},
		"no commas":       {func(o *order) { o.mangle = replaced(", ", " ") }, 400, json215, "the Authorization header's parameters are not separated by commas"},
		"trailing comma":  {func(o *order) { o.mangle = func(h string) string { return h + "," } }, 400, json215, "the Authorization header's parameters are not separated by commas"},
		"not encoded":     {func(o *order) { o.mangle = replaced("%3A", ":") }, 400, json215, "a parameter of the Authorization header is not percent-encoded"},
		"stray parameter": {func(o *order) { o.header = append(o.header, [2]string{"lang", "en"}) }, 400, json215, `"lang" has no place in the Authorization header`},
		"query protocol":  {func(o *order) { o.without, o.query = "oauth_version", [][2]string{{"oauth_version", "1.0"}} }, 400, json215, `"oauth_version" belongs in the Authorization header`},
		"broken query":    {func(o *order) { o.unsignedQuery = "a=%zz" }, 400, json215, "query: a parameter is not percent-encoded"},
		"no key":          {func(o *order) { o.without = "oauth_consumer_key" }, 400, json215, "oauth_consumer_key is missing"},
		"no nonce":        {func(o *order) { o.without = "oauth_nonce" }, 400, json215, "oauth_nonce is missing"},
		"no method":       {func(o *order) { o.without = "oauth_signature_method" }, 400, json215, "oauth_signature_method is missing"},
		"no timestamp":    {func(o *order) { o.without = "oauth_timestamp" }, 400, json215, "oauth_timestamp is missing"},
		"no signature":    {func(o *order) { o.without = "oauth_signature" }, 400, json215, "oauth_signature is missing"},

		"twice in header": {func(o *order) { o.header = append(o.header, o.header[0]) }, 0, json32, `the parameter "oauth_callback" is there more than once`},
		"in two places":   {func(o *order) { o.query = o.header }, 0, json32, `the parameter "oauth_callback" is there more than once`},
		"repeated param":  {func(o *order) { o.query = [][2]string{{"a", "1"}, {"a", "2"}} }, 0, json32, `the parameter "a" is there more than once`},
		"other key":       {func(o *order) { o.set = map[string]string{"oauth_consumer_key": "x"} }, 0, json32, "the consumer key is not the app's"},
		"PLAINTEXT":       {func(o *order) { o.set = map[string]string{"oauth_signature_method": "PLAINTEXT"} }, 0, json32, "the signature method is not HMAC-SHA1"},
		"HMAC-SHA256":     {func(o *order) { o.set = map[string]string{"oauth_signature_method": "HMAC-SHA256"} }, 0, json32, "the signature method is not HMAC-SHA1"},
		"version 2":       {func(o *order) { o.set = map[string]string{"oauth_version": "2.0"} }, 0, json32, "oauth_version is not 1.0"},
		"empty version":   {func(o *order) { o.set = map[string]string{"oauth_version": ""} }, 0, json32, "oauth_version is not 1.0"},
		"odd nonce":       {func(o *order) { o.set = map[string]string{"oauth_nonce": "ü"} }, 0, json32, "the nonce is not printable ASCII"},
		"a token":         {func(o *order) { o.token = "abc" }, 0, json32, "oauth_token has no place in this request"},
		"word for a time": {func(o *order) { o.set = map[string]string{"oauth_timestamp": "now"} }, 0, json32, "the timestamp is not a positive number"},
		"signed time":     {func(o *order) { o.set = map[string]string{"oauth_timestamp": "+" + stamp(0)} }, 0, json32, "the timestamp is not a positive number"},
		"old timestamp":   {func(o *order) { o.set = map[string]string{"oauth_timestamp": stamp(-6 * time.Minute)} }, 0, json135, "the timestamp is more than 5m0s off"},
		"future time":     {func(o *order) { o.set = map[string]string{"oauth_timestamp": stamp(6 * time.Minute)} }, 0, json135, "the timestamp is more than 5m0s off"},
		"distant future":  {func(o *order) { o.set = map[string]string{"oauth_timestamp": "9223372036854775807"} }, 0, json135, "the timestamp is more than 5m0s off"},

		"wrong secret":     {func(o *order) { o.consumerSecret = "wrong" }, 0, json32, badSignature},
		"token secret":     {func(o *order) { o.tokenSecret = "x" }, 0, json32, badSignature},
		"other host":       {func(o *order) { o.signBase = "http://api.x.com" }, 0, json32, badSignature},
		"other name":       {func(o *order) { o.signBase = strings.Replace(o.base, "127.0.0.1", "localhost", 1) }, 0, json32, badSignature},
		"other scheme":     {func(o *order) { o.signBase = strings.Replace(o.base, "http:", "https:", 1) }, 0, json32, badSignature},
		"no port":          {func(o *order) { o.signBase = "http://127.0.0.1" }, 0, json32, badSignature},
		"other signature":  {func(o *order) { o.set = map[string]string{"oauth_signature": "F1Li3tvehgcraF8DMJ7OyxO4w9Y="} }, 0, json32, badSignature},
		"unsigned body":    {func(o *order) { o.body, o.dropFirst = [][2]string{{"x_auth_access_type", "read"}}, true }, 0, json32, badSignature},
		"signed plaintext": {func(o *order) { o.body, o.contentType = [][2]string{{"a", "1"}}, "text/plain" }, 0, json32, badSignature},
		"changed callback": {func(o *order) { o.mangle = replaced("8080", "8081") }, 0, json32, badSignature},
		"unsigned realm":   {func(o *order) { o.header = append(o.header, [2]string{"realm", "x"}) }, 0, json32, badSignature},

		"no callback":         {func(o *order) { o.header = nil }, 403, `{"errors":[{"code":38,"message":"oauth_callback parameter is missing."}]}`, "oauth_callback is missing"},
		"empty callback":      {func(o *order) { o.header = withCallback("") }, 403, `{"errors":[{"code":38,"message":"oauth_callback parameter is missing."}]}`, "oauth_callback is missing"},
		"odd access type":     {func(o *order) { o.query = [][2]string{{"x_auth_access_type", "admin"}} }, 400, `{"errors":[{"code":44,"message":"x_auth_access_type parameter is invalid."}]}`, "x_auth_access_type is neither read nor write"},
		"callback + slash":    {func(o *order) { o.header = withCallback(callback + "/") }, 403, xml415, notApproved},
		"callback + query":    {func(o *order) { o.header = withCallback(callback + "?b=1") }, 403, xml415, notApproved},
		"localhost callback":  {func(o *order) { o.header = withCallback(strings.Replace(callback, "127.0.0.1", "localhost", 1)) }, 403, xml415, notApproved},
		"upper-case callback": {func(o *order) { o.header = withCallback(strings.ToUpper(callback)) }, 403, xml415, notApproved},
		"GET":                 {func(o *order) { o.method = "GET" }, 405, "Method Not Allowed", "the endpoint does not know the method GET"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := requestTokenOrder(s, callback)
			tt.spoil(&o)
			resp, body, err := send(t.Context(), s, o)
			require.NoError(t, err)
			assert.Equal(t, tt.reason, resp.Header.Get("X-Twittertest-Reason"))
			want := http.StatusUnauthorized
			if tt.status != 0 {
				want = tt.status
			}
			if tt.reason == "" {
				want = http.StatusOK
			} else {
				assert.Equal(t, tt.body, body)
			}
			assert.Equal(t, want, resp.StatusCode)
		})
	}
}

const (
	badSignature = "the signature is not that of this request"
	notApproved  = "the callback is not one of the app's, byte for byte"
	xml415       = `<?xml version='1.0' encoding='UTF-8'?><errors><error code="415">Callback URL not approved for this client application. ` +
		`Approved callback URLs can be adjusted in your application settings</error></errors>`
)

func replaced(old, with string) func(string) string {
	return func(header string) string { return strings.ReplaceAll(header, old, with) }
}

func prefixed(p string) func(string) string {
	return func(header string) string { return "oauth " + p + ",\t" + strings.TrimPrefix(header, "OAuth ") }
}

func TestCallbacksWithoutAList(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	for c, want := range map[string]int{
		"https://app.example/cb?state=1": 200, "http://localhost:3000/": 200, "oob": 200,
		"javascript:alert(1)": 403, "myapp://back": 403, "/relative": 403, "http:///nohost": 403, "nonsense": 403, "http://a\nb/": 403,
	} {
		resp, _, err := send(t.Context(), s, requestTokenOrder(s, c))
		require.NoError(t, err)
		assert.Equal(t, want, resp.StatusCode, c)
	}
}

func TestAccessTokenIsStrict(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	const badVerifier = "Error processing your OAuth request: Invalid oauth_verifier parameter"

	tests := map[string]struct {
		spoil        func(t *testing.T, o *order)
		body, reason string
	}{
		"nothing":            {spoil: func(*testing.T, *order) {}},
		"verifier in query":  {spoil: func(_ *testing.T, o *order) { o.query, o.header = o.header, nil }},
		"verifier in body":   {spoil: func(_ *testing.T, o *order) { o.body, o.header = o.header, nil }},
		"no token":           {func(_ *testing.T, o *order) { o.token = "" }, "Reverse auth credentials are invalid", "oauth_token is missing"},
		"unknown token":      {func(_ *testing.T, o *order) { o.token = "abc" }, "Invalid request token.", "the request token is unknown"},
		"empty token secret": {func(_ *testing.T, o *order) { o.tokenSecret = "" }, json32, badSignature},
		"unsigned verifier":  {func(_ *testing.T, o *order) { o.body, o.header, o.dropFirst = o.header, nil, true }, json32, badSignature},
		"no verifier":        {func(_ *testing.T, o *order) { o.header = nil }, badVerifier, "the verifier is missing or another one's"},
		"verifier twice":     {func(_ *testing.T, o *order) { o.body = o.header }, json32, `the parameter "oauth_verifier" is there more than once`},
		"verifier of another": {func(t *testing.T, o *order) {
			o.header[0][1] = approve(t, s, newHandshake(t, s, callback), "")
		}, badVerifier, "the verifier is missing or another one's"},
		"secret of another": {func(t *testing.T, o *order) { o.tokenSecret = newHandshake(t, s, callback).secret }, json32, badSignature},
		"not approved": {func(t *testing.T, o *order) {
			c := newHandshake(t, s, callback)
			o.token, o.tokenSecret = c.token, c.secret
		}, "Invalid request token.", "the request token was not approved"},
		"declined": {func(t *testing.T, o *order) {
			c := newHandshake(t, s, callback)
			_, err := s.Deny(t.Context(), authURL(s, c))
			require.NoError(t, err)
			o.token, o.tokenSecret = c.token, c.secret
		}, "Invalid request token.", "the request token was used or declined before"},
		"used before": {func(t *testing.T, o *order) {
			resp, _, err := send(t.Context(), s, *o)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, resp.StatusCode)
		}, "Invalid request token.", "the request token was used or declined before"},
		"an access token": {func(t *testing.T, o *order) {
			c := signUp(t, s, "")
			o.token, o.tokenSecret = c.token, c.secret
		}, "Invalid request token.", "the request token is unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newHandshake(t, s, callback)
			o := accessTokenOrder(s, c, approve(t, s, c, ""))
			tt.spoil(t, &o)
			resp, body, err := send(t.Context(), s, o)
			require.NoError(t, err)
			assert.Equal(t, tt.reason, resp.Header.Get("X-Twittertest-Reason"))
			if tt.reason == "" {
				assert.Equal(t, http.StatusOK, resp.StatusCode)
				return
			}
			assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
			assert.Equal(t, tt.body, body)
		})
	}
}

func TestAPIIsStrict(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	ada, fox := signUp(t, s, ""), signUp(t, s, "9100000000000000044")
	const path = "/1.1/account/verify_credentials.json"
	unsigned := apiOrder(s, "GET", path, ada)
	unsigned.unsignedQuery = "include_email=true"
	tests := map[string]struct {
		o      order
		status int
		body   string
	}{
		"no token":        {apiOrder(s, "GET", path, credentials{}), 400, json215},
		"request token":   {apiOrder(s, "GET", path, newHandshake(t, s, callback)), 401, `{"errors":[{"code":89,"message":"Invalid or expired token."}]}`},
		"another secret":  {apiOrder(s, "GET", path, credentials{ada.token, fox.secret}), 401, json32},
		"unsigned query":  {unsigned, 401, json32},
		"POST":            {apiOrder(s, "POST", path, ada), 405, "Method Not Allowed"},
		"unknown path":    {apiOrder(s, "GET", "/1.1/users/show.json", ada), 404, `{"errors":[{"code":34,"message":"Sorry, that page does not exist."}]}`},
		"unknown v2 path": {apiOrder(s, "GET", "/2/users/you", ada), 404, ""},
		"v2, no token":    {apiOrder(s, "GET", "/2/users/me", credentials{}), 401, `{"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}`},
		"GET to revoke":   {apiOrder(s, "GET", "/1.1/oauth/invalidate_token.json", ada), 405, "Method Not Allowed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, body, err := send(t.Context(), s, tt.o)
			require.NoError(t, err)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.body, body)
		})
	}
}

func TestNonceIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	now := stamp(0)
	replay := func(timestamp string) (string, error) {
		o := requestTokenOrder(s, callback)
		o.set = map[string]string{"oauth_nonce": "again", "oauth_timestamp": timestamp}
		resp, _, err := send(t.Context(), s, o)
		if err != nil {
			return "", err
		}
		return resp.Header.Get("X-Twittertest-Reason"), nil
	}

	// A request that does not prove to be the app's cannot use up a nonce.
	o := requestTokenOrder(s, callback)
	o.set, o.consumerSecret = map[string]string{"oauth_nonce": "again", "oauth_timestamp": now}, "wrong"
	_, _, err := send(t.Context(), s, o)
	require.NoError(t, err)

	var accepted atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			reason, err := replay(now)
			assert.NoError(t, err)
			if reason == "" {
				accepted.Add(1)
			} else {
				assert.Equal(t, "the nonce was used before", reason)
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, accepted.Load())

	reason, err := replay(stamp(-time.Minute))
	require.NoError(t, err)
	assert.Empty(t, reason, "with another timestamp it is another nonce")
}

func TestRequestTokenExpires(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	synctest.Test(t, func(t *testing.T) {
		early, late, unapproved := newHandshake(t, s, callback), newHandshake(t, s, callback), newHandshake(t, s, callback)
		earlyVerifier, lateVerifier := approve(t, s, early, ""), approve(t, s, late, "")

		time.Sleep(15 * time.Minute)
		resp, _, err := send(t.Context(), s, accessTokenOrder(s, early, earlyVerifier))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, resp.StatusCode)

		time.Sleep(time.Second)
		resp, body, err := send(t.Context(), s, accessTokenOrder(s, late, lateVerifier))
		require.NoError(t, err)
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		assert.Equal(t, "Invalid request token.", body)
		assert.Equal(t, "the request token is too old", resp.Header.Get("X-Twittertest-Reason"))

		_, err = s.Approve(t.Context(), authURL(s, unapproved), "")
		require.ErrorContains(t, err, "the request token is too old")

		time.Sleep(time.Hour)
		newHandshake(t, s, callback)
		_, err = s.Approve(t.Context(), authURL(s, unapproved), "")
		require.ErrorContains(t, err, "unknown", "it was forgotten")
	})
}
