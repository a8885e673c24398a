package oauth1flow

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/internal/oauth1sign"
	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// Flow is the handshake of one OAuth 1.0a provider. It is immutable and safe
// for concurrent use. Make one with [New].
type Flow struct {
	cfg    Config
	signer *oauth1sign.Signer
	call   outbound.Caller
	hosts  []string

	requestToken string // the URL to ask for a request token
	authorize    string // the URL of the provider's page, up to the token
}

var (
	_ provider.Flow     = (*Flow)(nil)
	_ provider.Clienter = (*Flow)(nil)
	_ provider.Revoker  = (*Flow)(nil)
)

// New returns a Flow, or every fault of cfg as [*provider.ConfigError] values,
// joined. It makes no call.
func New(cfg Config) (*Flow, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.RequestTokenParams = outbound.CloneValues(cfg.RequestTokenParams)
	cfg.AuthorizeParams = outbound.CloneValues(cfg.AuthorizeParams)
	cfg.Header = cfg.Header.Clone()
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	f := &Flow{cfg: cfg, hosts: cfg.apiHosts(), call: outbound.Caller{
		Name: cfg.Name, HTTP: outbound.NewClient(cfg.HTTPClient), Timeout: cfg.Timeout, Diagnose: cfg.Diagnose,
	}}
	f.requestToken = withQuery(cfg.Endpoint.RequestTokenURL, cfg.RequestTokenParams)
	f.authorize = beforeToken(withQuery(cfg.Endpoint.AuthorizeURL, cfg.AuthorizeParams))
	f.signer = &oauth1sign.Signer{ConsumerKey: cfg.ConsumerKey, Method: signatureMethod(cfg)}
	return f, nil
}

func signatureMethod(cfg Config) oauth1.Signer {
	switch cfg.SignatureMethod {
	case RSASHA1:
		return &oauth1.RSASigner{PrivateKey: cfg.PrivateKey}
	case HMACSHA256:
		return &oauth1.HMAC256Signer{ConsumerSecret: cfg.ConsumerSecret.Reveal()}
	default:
		return &oauth1.HMACSigner{ConsumerSecret: cfg.ConsumerSecret.Reveal()}
	}
}

// AuthURL asks for a request token (RFC 5849 section 2.1) and returns the URL
// of the provider's page for it (section 2.2).
func (f *Flow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	if req.CallbackURL == "" {
		return "", provider.Handshake{}, f.call.Fail(provider.Error{Op: provider.OpRequestToken, Kind: provider.ErrRefused, Reason: "there is no callback URL"})
	}
	request := f.request(http.MethodPost, f.requestToken, credentials{}, oauth1sign.Param{Name: "oauth_callback", Value: req.CallbackURL})
	answer, err := f.postForToken(ctx, provider.OpRequestToken, request, req.CallbackURL)
	if err != nil {
		return "", provider.Handshake{}, err
	}
	if confirmed := answer.rest["oauth_callback_confirmed"]; len(confirmed) != 1 || confirmed[0] != "true" {
		return "", provider.Handshake{}, f.call.Fail(provider.Error{
			Op: provider.OpRequestToken, Kind: provider.ErrProtocol,
			Reason: "oauth_callback_confirmed is not \"true\": the provider speaks OAuth 1.0 without the \"a\", which is not safe",
		})
	}
	return f.authorize + url.QueryEscape(answer.token), provider.Handshake{ID: answer.token, Secret: provider.NewSecret(answer.secret)}, nil
}

// HandleCallback checks the callback against hs and trades the verifier for an
// access token (RFC 5849 section 2.3), in one request that is never repeated.
//
// A person who declined is recognised by "denied" (X, Discogs) or by
// "oauth_problem=user_refused" and its kin (the OAuth Problem Reporting
// extension), each only with this handshake's token.
func (f *Flow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	verifier, err := f.checkCallback(hs, query)
	if err != nil {
		return provider.Token{}, err
	}
	request := f.request(http.MethodPost, f.cfg.Endpoint.AccessTokenURL, credentials{hs.ID, hs.Secret.Reveal()},
		oauth1sign.Param{Name: "oauth_verifier", Value: verifier})
	answer, err := f.postForToken(ctx, provider.OpAccessToken, request, "")
	if err != nil {
		return provider.Token{}, err
	}
	tok := provider.Token{Access: provider.NewSecret(answer.token), Secret: provider.NewSecret(answer.secret)}
	if f.cfg.Identify != nil {
		tok.Subject, tok.Username = f.cfg.Identify(answer.rest)
	}
	for name, values := range answer.rest {
		if tok.Extra == nil {
			tok.Extra = make(map[string]provider.Secret, len(answer.rest))
		}
		tok.Extra[name] = provider.NewSecret(values[0])
	}
	if tok.Subject != "" {
		if err := provider.CheckID(tok.Subject); err != nil {
			return provider.Token{}, f.call.Own(provider.OpAccessToken, http.StatusOK, provider.ErrIdentity, err)
		}
	}
	return tok, nil
}

// checkCallback returns the verifier of a callback that belongs to hs.
func (f *Flow) checkCallback(hs provider.Handshake, query url.Values) (verifier string, err error) {
	mismatch := func(reason string) error {
		return f.call.Fail(provider.Error{Op: provider.OpCallback, Kind: provider.ErrMismatch, Reason: reason})
	}
	denied := func() error { return f.call.Fail(provider.Error{Op: provider.OpCallback, Kind: provider.ErrDenied}) }
	if hs.ID == "" {
		return "", mismatch("the handshake is empty")
	}
	for _, name := range []string{"oauth_token", "oauth_verifier", "denied", "oauth_problem"} {
		if len(query[name]) > 1 {
			return "", mismatch(name + " comes more than once")
		}
	}
	if token := query.Get("denied"); token != "" {
		if !equal(token, hs.ID) {
			return "", mismatch("another request token was denied")
		}
		return "", denied()
	}
	token, verifier := query.Get("oauth_token"), query.Get("oauth_verifier")
	switch {
	case token == "":
		return "", mismatch("oauth_token is missing")
	case !equal(token, hs.ID):
		return "", mismatch("oauth_token is not the one that was issued for this handshake")
	}
	if problem := query.Get("oauth_problem"); problem == "user_refused" || problem == "permission_denied" {
		return "", denied()
	}
	if verifier == "" {
		return "", mismatch("oauth_verifier is missing")
	}
	return verifier, nil
}

// FetchProfile calls ProfileURL with tok. It repeats the call once, signed
// anew, when the provider is out of order for a moment.
func (f *Flow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	if tok.IsZero() {
		return provider.Profile{}, f.call.Fail(provider.Error{Op: provider.OpProfile, Kind: provider.ErrTokenInvalid, Reason: "there is no token"})
	}
	if f.cfg.ProfileURL == "" {
		p := provider.Profile{ID: tok.Subject, Username: tok.Username}
		if err := provider.CheckIdentity(tok, p); err != nil {
			return provider.Profile{}, f.call.Own(provider.OpProfile, 0, provider.ErrIdentity, err)
		}
		return p, nil
	}
	body, err := f.call.Get(ctx, provider.OpProfile, f.request(http.MethodGet, f.cfg.ProfileURL, credentialsOf(tok)))
	if err != nil {
		return provider.Profile{}, err
	}
	p, err := f.cfg.ParseProfile(body)
	if err != nil {
		return provider.Profile{}, f.call.Own(provider.OpProfile, http.StatusOK, provider.ErrProtocol, err)
	}
	// A parser may have taken JSON out of an answer that is none, such as a JWT.
	if !bytes.Equal(p.Raw, body) && json.Valid(body) {
		p.Raw = body
	}
	if err := provider.CheckIdentity(tok, p); err != nil {
		return provider.Profile{}, f.call.Own(provider.OpProfile, http.StatusOK, provider.ErrIdentity, err)
	}
	return p, nil
}

// equal compares without telling by its time how much is equal.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// beforeToken returns base up to the value of oauth_token, which comes last and
// once.
func beforeToken(base string) string {
	const param = "oauth_token"
	u, err := url.Parse(base)
	if err != nil {
		return base // New has parsed it before
	}
	if query := u.Query(); query.Has(param) {
		query.Del(param)
		u.RawQuery = query.Encode()
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += param + "="
	return u.String()
}

// withQuery returns base with params in its query, in place of base's own
// parameters of the same names.
func withQuery(base string, params url.Values) string {
	if len(params) == 0 {
		return base
	}
	u, err := url.Parse(base)
	if err != nil {
		return base // New has parsed it before
	}
	query := u.Query()
	maps.Copy(query, params)
	u.RawQuery = query.Encode()
	return u.String()
}
