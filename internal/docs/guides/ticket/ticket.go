// Package ticket is a provider with a protocol of its own, for
// docs/writing-a-provider.md. People are sent to
// https://tickets.example/enter?app=ID&back=URL&state=STATE and come back with
// ticket=TICKET&state=STATE, or refused=1&state=STATE. POST /redeem trades the
// ticket, once, for {"key":"...","member":"..."}; GET /member tells about the
// member.
package ticket

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
)

const (
	host    = "https://tickets.example"
	timeout = 10 * time.Second
	maxBody = 64 << 10
)

// Flow implements [provider.Flow] for one app. It is safe for concurrent use.
type Flow struct {
	appID  string
	secret provider.Secret
	client *http.Client
}

var _ provider.Flow = (*Flow)(nil)

// New returns a Flow that sends its requests with client.
func New(appID string, secret provider.Secret, client *http.Client) (*Flow, error) {
	if appID == "" || secret.IsZero() {
		return nil, errors.New("ticket: the app's ID and secret are required")
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // no secret goes elsewhere
	return &Flow{appID, secret, &own}, nil
}

// AuthURL makes the state, which is all there is to remember.
func (f *Flow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	if err := ctx.Err(); err != nil {
		return "", provider.Handshake{}, err
	}
	state := rand.Text()
	query := url.Values{"app": {f.appID}, "back": {req.CallbackURL}, "state": {state}}
	return host + "/enter?" + query.Encode(), provider.Handshake{ID: state}, nil
}

// HandleCallback checks before it calls: what does not belong to hs costs nothing.
func (f *Flow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	if len(query["state"]) != 1 || hs.ID == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(hs.ID)) != 1 {
		return provider.Token{}, fail(provider.OpCallback, provider.ErrMismatch, "the state is another")
	}
	if query.Has("refused") {
		return provider.Token{}, fail(provider.OpCallback, provider.ErrDenied, "")
	}
	if len(query["ticket"]) != 1 || query.Get("ticket") == "" {
		return provider.Token{}, fail(provider.OpCallback, provider.ErrMismatch, "there is no ticket")
	}
	var answer struct{ Key, Member string }
	form := url.Values{"app": {f.appID}, "secret": {f.secret.Reveal()}, "ticket": {query.Get("ticket")}}
	if _, err := f.call(ctx, provider.OpAccessToken, http.MethodPost, "/redeem", "", form, &answer); err != nil {
		return provider.Token{}, err
	}
	if answer.Key == "" {
		return provider.Token{}, fail(provider.OpAccessToken, provider.ErrProtocol, "the answer has no key")
	}
	if provider.CheckID(answer.Member) != nil {
		return provider.Token{}, fail(provider.OpAccessToken, provider.ErrIdentity, "the member's ID cannot be used")
	}
	return provider.Token{Access: provider.NewSecret(answer.Key), Subject: answer.Member}, nil
}

// FetchProfile asks who the key belongs to, and does not take another's answer.
func (f *Flow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	if tok.IsZero() {
		return provider.Profile{}, fail(provider.OpProfile, provider.ErrTokenInvalid, "there is no token")
	}
	var answer struct{ Member, Nick, Mail string }
	raw, err := f.call(ctx, provider.OpProfile, http.MethodGet, "/member", tok.Access.Reveal(), nil, &answer)
	if err != nil {
		return provider.Profile{}, err
	}
	p := provider.Profile{ID: answer.Member, Username: answer.Nick, Email: answer.Mail, Raw: raw}
	if provider.CheckIdentity(tok, p) != nil {
		return provider.Profile{}, fail(provider.OpProfile, provider.ErrIdentity, "the profile is another person's")
	}
	return p, nil
}

// call is bounded in time and bytes, and its errors quote nothing that was sent
// or received.
func (f *Flow) call(ctx context.Context, op provider.Op, method, path, key string, form url.Values, into any) ([]byte, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(bounded, method, host+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fail(op, provider.ErrRefused, "the request cannot be made")
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if key != "" {
		req.Header.Set("Authorization", "Key "+key)
	}
	res, err := f.client.Do(req)
	if err != nil {
		return nil, unreachable(ctx, op)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, unreachable(ctx, op)
	case len(body) > maxBody:
		return nil, fail(op, provider.ErrProtocol, "the answer is too long")
	case res.StatusCode != http.StatusOK:
		e := provider.Refusal{Op: op, Status: res.StatusCode, Header: res.Header, Body: body, ReceivedAt: time.Now()}.Diagnosis()
		e.Provider, e.Op, e.Status = "ticket", op, res.StatusCode
		return nil, &e
	case json.Unmarshal(body, into) != nil:
		return nil, fail(op, provider.ErrProtocol, "the answer is not the JSON that is documented")
	}
	return body, nil
}

// unreachable passes the caller's own end through, and hides the URL, which
// may hold a secret.
func unreachable(ctx context.Context, op provider.Op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fail(op, provider.ErrUnavailable, "there was no whole answer")
}

func fail(op provider.Op, kind error, reason string) error {
	return &provider.Error{Provider: "ticket", Op: op, Kind: kind, Reason: reason}
}
