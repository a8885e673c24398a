package oauth2flow_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// operation is one of the calls a Flow makes.
type operation struct {
	op    provider.Op
	path  string
	limit int    // of the answer's body
	good  string // an answer that stays good when blanks are added
	tries int
	run   func(context.Context, *oauth2flow.Flow) error
}

// bearer is a token that scripted answers do not look at.
func bearer() provider.Token {
	return provider.Token{Access: provider.NewSecret("a-" + secretMark), Refresh: provider.NewSecret("r-" + secretMark), Subject: ada}
}

var operations = []operation{
	{provider.OpAccessToken, "/token", 64 << 10, `{"access_token":"t"}`, 1, func(ctx context.Context, f *oauth2flow.Flow) error {
		_, err := f.HandleCallback(ctx, handshake(), approved())
		return err
	}},
	{provider.OpRefresh, "/token", 64 << 10, `{"access_token":"t"}`, 1, func(ctx context.Context, f *oauth2flow.Flow) error {
		_, err := f.Refresh(ctx, bearer())
		return err
	}},
	{provider.OpProfile, "/me", 1 << 20, `{"id":` + ada + `}`, 2, func(ctx context.Context, f *oauth2flow.Flow) error {
		_, err := f.FetchProfile(ctx, bearer())
		return err
	}},
	{provider.OpRevoke, "/revoke", 64 << 10, ``, 1, func(ctx context.Context, f *oauth2flow.Flow) error {
		return f.Revoke(ctx, bearer())
	}},
}

// eachOperation runs test for every call, on a fake of its own.
func eachOperation(t *testing.T, test func(t *testing.T, s *fakeServer, o operation), suffix ...string) {
	t.Helper()
	for _, o := range operations {
		t.Run(string(o.op)+strings.Join(suffix, ""), func(t *testing.T) {
			t.Parallel()
			test(t, newServer(t), o)
		})
	}
}

func TestStatusToKind(t *testing.T) {
	t.Parallel()
	const exchange, profile = 0, 2 // as in operations
	all := func(kind error) [4]error { return [4]error{kind, kind, kind, kind} }
	late := all(provider.ErrRefused)
	late[exchange] = provider.ErrExpired
	unauthorized := all(provider.ErrRefused) // about the client, but for the profile
	unauthorized[profile] = provider.ErrTokenInvalid
	for status, kinds := range map[int][4]error{
		300: all(provider.ErrProtocol), 304: all(provider.ErrProtocol),
		400: late, 403: all(provider.ErrRefused), 401: unauthorized,
		402: all(provider.ErrNoCredits), 408: all(provider.ErrUnavailable), 429: all(provider.ErrRateLimited),
		500: all(provider.ErrUnavailable), 502: all(provider.ErrUnavailable), 503: all(provider.ErrUnavailable), 599: all(provider.ErrUnavailable),
	} {
		for i, o := range operations {
			for name, text := range map[string]string{
				"JSON":             `{"message":"` + marker + secretMark + `"}`,
				"JSON of an error": `{"error":{"message":"` + marker + `"}}`,
				"a page":           "<html>" + marker + "</html>",
				"text":             marker + "=" + secretMark + "%zz",
			} {
				t.Run(strconv.Itoa(status)+" "+string(o.op)+" "+name, func(t *testing.T) {
					t.Parallel()
					s := newServer(t)
					s.answer(o.path, body(status, text))
					kind := kinds[i]
					if i == exchange && name == "a page" && (status == 400 || status == 403) {
						kind = provider.ErrUnavailable // a firewall's, and nobody was late
					}
					e := requireError(t, o.run(t.Context(), s.flow()), kind, o.op)
					assert.Equal(t, status, e.Status)
					assert.Empty(t, e.Code)
					assert.Contains(t, e.Error(), "HTTP "+strconv.Itoa(status))
				})
			}
		}
	}
}

// The words of RFC 6749 section 5.2, and of those who have their own.
func TestErrorWords(t *testing.T) {
	t.Parallel()
	type want map[provider.Op]error
	const exchange, refresh = provider.OpAccessToken, provider.OpRefresh
	for _, row := range []struct {
		word   string
		status int
		want   want
		hint   string
	}{
		{"invalid_grant", 400, want{exchange: provider.ErrExpired, refresh: provider.ErrTokenInvalid}, ""},
		{"invalid_grant", 401, want{exchange: provider.ErrExpired, refresh: provider.ErrTokenInvalid}, ""},
		{"invalid_grant", 200, want{exchange: provider.ErrExpired, refresh: provider.ErrTokenInvalid}, ""},
		{"bad_verification_code", 200, want{exchange: provider.ErrExpired}, ""},
		{"invalid_client", 401, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused, provider.OpRevoke: provider.ErrRefused}, "AuthStyle"},
		{"unauthorized_client", 401, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, "AuthStyle"},
		{"incorrect_client_credentials", 200, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, "AuthStyle"},
		{"redirect_uri_mismatch", 400, want{exchange: provider.ErrRefused}, "register the callback URL"},
		{"invalid_scope", 400, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, ""},
		{"unsupported_grant_type", 400, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, ""},
		{"invalid_request", 400, want{exchange: provider.ErrExpired, refresh: provider.ErrRefused, provider.OpRevoke: provider.ErrRefused}, ""},
		{"invalid_request", 200, want{exchange: provider.ErrExpired, refresh: provider.ErrProtocol}, ""},
		{"invalid_token", 400, want{provider.OpRevoke: provider.ErrTokenInvalid, provider.OpProfile: provider.ErrTokenInvalid}, ""},
		{"invalid_token", 401, want{provider.OpRevoke: provider.ErrTokenInvalid, provider.OpProfile: provider.ErrTokenInvalid}, ""},
		{"insufficient_scope", 403, want{provider.OpProfile: provider.ErrRefused}, ""},
		{"unverified_user_email", 200, want{exchange: provider.ErrAccountUnusable}, ""},
		{"temporarily_unavailable", 400, want{exchange: provider.ErrUnavailable, refresh: provider.ErrUnavailable}, ""},
		{"server_error", 400, want{exchange: provider.ErrUnavailable, refresh: provider.ErrUnavailable}, ""},
		{"something_else", 200, want{exchange: provider.ErrProtocol, refresh: provider.ErrProtocol}, ""},
		{"something_else", 403, want{exchange: provider.ErrRefused}, ""},
		{"bad_refresh_token", 200, want{refresh: provider.ErrTokenInvalid}, ""},    // GitHub
		{"interaction_required", 400, want{refresh: provider.ErrTokenInvalid}, ""}, // Microsoft
		{"consent_required", 400, want{refresh: provider.ErrTokenInvalid}, ""},
		{"login_required", 400, want{exchange: provider.ErrExpired, refresh: provider.ErrTokenInvalid}, ""},
		{"something_else", 401, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused, provider.OpRevoke: provider.ErrRefused}, "AuthStyle"},
		{"something_else", 401, want{provider.OpProfile: provider.ErrTokenInvalid}, ""},
		{"access_denied", 401, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, "AuthStyle"}, // Auth0
		{"invalid_request", 401, want{exchange: provider.ErrExpired, refresh: provider.ErrRefused, provider.OpRevoke: provider.ErrRefused}, ""},
		{"something_else", 404, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, ""}, // a wrong TokenURL
		{"something_else", 418, want{exchange: provider.ErrRefused, refresh: provider.ErrRefused}, ""},
	} {
		for _, o := range operations {
			kind, applies := row.want[o.op]
			if !applies {
				continue
			}
			for name, answer := range map[string]http.HandlerFunc{
				"JSON": refusal(row.status, row.word),
				"form": body(row.status, "error="+row.word+"&error_description="+marker, "Content-Type", "application/x-www-form-urlencoded"),
			} {
				t.Run(row.word+" "+strconv.Itoa(row.status)+" "+string(o.op)+" "+name, func(t *testing.T) {
					t.Parallel()
					s := newServer(t)
					s.answer(o.path, answer)
					e := requireError(t, o.run(t.Context(), s.flow()), kind, o.op)
					assert.Equal(t, row.word, e.Code)
					assert.Equal(t, row.status, e.Status)
					assert.Contains(t, e.Hint, row.hint)
				})
			}
		}
	}
}

// The error code goes into logs, so it is a plain word or nothing.
func TestHostileErrorWords(t *testing.T) {
	t.Parallel()
	for _, word := range []string{
		marker + " " + secretMark, `invalid_grant\n` + marker, `<script>` + marker, `\u001b[31m` + marker, strings.Repeat("M", 65) + marker, "é" + marker, "",
	} {
		eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
			s.answer(o.path, refusal(http.StatusBadRequest, word))
			err := o.run(t.Context(), s.flow())
			require.Error(t, err)
			assertNoSecrets(t, err)
			assert.NotContains(t, err.Error(), "MMMM")
			assert.NotContains(t, err.Error(), "\n")
		}, " "+word)
	}
}

func TestRetryAfterIsReported(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
		s.answer(o.path, body(http.StatusTooManyRequests, marker, "Retry-After", "120"))
		before := time.Now()
		e := requireError(t, o.run(t.Context(), s.flow()), provider.ErrRateLimited, o.op)
		assert.WithinRange(t, e.RetryAt, before.Add(2*time.Minute), time.Now().Add(2*time.Minute))
		assert.Len(t, s.made(o.path), 1, "nobody waits two minutes for a page")
	})
}

func TestDiagnose(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
		s.answer(o.path, body(http.StatusTeapot, marker, "X-Request-Id", "r-1"))
		var asked provider.Refusal
		f := s.flow(func(c *oauth2flow.Config) {
			c.Diagnose = func(r provider.Refusal) provider.Error {
				asked = r
				return provider.Error{Kind: provider.ErrAccountUnusable, Code: "c", Reason: "why", Hint: "what", RequestID: r.Header.Get("X-Request-Id")}
			}
		})
		e := requireError(t, o.run(t.Context(), f), provider.ErrAccountUnusable, o.op)
		assert.Equal(t, []string{"c", "why", "what", "r-1"}, []string{e.Code, e.Reason, e.Hint, e.RequestID})
		assert.Equal(t, o.op, asked.Op)
		assert.Equal(t, http.StatusTeapot, asked.Status)
		assert.Equal(t, marker, string(asked.Body))
		assert.WithinDuration(t, time.Now(), asked.ReceivedAt, time.Minute)
	})
}

// Without a kind from Diagnose, the status tells.
func TestDiagnoseWithoutAnOpinion(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
		s.answer(o.path, body(http.StatusServiceUnavailable, marker))
		f := s.flow(func(c *oauth2flow.Config) {
			c.Diagnose = func(provider.Refusal) provider.Error { return provider.Error{Hint: "wait"} }
		})
		e := requireError(t, o.run(t.Context(), f), provider.ErrUnavailable, o.op)
		assert.Equal(t, "wait", e.Hint)
	})
}

// Answers are bounded, before and after decompression.
func TestLongAnswers(t *testing.T) {
	t.Parallel()
	zip := func(text string) string {
		var b bytes.Buffer
		w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.String()
	}
	for name, send := range map[string]func(status int, text string) http.HandlerFunc{
		"plain": func(status int, text string) http.HandlerFunc { return body(status, text) },
		"gzip": func(status int, text string) http.HandlerFunc {
			return body(status, zip(text), "Content-Encoding", "gzip")
		},
	} {
		eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
			blanks := strings.Repeat(" ", o.limit-len(o.good))
			s.answer(o.path, send(http.StatusOK, o.good+blanks))
			require.NoError(t, o.run(t.Context(), s.flow()), "that much is allowed")
			s.answer(o.path, send(http.StatusOK, o.good+blanks+" "))
			e := requireError(t, o.run(t.Context(), s.flow()), provider.ErrProtocol, o.op)
			assert.Contains(t, e.Error(), "too long")
			s.answer(o.path, send(http.StatusOK, o.good+strings.Repeat(blanks, 2)+marker))
			requireError(t, o.run(t.Context(), s.flow()), provider.ErrProtocol, o.op)

			// Of an error page the beginning will do.
			s.answer(o.path, send(http.StatusUnauthorized, `{"error":"invalid_client"}`+strings.Repeat(" ", o.limit)))
			e = requireError(t, o.run(t.Context(), s.flow()), provider.ErrRefused, o.op)
			assert.Equal(t, "invalid_client", e.Code)
		}, " "+name)
	}
}

// Header goes with every call of the Flow itself, and takes the place of
// nothing that the protocol needs.
func TestHeader(t *testing.T) {
	t.Parallel()
	eachOperation(t, func(t *testing.T, s *fakeServer, o operation) {
		s.answer(o.path, body(http.StatusOK, o.good))
		header := http.Header{
			"User-Agent": {"app/1.0 (+https://app.example)"}, "X-Version": {"1", "2"},
			"Authorization": {"Bearer other"}, "Content-Type": {"text/plain"},
		}
		sent := header.Clone()
		f := s.flow(func(c *oauth2flow.Config) { c.Header = header })
		require.NoError(t, o.run(t.Context(), f))
		got := s.made("")[0].header
		assert.Equal(t, sent["User-Agent"], got["User-Agent"])
		assert.Equal(t, sent["X-Version"], got["X-Version"])
		assert.Len(t, got["Authorization"], 1)
		assert.NotEqual(t, sent["Authorization"], got["Authorization"])
		if o.op != provider.OpProfile {
			assert.Equal(t, []string{formType}, got["Content-Type"])
		}
		assert.Equal(t, sent, header, "it is the caller's")
	})
}

// Diagnose is there to build on.
func TestDiagnoseToBuildOn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answer("/token", refusal(http.StatusBadRequest, "invalid_grant"))
	f := s.flow(func(c *oauth2flow.Config) {
		c.Diagnose = func(r provider.Refusal) provider.Error {
			e := oauth2flow.Diagnose(r)
			e.Hint = "in other words"
			return e
		}
	})
	_, err := f.HandleCallback(t.Context(), handshake(), approved())
	e := requireError(t, err, provider.ErrExpired, provider.OpAccessToken)
	assert.Equal(t, []string{"invalid_grant", "in other words"}, []string{e.Code, e.Hint})
}
