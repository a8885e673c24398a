package engines_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/engines"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// pair is a name and a value, in the order of the wire.
type pair = [2]string

// call sends a signed request with form as its body and returns the status
// and what the engine understood.
func call(t *testing.T, f *twitter.Flow, tok provider.Token, method, target, form string) (int, echo) {
	t.Helper()
	client, err := f.Client(t.Context(), tok)
	require.NoError(t, err)
	var body io.Reader
	if form != "" {
		body = strings.NewReader(form)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, body)
	require.NoError(t, err)
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return send(t, client, req)
}

type echo struct {
	Method string
	Query  []pair
	Form   []pair
}

func send(t *testing.T, client *http.Client, req *http.Request) (int, echo) {
	t.Helper()
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	var answer echo
	if resp.StatusCode == http.StatusOK {
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	}
	return resp.StatusCode, answer
}

func TestClient(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, encoded string
		want          []pair
		gap           engines.Gap
	}{
		{"none", "", nil, ""},
		{"plain", "a=1&b=2", []pair{{"a", "1"}, {"b", "2"}}, ""},
		{"unordered", "z=1&b=2&Z=3&B=4", []pair{{"z", "1"}, {"b", "2"}, {"Z", "3"}, {"B", "4"}}, ""},
		{"X's own example", "status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21", []pair{{"status", "Hello Ladies + Gentlemen, a signed OAuth request!"}}, ""},
		{"plus is a blank", "a=x+y%2Bz+", []pair{{"a", "x y+z "}}, ""},
		{"reserved and unreserved", "a=%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%2F%3F%25%23%5B%5D-._%7E", []pair{{"a", "!*'();:@&=+$,/?%#[]-._~"}}, ""},
		{"encoded twice", "a=%252F%2525", []pair{{"a", "%2F%25"}}, ""},
		{"scripts in values", "a=caf%C3%A9&b=%E7%BE%8E%E7%8E%B2&c=%D9%84&d=%F0%9F%A6%81", []pair{{"a", "café"}, {"b", "美玲"}, {"c", "ل"}, {"d", "🦁"}}, ""},
		{"empty value", "a=&b=1", []pair{{"a", ""}, {"b", "1"}}, ""},
		{"no equals sign", "flag&b=1", []pair{{"flag", ""}, {"b", "1"}}, ""},
		{"odd names", "a.b=1&c%40d=2&e%20f=3&g%2Bh=4", []pair{{"a.b", "1"}, {"c@d", "2"}, {"e f", "3"}, {"g+h", "4"}}, ""},
		{"line breaks", "a=1%0D%0A2", []pair{{"a", "1\r\n2"}}, ""},
		{"repeated", "a=2&a=10&a=1&b=1&a=2", []pair{{"a", "2"}, {"a", "10"}, {"a", "1"}, {"b", "1"}, {"a", "2"}}, engines.RepeatedNames},
		{"repeated with brackets", "a%5B%5D=2&a%5B%5D=1", []pair{{"a[]", "2"}, {"a[]", "1"}}, engines.RepeatedNames},
		{"one name the start of another", "a=1&a-b=2&ab=3", []pair{{"a", "1"}, {"a-b", "2"}, {"ab", "3"}}, engines.PrefixOrder},
		{"scripts in names", "z=1&%E7%BE%8E=%E7%8E%B2", []pair{{"z", "1"}, {"美", "玲"}}, engines.EncodedOrder},
	}
	each(t, func(t *testing.T, e *engines.Engine) {
		f := flow(t, e)
		tok := signUp(t, f, plainCallback, "12")
		refused := 0
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				target := e.URL + "/1.1/echo.json"
				gotStatus, got := call(t, f, tok, http.MethodGet, target+"?"+test.encoded, "")
				postStatus, posted := call(t, f, tok, http.MethodPost, target, test.encoded)
				if e.Lacks(test.gap) {
					require.Equal(t, http.StatusUnauthorized, gotStatus, "the engine has no such gap")
					require.Equal(t, http.StatusUnauthorized, postStatus, "the engine has no such gap")
					refused += 2
					return
				}
				require.Equal(t, http.StatusOK, gotStatus, e.Stats().Reasons)
				require.Equal(t, http.StatusOK, postStatus, e.Stats().Reasons)
				assert.ElementsMatch(t, test.want, got.Query)
				assert.ElementsMatch(t, test.want, posted.Form)
				assert.Equal(t, http.MethodPost, posted.Method)
			})
		}
		t.Run("query and form at once", func(t *testing.T) {
			status, got := call(t, f, tok, http.MethodPost, e.URL+"/1.1/echo.json?q=1%202&r=%26", "f=3+4&s=%3D")
			require.Equal(t, http.StatusOK, status, e.Stats().Reasons)
			assert.Equal(t, []pair{{"q", "1 2"}, {"r", "&"}}, got.Query)
			assert.Equal(t, []pair{{"f", "3 4"}, {"s", "="}}, got.Form)
		})
		t.Run("bodies", func(t *testing.T) {
			client, err := f.Client(t.Context(), tok)
			require.NoError(t, err)
			for contentType, want := range map[string][]pair{
				"application/x-www-form-urlencoded; charset=utf-8": {{"a", "1"}},
				"application/json": {},
				"text/plain":       {},
			} {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL+"/1.1/echo.json", strings.NewReader("a=1"))
				require.NoError(t, err)
				req.Header.Set("Content-Type", contentType)
				status, got := send(t, client, req)
				require.Equal(t, http.StatusOK, status, "%s: %s", contentType, e.Stats().Reasons)
				assert.Equal(t, want, got.Form, contentType)
			}
		})
		stats := e.Stats()
		require.Equal(t, refused, stats.Refused, stats.Reasons)
	})
}
