package twitter_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// refusal is an entry of testdata/errors.
type refusal struct {
	reply

	Name, Source string
	Want         map[provider.Op]verdict
}

type verdict struct{ Kind, Code, Hint, Reason string }

func refusals(t testing.TB) []refusal {
	t.Helper()
	files, err := filepath.Glob("testdata/errors/*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	var all []refusal
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var list []refusal
		decoder := json.NewDecoder(strings.NewReader(string(data)))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&list), file)
		for i := range list {
			require.NotEmpty(t, list[i].Source)
			require.NotEmpty(t, list[i].Want)
			for op := range list[i].Want {
				require.True(t, op == "any" || slices.Contains(ops, op), op)
			}
			list[i].Name = strings.TrimSuffix(filepath.Base(file), ".json") + "/" + list[i].Name
		}
		all = append(all, list...)
	}
	return all
}

// want is what is expected of op, if anything is.
func (r refusal) want(op provider.Op) (verdict, bool) {
	if v, found := r.Want[op]; found {
		return v, true
	}
	v, found := r.Want["any"]
	return v, found
}

// All that X is known to answer, and what becomes of it for each call.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, r := range refusals(t) {
		for _, op := range ops {
			want, found := r.want(op)
			if !found {
				continue
			}
			t.Run(r.Name+"/"+string(op), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { // a profile is asked for twice, with a pause
					kind, known := kinds[want.Kind]
					require.True(t, known, want.Kind)
					err := run(t, answered(t, r.reply), op)
					e := requireError(t, err, kind, op)
					assert.Equal(t, r.Status, e.Status)
					assert.Equal(t, want.Code, e.Code)
					assert.Contains(t, e.Hint, want.Hint)
					assert.Contains(t, e.Reason, want.Reason)
					if want.Code == "999" {
						assert.Empty(t, e.Hint, "nobody knows that code")
					}
					assertNoQuote(t, err, r.Body)
				})
			})
		}
	}
}

// assertNoQuote looks for pieces of the answer's body in the error's text.
func assertNoQuote(t *testing.T, err error, body string) {
	t.Helper()
	const piece = 24 // short enough for a token, too long for a coincidence
	text := strings.ToLower(err.Error())
	body = strings.ToLower(body)
	for i := 0; i+piece <= len(body); i++ {
		if strings.Contains(text, body[i:i+piece]) {
			t.Errorf("the error repeats %q of the answer: %v", body[i:i+piece], err)
			return
		}
	}
	assert.NotContains(t, text, "bodymarker")
}

// The hint has the callback URL to the letter, for pasting into the console.
func TestCallbackHint(t *testing.T) {
	t.Parallel()
	body := `<?xml version='1.0' encoding='UTF-8'?><errors><error code="415">Callback URL not approved</error></errors>`
	for _, callback := range []string{
		"http://127.0.0.1:8080/auth/twitter/callback/", "https://App.Example:443/a?b=c&d=%20", "http://localhost/cb",
	} {
		_, _, err := answered(t, reply{Status: 403, Body: body}).AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
		e := requireError(t, err, provider.ErrRefused, provider.OpRequestToken)
		assert.Contains(t, e.Hint, `"`+callback+`"`)
		assert.Contains(t, e.Hint, `add exactly "`+strings.Replace(callback, "//localhost", "//127.0.0.1", 1)+`"`)
		assert.Contains(t, e.Hint, "trailing slash")
		assert.Contains(t, e.Hint, "127.0.0.1")
		assert.Contains(t, err.Error(), callback, "and so has the text, for the log")
	}
}

// X's codes are small numbers. What else stands in their place is none, and does
// not reach a log.
func TestCodesAreSmallNumbers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, body, want string }{
		{"a number", `{"errors":[{"code":99999}]}`, "99999"},
		{"a number in words", `{"errors":[{"code":"99999"}]}`, "99999"},
		{"a large number", `{"errors":[{"code":100000}]}`, ""},
		{"a word", `{"errors":[{"code":"abc"}]}`, ""},
		{"a word in markup", `<errors><error code="abc">no</error></errors>`, ""},
		{"the first that is one", `{"errors":[{"code":100000},{"code":"abc"},{"code":98765},{"code":98764}]}`, "98765"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := requireError(t, run(t, answered(t, reply{Status: 403, Body: row.body}), provider.OpRequestToken), provider.ErrRefused, provider.OpRequestToken)
			assert.Equal(t, row.want, e.Code)
		})
	}
}

// Cloudflare answers programs without a page.
func TestTheFrontDoorInPlainText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, op := range ops {
			f := answered(t, reply{Status: 403, Header: map[string]string{"Content-Type": "text/plain; charset=UTF-8"}, Body: "error code: 1020"})
			e := requireError(t, run(t, f, op), provider.ErrUnavailable, op)
			assert.Contains(t, e.Hint, "blocks this server's address")
		}
	})
}

// Somebody in front of X may answer with a megabyte: the work on it is bounded by
// what is read of it.
func TestLongMarkup(t *testing.T) {
	t.Parallel()
	const code = `<error code="98765">no</error>`
	for _, row := range []struct{ name, body, want string }{
		{"soon", "<errors>" + strings.Repeat("<error>a</error>", 1000) + code, "98765"},
		{"late", "<errors>" + strings.Repeat("<error>a</error>", 1<<16-10) + code, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := requireError(t, run(t, answered(t, reply{Status: 403, Body: row.body}), provider.OpProfile), provider.ErrRefused, provider.OpProfile)
			assert.Equal(t, row.want, e.Code)
		})
	}
}

// The name that X gave the request is for a question to X, if it is a name.
func TestRequestID(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		header map[string]string
		want   string
	}{
		{"none", nil, ""},
		{"X's", map[string]string{"x-transaction-id": "a1B2-c3"}, "a1B2-c3"},
		{"X's older one", map[string]string{"x-transaction": "0123456789abcdef"}, "0123456789abcdef"},
		{"of the network in front", map[string]string{"cf-ray": "8f1e2d3c4b5a6978-LIS"}, "8f1e2d3c4b5a6978-LIS"},
		{"all", map[string]string{"cf-ray": "c", "x-transaction": "b", "x-transaction-id": "a"}, "a"},
		{"from end to end of the alphabet", map[string]string{"x-transaction-id": "azAZ09"}, "azAZ09"},
		{"not a name", map[string]string{"x-transaction-id": "<script>", "cf-ray": "c"}, "c"},
		{"blanks", map[string]string{"x-transaction-id": "a b"}, ""},
		{"a query", map[string]string{"x-transaction-id": "oauth_token=BODYMARKER"}, ""},
		{"too long", map[string]string{"x-transaction-id": strings.Repeat("a", 65)}, ""},
		{"the longest", map[string]string{"x-transaction-id": strings.Repeat("a", 64)}, strings.Repeat("a", 64)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, op := range ops {
				err := run(t, answered(t, reply{Status: 403, Header: row.header}), op)
				var e *provider.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, row.want, e.RequestID)
				if row.want != "" {
					assert.Contains(t, err.Error(), "request "+row.want)
				}
				assertNoQuote(t, err, "BODYMARKER")
			}
		})
	}
}
