package oauth2flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// What token endpoints answer with status 200.
func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	const a = `"access_token":"t"`
	for _, row := range []struct {
		name, contentType, body string
		kind                    error
		expires                 time.Duration // 0 means never
		refresh, scope          string
	}{
		{name: "the least", contentType: jsonType, body: `{` + a + `}`},
		{name: "all", contentType: jsonType, body: `{` + a + `,"token_type":"Bearer","expires_in":60,"refresh_token":"r","scope":"a b"}`, expires: time.Minute, refresh: "r", scope: "a b"},
		{name: "bearer in lower case", contentType: jsonType, body: `{` + a + `,"token_type":"bearer"}`},
		{name: "an odd content type", contentType: "text/html; charset=utf-8", body: `{` + a + `}`},
		{name: "no content type", contentType: "", body: `{` + a + `}`},
		{name: "expires_in in a string", contentType: jsonType, body: `{` + a + `,"expires_in":"60"}`, expires: time.Minute},
		{name: "expires_in null", contentType: jsonType, body: `{` + a + `,"expires_in":null}`},
		{name: "expires_in zero", contentType: jsonType, body: `{` + a + `,"expires_in":0}`},
		{name: "expires_in negative", contentType: jsonType, body: `{` + a + `,"expires_in":-60}`, expires: -time.Minute},
		{name: "expires_in huge", contentType: jsonType, body: `{` + a + `,"expires_in":9000000000}`, expires: (1<<31 - 1) * time.Second},
		{name: "expires_in of 20 digits", contentType: jsonType, body: `{` + a + `,"expires_in":99999999999999999999}`, expires: (1<<31 - 1) * time.Second},
		{name: "expires_in long past", contentType: jsonType, body: `{` + a + `,"expires_in":-4294963696}`, expires: -(1<<31 - 1) * time.Second},
		{name: "expires_in out of all bounds", contentType: jsonType, body: `{` + a + `,"expires_in":1e999}`},
		{name: "expires_in with a point", contentType: jsonType, body: `{` + a + `,"expires_in":60.0}`, expires: time.Minute},
		{name: "expires_in with an exponent", contentType: jsonType, body: `{` + a + `,"expires_in":6e1}`, expires: time.Minute},
		{name: "expires_in a fraction", contentType: jsonType, body: `{` + a + `,"expires_in":60.5}`, expires: time.Minute},
		{name: "expires_in no number", contentType: jsonType, body: `{` + a + `,"expires_in":"soon` + marker + `"}`},
		{name: "expires_in NaN", contentType: jsonType, body: `{` + a + `,"expires_in":"NaN"}`},
		{name: "expires_in an empty string", contentType: jsonType, body: `{` + a + `,"expires_in":""}`},
		{name: "expires_in true", contentType: jsonType, body: `{` + a + `,"expires_in":true}`},
		{name: "expires_in a list", contentType: jsonType, body: `{` + a + `,"expires_in":[60]}`},
		{name: "expires_in in other letters", contentType: jsonType, body: `{` + a + `,"Expires_In":"soon","expires_in":60}`, expires: time.Minute},
		{name: "JSON called text", contentType: "text/plain", body: `{` + a + `,"expires_in":60,"refresh_token":"r"}`, expires: time.Minute, refresh: "r"},
		{name: "JSON called a form", contentType: formType, body: `{` + a + `}`},
		{name: "null for the rest", contentType: jsonType, body: `{` + a + `,"token_type":null,"refresh_token":null,"scope":null,"error":null}`},
		{name: "a scope that is a list", contentType: jsonType, body: `{` + a + `,"scope":["a",1,"b"]}`, scope: "a b"},
		{name: "a form", contentType: formType, body: "access_token=t&token_type=bearer&expires_in=60&refresh_token=r&scope=a+b", expires: time.Minute, refresh: "r", scope: "a b"},
		{name: "a form as text", contentType: "text/plain; charset=utf-8", body: "access_token=t&scope=a%2Cb", scope: "a,b"},
		{name: "a form with a scope of digits", contentType: formType, body: "access_token=t&scope=42", scope: "42"},
		{name: "a form without a time", contentType: formType, body: "access_token=t&expires_in="},
		{name: "a form that overflows", contentType: formType, body: "access_token=t&expires_in=9223372036854775807", expires: (1<<31 - 1) * time.Second},
		{name: "a form with a point", contentType: formType, body: "access_token=t&expires_in=60.0", expires: time.Minute},
		{name: "a form without a number", contentType: formType, body: "access_token=t&expires_in=NaN"},
		{name: "a form with a word", contentType: "text/plain", body: "access_token=t&expires_in=soon"},

		{name: "nothing", contentType: jsonType, body: ``, kind: provider.ErrProtocol},
		{name: "an empty object", contentType: jsonType, body: `{}`, kind: provider.ErrProtocol},
		{name: "an empty access token", contentType: jsonType, body: `{"access_token":""}`, kind: provider.ErrProtocol},
		{name: "null for the access token", contentType: jsonType, body: `{"access_token":null}`, kind: provider.ErrProtocol},
		{name: "a number for the access token", contentType: jsonType, body: `{"access_token":1}`, kind: provider.ErrProtocol},
		{name: "truncated", contentType: jsonType, body: `{` + a + `,"refresh_token":"` + marker, kind: provider.ErrProtocol},
		{name: "an array", contentType: jsonType, body: `["` + marker + `"]`, kind: provider.ErrProtocol},
		{name: "a page", contentType: "text/html", body: `<html>` + marker, kind: provider.ErrProtocol},
		{name: "a page that claims to be JSON", contentType: jsonType, body: `<html>` + marker, kind: provider.ErrProtocol},
		{name: "a form without a token", contentType: formType, body: "token_type=bearer&x=" + marker, kind: provider.ErrProtocol},
		{name: "a broken form", contentType: formType, body: "access_token=t&%zz=" + marker, kind: provider.ErrProtocol},
		{name: "no UTF-8", contentType: formType, body: "access_token=%ff%fe", kind: provider.ErrProtocol},
		{name: "a line break in the access token", contentType: jsonType, body: `{"access_token":"a\nb"}`, kind: provider.ErrProtocol},
		{name: "a line break in the refresh token", contentType: jsonType, body: `{` + a + `,"refresh_token":"a\nb"}`, kind: provider.ErrProtocol},
		{name: "another type", contentType: jsonType, body: `{` + a + `,"token_type":"mac","mac_key":"` + marker + `"}`, kind: provider.ErrProtocol},
		{name: "another type in a form", contentType: formType, body: "access_token=t&token_type=DPoP", kind: provider.ErrProtocol},
		{name: "a type of the provider's own", contentType: jsonType, body: `{` + a + `,"token_type":"<b>` + marker + `"}`, kind: provider.ErrProtocol},
	} {
		for _, o := range operations[:2] {
			t.Run(row.name+"/"+string(o.op), func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				s.answer("/token", body(200, row.body, "Content-Type", row.contentType))
				f := s.flow()
				before := time.Now()
				var tok provider.Token
				var err error
				if o.op == provider.OpRefresh {
					tok, err = f.Refresh(t.Context(), bearer())
				} else {
					tok, err = f.HandleCallback(t.Context(), handshake(), approved())
				}
				if row.kind != nil {
					e := requireError(t, err, row.kind, o.op)
					assert.Equal(t, 200, e.Status)
					assert.Empty(t, tok)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, "t", tok.Access.Reveal())
				refresh := row.refresh
				if refresh == "" && o.op == provider.OpRefresh {
					refresh = bearer().Refresh.Reveal() // the old one is kept
				}
				assert.Equal(t, refresh, tok.Refresh.Reveal())
				assert.Equal(t, row.scope, tok.Scope)
				assert.NotContains(t, tok.Expiry.String(), " m=", "a monotonic reading")
				if row.expires == 0 {
					assert.Zero(t, tok.Expiry)
				} else {
					assert.WithinRange(t, tok.Expiry, before.Add(row.expires), time.Now().Add(row.expires))
				}
			})
		}
	}
}

// identify is an Identify that reads the ID from a member.
func identify(name string) func(*oauth2flow.Config) {
	return func(c *oauth2flow.Config) {
		c.Identify = func(_ context.Context, _ provider.Handshake, member func(string) any) (string, string, error) {
			switch v := member(name).(type) {
			case nil:
				return "", "", nil
			case string:
				return v, "ada", nil
			case json.Number:
				return v.String(), "ada", nil
			default:
				return "", "", errors.New("the member is of another type")
			}
		}
	}
}

// An ID keeps each of its digits, in whatever form it comes: another number is
// another person.
func TestIdentifySeesWhatWasSent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, contentType, body, want string }{
		{"a string", jsonType, `{"access_token":"t","user":"` + ada + `"}`, ada},
		{"a number above 2^53", jsonType, `{"access_token":"t","user":` + ada + `}`, ada},
		{"a number above 2^64", jsonType, `{"access_token":"t","user":123456789012345678901234567890}`, "123456789012345678901234567890"},
		{"no member", jsonType, `{"access_token":"t"}`, ""},
		{"null", jsonType, `{"access_token":"t","user":null}`, ""},
		{"in a form", formType, "access_token=t&user=" + ada, ada},
		{"with zeros at the front, in a form", formType, "access_token=t&user=007", "007"},
		{"with zeros at the front, in text", "text/plain", "access_token=t&user=007", "007"},
		{"with a dot, in a form", formType, "access_token=t&user=1.50", "1.50"},
		{"no member, in a form", formType, "access_token=t", ""},
		{"like a power, in a form", formType, "access_token=t&user=1.e9", "1.e9"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.answer("/token", body(200, row.body, "Content-Type", row.contentType))
			tok, err := s.flow(identify("user")).HandleCallback(t.Context(), handshake(), approved())
			require.NoError(t, err)
			assert.Equal(t, row.want, tok.Subject)
		})
	}
}

// A member that is not there is nil, and one that is empty is not.
func TestIdentifySeesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, contentType, body string }{
		{"JSON", jsonType, `{"access_token":"t","empty":""}`},
		{"a form", formType, "access_token=t&empty="},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.answer("/token", body(200, row.body, "Content-Type", row.contentType))
			f := s.flow(func(c *oauth2flow.Config) {
				c.Identify = func(_ context.Context, _ provider.Handshake, member func(string) any) (string, string, error) {
					assert.Nil(t, member("missing"))
					assert.Equal(t, "", member("empty"))
					return ada, "", nil
				}
			})
			_, err := f.HandleCallback(t.Context(), handshake(), approved())
			require.NoError(t, err)
		})
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	cause := errors.New("the signature is not right")
	for _, row := range []struct {
		name              string
		subject, username string
		err               error
		kind              error
		status            int // of a failure: the token answer's, or that of a call of Identify's own
	}{
		{"an ID", ada, "ada", nil, nil, 0},
		{"no ID", "", "", nil, nil, 0},
		{"an error", ada, "", cause, provider.ErrIdentity, 200},
		{"an error with a kind", "", "", &provider.Error{Kind: provider.ErrUnavailable, Err: cause}, provider.ErrUnavailable, 0},
		{"an error of a call", "", "", &provider.Error{Kind: provider.ErrRefused, Status: 404, Err: cause}, provider.ErrRefused, 404},
		{"an error without a kind", "", "", &provider.Error{Reason: "no keys", Err: cause}, provider.ErrIdentity, 200},
		{"a blank", " ", "", nil, provider.ErrIdentity, 200},
		{"a word for nothing", "undefined", "", nil, provider.ErrIdentity, 200},
		{"zero", "0", "", nil, provider.ErrIdentity, 200},
		{"a line break", "1\n2", "", nil, provider.ErrIdentity, 200},
		{"no UTF-8", "\xff", "", nil, provider.ErrIdentity, 200},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.extra = map[string]any{"user": row.subject}
			var seen provider.Handshake
			f := s.flow(func(c *oauth2flow.Config) {
				c.Identify = func(ctx context.Context, hs provider.Handshake, member func(string) any) (string, string, error) {
					seen = hs
					_, bounded := ctx.Deadline()
					assert.True(t, bounded)
					assert.Equal(t, row.subject == "\xff", member("user") != row.subject) // JSON has no such string
					return row.subject, row.username, row.err
				}
			})
			hs, query := s.start(f)
			tok, err := f.HandleCallback(t.Context(), hs, query)
			assert.Equal(t, hs, seen)
			if row.kind != nil {
				e := requireError(t, err, row.kind, provider.OpAccessToken)
				assert.Equal(t, row.status, e.Status)
				assert.Empty(t, tok)
				if row.err != nil {
					require.ErrorIs(t, err, cause)
				}
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.subject, tok.Subject)
			assert.Equal(t, row.username, tok.Username)
		})
	}
}

func TestExtraMembers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.extra = map[string]any{"text": "a-" + secretMark, "empty": "", "nothing": nil, "object": map[string]any{"a": 1}, "unwanted": "b"}
	f := s.flow(func(c *oauth2flow.Config) { c.ExtraMembers = []string{"text", "empty", "nothing", "object", "absent"} })
	tok := s.signIn(f)
	require.Len(t, tok.Extra, 1)
	assert.Equal(t, "a-"+secretMark, tok.Extra["text"].Reveal())

	s.answer("/token", body(200, "access_token=t&text=42", "Content-Type", formType))
	tok, err := f.HandleCallback(t.Context(), handshake(), approved())
	require.NoError(t, err)
	assert.Equal(t, "42", tok.Extra["text"].Reveal())
	assert.Nil(t, s.signInPlain().Extra)
}

// signInPlain is signIn with a Flow that keeps no members.
func (s *fakeServer) signInPlain() provider.Token {
	s.mu.Lock()
	clear(s.answers)
	s.mu.Unlock()
	return s.signIn(s.flow())
}
