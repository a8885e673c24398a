package oauth2flow

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/provider"
)

// token makes a Token of the provider's answer.
func (f *Flow) token(op provider.Op, answer *oauth2.Token, member func(string) any) (provider.Token, error) {
	if kind := answer.TokenType; kind != "" && !strings.EqualFold(kind, "bearer") {
		return provider.Token{}, f.call.Fail(provider.Error{Op: op, Kind: provider.ErrProtocol, Status: http.StatusOK, Reason: "the token is not of type bearer"})
	}
	tok := provider.Token{
		Access: provider.NewSecret(answer.AccessToken), Refresh: provider.NewSecret(answer.RefreshToken),
		Expiry: answer.Expiry.Round(0), // a monotonic clock stands still while the machine sleeps
	}
	tok.Scope, _ = member("scope").(string)
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
// own text quotes the body.
func (f *Flow) tokenError(ctx context.Context, op provider.Op, err error) error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return f.call.Refused(provider.Refusal{
			Op: op, Status: refusal.Response.StatusCode, Header: refusal.Response.Header,
			Body: refusal.Body, ReceivedAt: time.Now(),
		})
	}
	if _, ok := errors.AsType[*url.Error](err); ok || ctx.Err() != nil {
		return f.call.Transport(ctx, op, 0, err)
	}
	return f.call.Fail(provider.Error{Op: op, Kind: provider.ErrProtocol, Status: http.StatusOK, Reason: "the answer is no token"})
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
	d.Code = provider.CodeWord(word)
	// At the endpoints for clients, 401 is about the client (RFC 6749 section 5.2,
	// RFC 7009 section 2.2.1): the token may be as good as ever.
	client := r.Status == http.StatusUnauthorized && slices.Contains([]provider.Op{provider.OpAccessToken, provider.OpRefresh, provider.OpRevoke}, r.Op)
	if client {
		d.Kind = provider.ErrRefused
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
	case "unverified_user_email": // GitHub
		d.Kind = provider.ErrAccountUnusable
	case "invalid_token":
		d.Kind = provider.ErrTokenInvalid
	case "temporarily_unavailable", "server_error":
		d.Kind = provider.ErrUnavailable
	default:
		if client {
			d.Hint = clientHint
		}
	}
	return d
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
