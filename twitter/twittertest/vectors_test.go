package twittertest_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

// printedRequest is a published example, as it goes over the wire to the host
// it was signed for.
func printedRequest(v vector, signature string, inBody ...string) *http.Request {
	var header, body []string
	for name, value := range v.Params {
		if len(inBody) > 0 && name == inBody[0] {
			body = append(body, esc(name)+"="+esc(value))
		} else {
			header = append(header, esc(name)+`="`+esc(value)+`"`)
		}
	}
	header = append(header, `oauth_signature="`+esc(signature)+`"`)
	r := httptest.NewRequest(v.Method, v.URL, strings.NewReader(strings.Join(body, "&")))
	r.TLS = &tls.ConnectionState{}
	r.Header.Set("Authorization", "OAuth "+strings.Join(header, ", "))
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// The server takes the examples that X prints in "Log in with X", at the time
// and on the host that they were made for, and takes nothing near them.
func TestServerTakesPublishedRequests(t *testing.T) {
	t.Parallel()
	vectors := readVectors(t)
	step1, step3 := vectors[1], vectors[2]
	seconds, err := strconv.ParseInt(step1.Params["oauth_timestamp"], 10, 64)
	require.NoError(t, err)
	then := time.Unix(seconds, 0)

	// The example's request token is not one that a server would make up, so
	// it is put into the state as if the server had issued it.
	state := fmt.Sprintf(`{"request_tokens":{%q:{"secret":%q,"callback":%q,"created":%q,"stage":"approved","person_id":"7588892","verifier":%q}}}`,
		step3.Params["oauth_token"], step3.TokenSecret, step1.Params["oauth_callback"],
		then.Add(-time.Minute).UTC().Format(time.RFC3339), step3.Params["oauth_verifier"])

	tests := map[string]struct {
		v         vector
		signature string
		host      string
		inBody    []string
		want      int
	}{
		"step 1 as printed":                    {v: step1, signature: step1.Signature, want: 200},
		"step 1 at another host":               {v: step1, signature: step1.Signature, host: "api.x.com", want: 401},
		"step 1 for the current host":          {v: step1, signature: "X9xhcB9d+NxXd/ThJ/n51vPhetM=", host: "api.x.com", want: 200},
		"step 3 with the verifier in the body": {v: step3, signature: step3.Signature, inBody: []string{"oauth_verifier"}, want: 200},
		"step 3 with it in the header":         {v: step3, signature: step3.Signature, want: 200},
		"step 3 for the current host":          {v: step3, signature: "G3DdousFWwxEepaZcmHguKqeBvs=", host: "api.x.com", want: 200},
		"step 3, verifier not signed":          {v: step3, signature: "yLOAV86Kii+FEy5cbUcSOQ4uBAo=", inBody: []string{"oauth_verifier"}, want: 401},
		"step 3, no token secret":              {v: step3, signature: "eLn5QjdCqHdlBEvOogMeGuRxW4k=", inBody: []string{"oauth_verifier"}, want: 401},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "state.json")
			require.NoError(t, os.WriteFile(file, []byte(state), 0o600))
			s, err := twittertest.New(twittertest.Config{
				ConsumerKey: step1.Params["oauth_consumer_key"], ConsumerSecret: step1.ConsumerSecret,
				CallbackURLs: []string{step1.Params["oauth_callback"]},
				People:       []twittertest.Person{{ID: "7588892", ScreenName: "episod"}},
				StateFile:    file,
				Logger:       slog.New(slog.NewTextHandler(io.Discard, nil)),
			})
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, s.Close()) })

			r := printedRequest(tt.v, tt.signature, tt.inBody...)
			if tt.host != "" {
				r.Host = tt.host
			}
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(time.Until(then)) // the bubble's clock begins in the year 2000
				w := httptest.NewRecorder()
				s.Handler().ServeHTTP(w, r)
				assert.Equal(t, tt.want, w.Code, w.Header().Get("X-Twittertest-Reason"))
				if tt.want == 200 && tt.v.Name == step3.Name {
					assert.Contains(t, w.Body.String(), "&user_id=7588892&screen_name=episod")
				}
				if tt.want == 401 {
					assert.Equal(t, "the signature is not that of this request", w.Header().Get("X-Twittertest-Reason"))
				}
			})
		})
	}
}
