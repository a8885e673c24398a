package oauthreg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// xFlow is a flow of its own to the stand-in, as each process has one.
func xFlow(standIn *twittertest.Server) (*twitter.OAuth2Flow, error) {
	return twitter.NewOAuth2(twitter.OAuth2Config{
		ClientID: twittertest.OAuth2ClientID, ClientSecret: provider.NewSecret(twittertest.OAuth2ClientSecret),
		BaseURL: standIn.URL(), HTTPClient: standIn.Client(), Scopes: []string{"users.read", "tweet.read", "offline.access"},
	})
}

// xSignUp is a person signing up, up to the stored account.
func xSignUp(ctx context.Context, standIn *twittertest.Server, f provider.Flow, accounts tokenstore.Store, left time.Duration) (tokenstore.Identity, error) {
	authURL, hs, err := f.AuthURL(ctx, provider.AuthRequest{CallbackURL: "http://127.0.0.1:8080/auth/x/callback"})
	if err != nil {
		return tokenstore.Identity{}, err
	}
	callback, err := standIn.Approve(ctx, authURL, "")
	if err != nil {
		return tokenstore.Identity{}, err
	}
	u, err := url.Parse(callback)
	if err != nil {
		return tokenstore.Identity{}, err
	}
	tok, err := f.HandleCallback(ctx, hs, u.Query())
	if err != nil {
		return tokenstore.Identity{}, err
	}
	p, err := f.FetchProfile(ctx, tok)
	if err != nil {
		return tokenstore.Identity{}, err
	}
	id := tokenstore.Identity{Provider: "x", Subject: p.ID}
	tok.Subject, tok.Expiry = p.ID, time.Now().Add(left)
	return id, accounts.Link(ctx, tokenstore.Account{Identity: id, UserID: "user-1", Username: p.Username, Token: tok})
}

func xRegistrar(f provider.Flow, accounts tokenstore.Store) (*oauthreg.Registrar, error) {
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "http://127.0.0.1:8080"})
	if err != nil {
		return nil, err
	}
	return oauthreg.New(oauthreg.Config{
		BaseURL: "http://127.0.0.1:8080/auth", Flows: map[string]provider.Flow{"x": f}, Sessions: sessions, Accounts: accounts,
		SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil }, SignUpURL: "/signup",
		OtherWayIn: func(context.Context, string) (bool, error) { return true, nil },
	})
}

// X's refresh tokens rotate, and a second use is refused: two processes go
// through one refresh, with either of them asking first.
func TestClientOfX(t *testing.T) {
	t.Parallel()
	standIn, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, standIn.Close()) })
	accounts := tokenstore.NewMemory()
	var regs []*oauthreg.Registrar
	var id tokenstore.Identity
	for i := range 2 {
		f, err := xFlow(standIn)
		require.NoError(t, err)
		if i == 0 {
			id, err = xSignUp(t.Context(), standIn, f, accounts, 30*time.Second)
			require.NoError(t, err)
		}
		reg, err := xRegistrar(f, accounts)
		require.NoError(t, err)
		regs = append(regs, reg)
	}
	before, _, err := accounts.Find(t.Context(), id)
	require.NoError(t, err)

	get := func(client *http.Client, target string) (int, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			return 0, err
		}
		res, err := client.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			client, err := regs[i%2].Client(t.Context(), id)
			if !assert.NoError(t, err) {
				return
			}
			status, err := get(client, standIn.URL()+"/2/users/me")
			assert.NoError(t, err)
			assert.Equal(t, http.StatusOK, status)
		})
	}
	wg.Wait()
	assert.Equal(t, 2, standIn.Calls(twittertest.OAuth2Token), "one for the code, one for them all")
	after, _, err := accounts.Find(t.Context(), id)
	require.NoError(t, err)
	assert.NotEqual(t, before.Token.Refresh.Reveal(), after.Token.Refresh.Reveal())
	assert.Equal(t, before.LinkedAt, after.LinkedAt)

	client, err := regs[0].Client(t.Context(), id)
	require.NoError(t, err)
	_, err = get(client, "https://evil.example/")
	require.ErrorIs(t, err, provider.ErrRefused, "the Flow's guard is still there")

	d, err := regs[1].Disconnect(t.Context(), "user-1", id)
	require.NoError(t, err)
	assert.Equal(t, oauthreg.Disconnection{Revoked: true}, d)
	status, err := get(client, standIn.URL()+"/2/users/me")
	require.NoError(t, err)
	assert.Equal(t, http.StatusUnauthorized, status, "the token that came of the refresh is revoked")
	_, err = regs[0].Client(t.Context(), id)
	require.ErrorIs(t, err, oauthreg.ErrNoAccount)
}

// Calling X for a user whose token is about to expire, and disconnecting them.
// The stand-in takes the place of X.
func ExampleRegistrar_Client() {
	if err := later(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// X says: 200 OK
	// the token was refreshed: true
	// revoked at X: true
	// no account to call with: true
}

func later(ctx context.Context) error {
	standIn, err := twittertest.New(twittertest.Config{})
	if err != nil {
		return err
	}
	defer func() { _ = standIn.Close() }()
	x, err := xFlow(standIn)
	if err != nil {
		return err
	}
	accounts := tokenstore.NewMemory()
	reg, err := xRegistrar(x, accounts)
	if err != nil {
		return err
	}
	id, err := xSignUp(ctx, standIn, x, accounts, 10*time.Second)
	if err != nil {
		return err
	}
	before, _, err := accounts.Find(ctx, id)
	if err != nil {
		return err
	}

	client, err := reg.Client(ctx, id)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, standIn.URL()+"/2/users/me", nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err // provider.ErrTokenInvalid: the person has to sign in again
	}
	defer func() { _ = res.Body.Close() }()
	fmt.Println("X says:", res.Status)
	after, _, err := accounts.Find(ctx, id)
	if err != nil {
		return err
	}
	fmt.Println("the token was refreshed:", after.Token.Expiry.After(before.Token.Expiry))

	d, err := reg.Disconnect(ctx, before.UserID, id)
	if err != nil {
		return err // oauthreg.ErrLastWayIn: let them set a password first
	}
	fmt.Println("revoked at X:", d.Revoked)
	_, err = reg.Client(ctx, id)
	fmt.Println("no account to call with:", errors.Is(err, oauthreg.ErrNoAccount))
	return nil
}
