package oauth2flow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
)

// token makes a Token of the provider's answer.
func (f *Flow) token(op provider.Op, answer *oauth2.Token, got *answer) (provider.Token, error) {
	fail := func(reason string) (provider.Token, error) {
		return provider.Token{}, f.call.Fail(provider.Error{Op: op, Kind: provider.ErrProtocol, Status: got.status, Reason: reason})
	}
	switch kind := answer.TokenType; {
	case got.status == http.StatusPartialContent:
		return fail("only a part of the answer came")
	case kind != "" && !strings.EqualFold(kind, "bearer"):
		return fail("the token is not of type bearer")
	case !isText(answer.AccessToken) || !isText(answer.RefreshToken):
		return fail("the token is no text that can be sent")
	}
	member := got.member
	tok := provider.Token{
		Access: provider.NewSecret(answer.AccessToken), Refresh: provider.NewSecret(answer.RefreshToken),
		Expiry: answer.Expiry.Round(0), // a monotonic clock stands still while the machine sleeps
	}
	tok.Scope = scopeOf(member("scope"))
	for _, name := range f.cfg.ExtraMembers {
		if value, ok := member(name).(string); ok && value != "" {
			if tok.Extra == nil {
				tok.Extra = make(map[string]provider.Secret)
			}
			tok.Extra[name] = provider.NewSecret(value)
		}
	}
	return tok, nil
}

// isText reports whether a header can carry a token, and a store keep it.
func isText(token string) bool {
	return utf8.ValidString(token) && !strings.ContainsFunc(token, unicode.IsControl)
}

// scopeOf reads what was granted: a text (RFC 6749 section 5.1), or Twitch's list.
func scopeOf(member any) string {
	switch scope := member.(type) {
	case string:
		return scope
	case []any:
		var names []string
		for _, entry := range scope {
			if name, ok := entry.(string); ok {
				names = append(names, name)
			}
		}
		return strings.Join(names, " ")
	}
	return ""
}

// unidentified is for an error of Config.Identify. One of another kind than
// ErrIdentity is not about the answer of the token endpoint, but about a call
// that Identify made: the status is that call's.
func (f *Flow) unidentified(op provider.Op, err error) error {
	status := http.StatusOK
	if known, ok := errors.AsType[*provider.Error](err); ok && known.Kind != nil && !errors.Is(known, provider.ErrIdentity) {
		status = known.Status
	}
	return f.call.Own(op, status, provider.ErrIdentity, err)
}

// tokenError turns what x/oauth2 says of a token endpoint into an Error. Its
// own text quotes the body. status is that of the answer, 0 if there was none.
func (f *Flow) tokenError(ctx context.Context, op provider.Op, status int, err error) error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return f.call.Refused(provider.Refusal{
			Op: op, Status: refusal.Response.StatusCode, Header: refusal.Response.Header,
			Body: refusal.Body, ReceivedAt: time.Now(),
		})
	}
	if _, ok := errors.AsType[*url.Error](err); ok || ctx.Err() != nil {
		return f.call.Transport(ctx, op, status, err)
	}
	return f.call.Fail(provider.Error{Op: op, Kind: provider.ErrProtocol, Status: status, Reason: "the answer is no token"})
}

// callbackError is for "error" in the callback (RFC 6749 section 4.1.2.1).
func (f *Flow) callbackError(word string) error {
	e := provider.Error{Op: provider.OpCallback, Kind: provider.ErrRefused, Code: provider.CodeWord(word)}
	switch word {
	case "access_denied", "user_cancelled_login", "user_cancelled_authorize":
		e.Kind = provider.ErrDenied
	case "server_error", "temporarily_unavailable":
		e.Kind = provider.ErrUnavailable
	case "invalid_scope":
		e.Hint = "the app may not ask for one of Config.Scopes; see its settings at the provider"
	case "unauthorized_client", "unsupported_response_type":
		e.Hint = "the app is not allowed the authorization code grant; see its settings at the provider"
	}
	return f.call.Fail(e)
}

// Diagnose says what a refusal means by the error codes of RFC 6749 section
// 5.2 and by status: for a [Config.Diagnose] of a provider with codes of its own
// to build on.
func Diagnose(r provider.Refusal) provider.Error {
	d := r.Diagnosis()
	var v struct {
		Error json.RawMessage `json:"error"`
	}
	word := ""
	if json.Unmarshal(r.Body, &v) == nil {
		_ = json.Unmarshal(v.Error, &word)
	} else if form, err := url.ParseQuery(string(r.Body)); err == nil {
		word = form.Get("error")
	}
	// At the endpoints for clients, 401 is about the client (RFC 6749 section 5.2,
	// RFC 7009 section 2.2.1): the token may be as good as ever.
	client := r.Status == http.StatusUnauthorized && slices.Contains([]provider.Op{provider.OpAccessToken, provider.OpRefresh, provider.OpRevoke}, r.Op)
	if client {
		d.Kind, d.Code = provider.ErrRefused, "" // a challenge for bearer tokens is of no account here
	}
	if code := provider.CodeWord(word); code != "" {
		d.Code = code
	}
	switch d.Code {
	case "invalid_grant", "bad_verification_code":
		d.Kind = provider.ErrExpired
		if r.Op == provider.OpRefresh {
			d.Kind = provider.ErrTokenInvalid
		}
	case "invalid_client", "unauthorized_client", "incorrect_client_credentials":
		d.Kind = provider.ErrRefused
		d.Hint = clientHint
	case "redirect_uri_mismatch":
		d.Kind = provider.ErrRefused
		d.Hint = "register the callback URL at the provider, to the letter"
	case "invalid_scope", "unsupported_grant_type":
		d.Kind = provider.ErrRefused
	case "invalid_request":
		if r.Op == provider.OpAccessToken {
			d.Kind = provider.ErrExpired
		}
	case "bad_refresh_token", "interaction_required", "login_required", "consent_required": // GitHub; Microsoft
		if r.Op == provider.OpRefresh {
			d.Kind = provider.ErrTokenInvalid
		}
	case "unverified_user_email": // GitHub
		d.Kind = provider.ErrAccountUnusable
	case "invalid_token":
		d.Kind = provider.ErrTokenInvalid
	case "temporarily_unavailable", "server_error":
		d.Kind = provider.ErrUnavailable
	default:
		switch {
		case client:
			d.Hint = clientHint
		case r.Op == provider.OpAccessToken && errors.Is(d.Kind, provider.ErrExpired) && isPage(r):
			d.Kind, d.Reason = provider.ErrUnavailable, "a web page came in place of an answer: something before the token endpoint blocks this server"
		case r.Op == provider.OpAccessToken && r.Status == http.StatusForbidden:
			// Unlike with OAuth 1.0a this is the first call of a sign-up, so it is not
			// said that the app itself is let in.
			d.Kind = provider.ErrRefused
		}
	}
	return d
}

// isPage reports whether a page for people came, as firewalls send it.
func isPage(r provider.Refusal) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "text/html" || bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<"))
}

const clientHint = "check the client ID and secret, and whether the provider wants them in a Basic header or in the body (Endpoint.AuthStyle)"

// clientRequest is a POST that carries the client's authentication as the
// token endpoint wants it.
func (f *Flow) clientRequest(ctx context.Context, target string, form url.Values) (*http.Request, error) {
	inParams := f.endpoint.AuthStyle == oauth2.AuthStyleInParams
	if inParams {
		form.Set("client_id", f.cfg.ClientID)
		if !f.cfg.ClientSecret.IsZero() {
			form.Set("client_secret", f.cfg.ClientSecret.Reveal())
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, f.cfg.Header)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !inParams {
		// RFC 6749 section 2.3.1 has both form-encoded first.
		req.SetBasicAuth(url.QueryEscape(f.cfg.ClientID), url.QueryEscape(f.cfg.ClientSecret.Reveal()))
	}
	return req, nil
}
