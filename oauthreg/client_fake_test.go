package oauthreg_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// rotatingFlow is a provider whose access tokens live for an hour, and whose
// refresh tokens are good once: the second use of one revokes everything.
type rotatingFlow struct {
	*fakeFlow

	mu        sync.Mutex
	access    map[string]time.Time // until when
	refresh   map[string]bool      // unused
	refreshes int
	made      int // clients

	// The hooks may be nil, and are set before use.
	onRefresh func(ctx context.Context) error
	edit      func(*provider.Token)
}

func newRotatingFlow() *rotatingFlow {
	return &rotatingFlow{fakeFlow: newFakeFlow("fake"), access: map[string]time.Time{}, refresh: map[string]bool{}}
}

// issue returns a new token.
func (f *rotatingFlow) issue() provider.Token {
	f.mu.Lock()
	defer f.mu.Unlock()
	access, refresh := f.secret(), f.secret()
	expiry := time.Now().Add(time.Hour)
	f.access[access], f.refresh[refresh] = expiry, true
	return provider.Token{
		Access: provider.NewSecret(access), Refresh: provider.NewSecret(refresh), Expiry: expiry, Scope: "read", Subject: ada.ID,
	}
}

func (f *rotatingFlow) Refresh(ctx context.Context, tok provider.Token) (provider.Token, error) {
	f.mu.Lock()
	f.refreshes++
	unused := f.refresh[tok.Refresh.Reveal()]
	delete(f.refresh, tok.Refresh.Reveal())
	if !unused {
		clear(f.refresh)
		clear(f.access)
	}
	f.mu.Unlock()
	if !unused {
		return provider.Token{}, f.fail(provider.OpRefresh, provider.ErrTokenInvalid)
	}
	if f.onRefresh != nil {
		if err := f.onRefresh(ctx); err != nil {
			return provider.Token{}, err
		}
	}
	fresh := f.issue()
	if f.edit != nil {
		f.edit(&fresh)
	}
	return fresh, nil
}

func (f *rotatingFlow) RefreshingClient(context.Context, provider.Token, func(context.Context, provider.Token) error) (*http.Client, error) {
	panic("it does not know of the other processes")
}

func (f *rotatingFlow) Client(_ context.Context, tok provider.Token) (*http.Client, error) {
	if tok.IsZero() {
		return nil, f.fail(provider.OpClient, provider.ErrTokenInvalid)
	}
	f.mu.Lock()
	f.made++
	f.mu.Unlock()
	return &http.Client{
		Transport:     roundTrip(func(*http.Request) (*http.Response, error) { return f.answer(tok), nil }),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answer is a redirect for a token that is good, which nobody is to follow.
func (f *rotatingFlow) answer(tok provider.Token) *http.Response {
	f.mu.Lock()
	defer f.mu.Unlock()
	res := &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(""))}
	if time.Now().Before(f.access[tok.Access.Reveal()]) {
		res.StatusCode = http.StatusSeeOther
		res.Header.Set("Location", "https://evil.example/")
	}
	return res
}

func (f *rotatingFlow) refreshed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refreshes
}

// process is an app of one process that shares accounts and provider with
// others.
func process(t testing.TB, f provider.Flow, accounts tokenstore.Store) *app {
	t.Helper()
	return newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.Flows["fake"], cfg.Accounts = f, accounts
	})
}

// keep stores tok for ada.
func keep(t testing.TB, accounts tokenstore.Store, tok provider.Token) {
	t.Helper()
	require.NoError(t, accounts.Link(t.Context(), tokenstore.Account{Identity: fakeID, UserID: "ada", Username: "ada_quill", Token: tok}))
}

// kept returns the stored token of ada.
func kept(t testing.TB, accounts tokenstore.Store) provider.Token {
	t.Helper()
	a, ok, err := accounts.Find(t.Context(), fakeID)
	require.NoError(t, err)
	require.True(t, ok)
	return a.Token
}

// call makes a client and a request with it.
func call(ctx context.Context, reg *oauthreg.Registrar) (status int, err error) {
	client, err := reg.Client(ctx, fakeID)
	if err != nil {
		return 0, err
	}
	return callWith(ctx, client)
}

func callWith(ctx context.Context, client *http.Client) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://fake.example/me", strings.NewReader("{}"))
	if err != nil {
		return 0, err
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}
