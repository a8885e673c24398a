package oauthreg_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"sync"

	"github.com/oauthreg/go/provider"
)

// fakeFlow is a provider in the process: it hands out handshakes, lets people
// approve, and honours each verifier once. Its hooks make it misbehave.
type fakeFlow struct {
	name string

	mu      sync.Mutex
	calls   calls
	visits  map[string]*visit
	people  map[string]provider.Profile // by access token
	secrets []string                    // all that ever existed

	// The hooks may be nil, and are set before use. Those that return an error
	// are called without the lock, and may block.
	onAuth     func(ctx context.Context, req provider.AuthRequest) error
	onExchange func(ctx context.Context) error
	onProfile  func(ctx context.Context) error
	editToken  func(*provider.Token)
	editStart  func(authURL *string, hs *provider.Handshake)
}

// calls counts what went to the provider.
type calls struct{ auth, exchange, profile int }

type visit struct {
	secret, verifier string
	person           provider.Profile
	used             bool
}

var _ provider.Flow = (*fakeFlow)(nil)

func newFakeFlow(name string) *fakeFlow {
	return &fakeFlow{name: name, visits: map[string]*visit{}, people: map[string]provider.Profile{}}
}

func (f *fakeFlow) secret() string {
	s := rand.Text()
	f.secrets = append(f.secrets, s)
	return s
}

// count returns the calls so far.
func (f *fakeFlow) count() calls {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func (f *fakeFlow) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	f.mu.Lock()
	f.calls.auth++
	f.mu.Unlock()
	if f.onAuth != nil {
		if err := f.onAuth(ctx, req); err != nil {
			return "", provider.Handshake{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	id := rand.Text()
	v := &visit{secret: f.secret()}
	f.visits[id] = v
	authURL, hs := "https://"+f.name+".example/authorize?token="+id, provider.Handshake{ID: id, Secret: provider.NewSecret(v.secret)}
	if f.editStart != nil {
		f.editStart(&authURL, &hs)
	}
	return authURL, hs, nil
}

func (f *fakeFlow) fail(op provider.Op, kind error) error {
	return &provider.Error{Provider: f.name, Op: op, Kind: kind}
}

func (f *fakeFlow) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	if denied := query.Get("denied"); denied != "" {
		if denied != hs.ID {
			return provider.Token{}, f.fail(provider.OpCallback, provider.ErrMismatch)
		}
		return provider.Token{}, f.fail(provider.OpCallback, provider.ErrDenied)
	}
	if query.Get("token") != hs.ID || query.Get("verifier") == "" {
		return provider.Token{}, f.fail(provider.OpCallback, provider.ErrMismatch)
	}
	f.mu.Lock()
	f.calls.exchange++
	f.mu.Unlock()
	if f.onExchange != nil {
		if err := f.onExchange(ctx); err != nil {
			return provider.Token{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v := f.visits[hs.ID]
	if v == nil || v.used || v.secret != hs.Secret.Reveal() || v.verifier != query.Get("verifier") {
		return provider.Token{}, f.fail(provider.OpAccessToken, provider.ErrExpired)
	}
	v.used = true
	access, secret := f.secret(), f.secret()
	f.people[access] = v.person
	tok := provider.Token{
		Access: provider.NewSecret(access), Secret: provider.NewSecret(secret),
		Subject: v.person.ID, Username: v.person.Username,
	}
	if f.editToken != nil {
		f.editToken(&tok)
	}
	return tok, nil
}

func (f *fakeFlow) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	f.mu.Lock()
	f.calls.profile++
	f.mu.Unlock()
	if f.onProfile != nil {
		if err := f.onProfile(ctx); err != nil {
			return provider.Profile{}, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.people[tok.Access.Reveal()], nil
}

// approve is person approving at authURL. It returns the query of the callback.
func (f *fakeFlow) approve(authURL string, person provider.Profile) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := tokenOf(authURL)
	v := f.visits[id]
	v.verifier, v.person = f.secret(), person
	return url.Values{"token": {id}, "verifier": {v.verifier}}.Encode()
}

// deny is somebody declining at authURL.
func (f *fakeFlow) deny(authURL string) string {
	return url.Values{"denied": {tokenOf(authURL)}}.Encode()
}

func tokenOf(authURL string) string {
	u, err := url.Parse(authURL)
	if err != nil {
		return ""
	}
	return u.Query().Get("token")
}

// The people of these tests.
var (
	ada = provider.Profile{
		ID: "9007199254740881", Username: "ada_quill", Name: "Ada Quill", Email: "ada@example.com", EmailVerified: true,
		AvatarURL: "https://img.example/ada.png", Location: "Porto", URL: "https://ada.example/", Raw: []byte(`{"id":"9007199254740881"}`),
	}
	bob = provider.Profile{ID: "9007199254740995", Username: "bob", Name: "Bob Banner", Raw: []byte(`{"id": "9007199254740995"}`)}
	cyd = provider.Profile{ID: "7", Username: "cyd", Name: "Cyd"}
)
