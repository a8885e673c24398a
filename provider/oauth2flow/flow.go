package oauth2flow

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// Flow is the handshake of one OAuth 2.0 provider. It keeps nothing about a
// person but refreshes that are under way, and is safe for concurrent use. Make
// one with [New].
type Flow struct {
	cfg       Config
	endpoint  oauth2.Endpoint // with the AuthStyle resolved
	call      outbound.Caller
	hosts     []string
	refreshes *refreshes
}

var (
	_ provider.Flow      = (*Flow)(nil)
	_ provider.Clienter  = (*Flow)(nil)
	_ provider.Refresher = (*Flow)(nil)
	_ provider.Revoker   = (*Flow)(nil)
)

// New returns a Flow, or every fault of cfg as [*provider.ConfigError] values,
// joined. It makes no call.
func New(cfg Config) (*Flow, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.AuthorizeParams = outbound.CloneValues(cfg.AuthorizeParams)
	cfg.Header = cfg.Header.Clone()
	cfg.Scopes, cfg.ExtraMembers = slices.Clone(cfg.Scopes), slices.Clone(cfg.ExtraMembers)
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	if cfg.Diagnose == nil {
		cfg.Diagnose = Diagnose
	}
	endpoint := cfg.Endpoint
	endpoint.AuthStyle = cfg.authStyle()
	f := &Flow{
		cfg:       cfg,
		endpoint:  endpoint,
		call:      outbound.Caller{Name: cfg.Name, HTTP: outbound.NewClient(cfg.HTTPClient), Timeout: cfg.Timeout, Diagnose: cfg.Diagnose},
		hosts:     cfg.apiHosts(),
		refreshes: newRefreshes(),
	}
	return f, nil
}

// oauth makes the x/oauth2 Config of one call: it holds the secret as text that
// prints, and writes to itself.
func (f *Flow) oauth(redirectURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: f.cfg.ClientID, ClientSecret: f.cfg.ClientSecret.Reveal(),
		Endpoint: f.endpoint, RedirectURL: redirectURL,
	}
}

// AuthURL returns the provider's authorization endpoint with a new state and
// PKCE challenge (RFC 6749 section 4.1.1, RFC 7636 section 4.3). It makes no
// call.
func (f *Flow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	if err := ctx.Err(); err != nil {
		return "", provider.Handshake{}, err
	}
	if req.CallbackURL == "" {
		return "", provider.Handshake{}, f.call.Fail(provider.Error{Op: provider.OpRequestToken, Kind: provider.ErrRefused, Reason: "there is no callback URL"})
	}
	verifier := oauth2.GenerateVerifier()
	hs := provider.Handshake{ID: rand.Text(), Secret: provider.NewSecret(verifier), CallbackURL: req.CallbackURL}
	u, err := url.Parse(f.cfg.Endpoint.AuthURL)
	if err != nil {
		return "", provider.Handshake{}, f.call.Fail(provider.Error{Op: provider.OpRequestToken, Kind: provider.ErrRefused, Reason: "the authorization endpoint is not a URL"})
	}
	query := u.Query()
	maps.Copy(query, outbound.CloneValues(f.cfg.AuthorizeParams))
	if f.cfg.SendNonce {
		query.Set("nonce", Nonce(hs))
	}
	if len(f.cfg.Scopes) > 0 {
		query.Set("scope", strings.Join(f.cfg.Scopes, " "))
	}
	query.Set("response_type", "code")
	query.Set("client_id", f.cfg.ClientID)
	query.Set("redirect_uri", req.CallbackURL)
	query.Set("state", hs.ID)
	if !f.cfg.DangerouslyWithoutPKCE {
		query.Set("code_challenge", oauth2.S256ChallengeFromVerifier(verifier))
		query.Set("code_challenge_method", "S256")
	}
	u.RawQuery = query.Encode()
	return u.String(), hs, nil
}

// Nonce is the nonce that was sent for hs, if [Config.SendNonce] is set: a hash
// of the code verifier, which nobody else knows.
func Nonce(hs provider.Handshake) string {
	sum := sha256.Sum256([]byte("oauthreg nonce\x00" + hs.Secret.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// HandleCallback checks state and issuer, and trades the code for a token (RFC
// 6749 section 4.1.3), in one request that is never repeated. "error" in the
// callback is [provider.ErrDenied] for access_denied and what LinkedIn says in
// its place, and [provider.ErrRefused] or [provider.ErrUnavailable] with
// the code otherwise.
func (f *Flow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	code, err := f.checkCallback(hs, query)
	if err != nil {
		return provider.Token{}, err
	}
	bounded, cancel := f.call.Bound(ctx)
	defer cancel()
	client, answer := f.tokenClient()
	var options []oauth2.AuthCodeOption
	if !f.cfg.DangerouslyWithoutPKCE {
		options = append(options, oauth2.VerifierOption(hs.Secret.Reveal()))
	}
	read, err := f.oauth(hs.CallbackURL).Exchange(context.WithValue(bounded, oauth2.HTTPClient, client), code, options...)
	if err != nil {
		return provider.Token{}, f.tokenError(bounded, provider.OpAccessToken, answer.status, err)
	}
	tok, err := f.token(provider.OpAccessToken, read, answer)
	if err != nil {
		return provider.Token{}, err
	}
	if f.cfg.Identify != nil {
		if tok.Subject, tok.Username, err = f.cfg.Identify(bounded, hs, answer.member); err != nil {
			return provider.Token{}, f.unidentified(provider.OpAccessToken, err)
		}
	}
	if tok.Subject != "" {
		if err := provider.CheckID(tok.Subject); err != nil {
			return provider.Token{}, f.call.Own(provider.OpAccessToken, http.StatusOK, provider.ErrIdentity, err)
		}
	}
	return tok, nil
}

// checkCallback returns the code of a callback that belongs to hs.
func (f *Flow) checkCallback(hs provider.Handshake, query url.Values) (code string, err error) {
	fail := func(kind error, reason string) error {
		return f.call.Fail(provider.Error{Op: provider.OpCallback, Kind: kind, Reason: reason})
	}
	for _, name := range []string{"state", "code", "error", "iss"} {
		if len(query[name]) > 1 {
			return "", fail(provider.ErrMismatch, name+" comes more than once")
		}
	}
	state, issuer := query.Get("state"), query.Get("iss")
	switch {
	case hs.ID == "" || state == "":
		return "", fail(provider.ErrMismatch, "state is missing")
	case !equal(state, hs.ID):
		return "", fail(provider.ErrMismatch, "state is not the one of this handshake")
	case f.cfg.Issuer != "" && query.Has("iss") && !equal(issuer, f.cfg.Issuer):
		return "", fail(provider.ErrMismatch, "the callback is from another issuer (RFC 9207)")
	case f.cfg.RequireIssuer && issuer == "":
		return "", fail(provider.ErrMismatch, "the callback does not name its issuer, as this provider's do (RFC 9207)")
	}
	if word := query.Get("error"); word != "" {
		return "", f.callbackError(word)
	}
	if code = query.Get("code"); code == "" {
		return "", fail(provider.ErrMismatch, "code is missing")
	}
	return code, nil
}

// equal compares without telling by its time how much is equal.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// FetchProfile calls ProfileURL with tok. It repeats the call once when the
// provider is out of order for a moment.
func (f *Flow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	if tok.IsZero() {
		return provider.Profile{}, f.noToken(provider.OpProfile)
	}
	if f.cfg.ProfileURL == "" {
		p := provider.Profile{ID: tok.Subject, Username: tok.Username}
		if err := provider.CheckIdentity(tok, p); err != nil {
			return provider.Profile{}, f.call.Own(provider.OpProfile, 0, provider.ErrIdentity, err)
		}
		return p, nil
	}
	body, err := f.get(ctx, tok, f.cfg.ProfileURL)
	if err != nil {
		return provider.Profile{}, err
	}
	parse := f.cfg.ParseProfile
	if parse == nil {
		parse = f.cfg.Mapping.Parse
	}
	p, err := parse(body)
	if err != nil {
		return provider.Profile{}, f.call.Own(provider.OpProfile, http.StatusOK, provider.ErrProtocol, err)
	}
	// A parser may have taken JSON out of an answer that is none, such as a JWT.
	if !bytes.Equal(p.Raw, body) && json.Valid(body) {
		p.Raw = body
	}
	if err := f.complement(ctx, tok, &p); err != nil {
		return provider.Profile{}, err
	}
	if err := provider.CheckIdentity(tok, p); err != nil {
		return provider.Profile{}, f.call.Own(provider.OpProfile, http.StatusOK, provider.ErrIdentity, err)
	}
	return p, nil
}

func (f *Flow) noToken(op provider.Op) error {
	return f.call.Fail(provider.Error{Op: op, Kind: provider.ErrTokenInvalid, Reason: "there is no token"})
}
