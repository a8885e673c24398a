package oauthreg_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// faultyDue is dueApp on accounts that can be made to fail.
func faultyDue(t *testing.T, f *rotatingFlow) (a *app, client *http.Client, accounts *faultyAccounts) {
	t.Helper()
	accounts = &faultyAccounts{Store: tokenstore.NewMemory()}
	a, client, _ = dueApp(t, f, accounts)
	return a, client, accounts
}

// The account cannot be read when its token is due: nothing is refreshed, and
// what is known of the token is not forgotten.
func TestClientWhoseAccountCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newRotatingFlow()
		_, client, accounts := faultyDue(t, f)
		accounts.find = func(tokenstore.Account, bool, error) (tokenstore.Account, bool, error) {
			return tokenstore.Account{}, false, errStore
		}
		_, err := callWith(t.Context(), client)
		require.ErrorIs(t, err, errStore)
		assert.Zero(t, f.refreshed())
		accounts.find = nil
		status, err := callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, called, status)
	})
}

// Nor is the new token used before it is known to be stored.
func TestClientWhoseAccountCannotBeReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newRotatingFlow()
		_, client, accounts := faultyDue(t, f)
		looks := 0
		f.onRefresh = func(context.Context) error {
			accounts.find = func(a tokenstore.Account, found bool, err error) (tokenstore.Account, bool, error) {
				if looks++; looks == 1 {
					return tokenstore.Account{}, false, errStore
				}
				return a, found, err
			}
			return nil
		}
		status, err := callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, called, status)
		assert.Equal(t, 2, looks)
		assert.True(t, time.Now().Before(kept(t, accounts).Expiry), "the new one is stored")
	})
}

// Over a store that cannot replace in one step, the identity may be another
// user's by the time it is linked.
func TestClientWhoseIdentityIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newRotatingFlow()
		a, client, accounts := faultyDue(t, f)
		accounts.link = func(tokenstore.Account) error { return tokenstore.ErrTaken }
		_, err := callWith(t.Context(), client)
		require.ErrorIs(t, err, oauthreg.ErrNoAccount)
		assert.Empty(t, a.logs.lines(slog.LevelError), "nothing is broken")
	})
}

// releaseFails is a store whose leases end by themselves.
type releaseFails struct{ *tokenstore.Memory }

func (releaseFails) Release(context.Context, tokenstore.Identity, string) error { return errStore }

func TestClientWhoseLeaseIsNotReleased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newRotatingFlow()
		a, client, _ := dueApp(t, f, releaseFails{tokenstore.NewMemory()})
		status, err := callWith(t.Context(), client)
		require.NoError(t, err, "what was asked for is done")
		assert.Equal(t, called, status)
		require.Len(t, a.logs.lines(slog.LevelWarn), 1)
		assert.Contains(t, a.logs.String(), "was not released")
	})
}

// A token that is the same, and good for longer than was known, needs no other
// client.
func TestClientIsKeptForTheSameToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		tok := f.issue()
		keep(t, accounts, tok)
		client, err := process(t, f, accounts).reg.Client(t.Context(), fakeID)
		require.NoError(t, err)
		tok.Expiry = tok.Expiry.Add(24 * time.Hour)
		keep(t, accounts, tok)
		time.Sleep(time.Hour)
		_, err = callWith(t.Context(), client)
		require.NoError(t, err)
		assert.Zero(t, f.refreshed())
		assert.Equal(t, 1, f.made)
	})
}

// plainClients is a Flow whose clients have no transport of their own.
type plainClients struct{ *fakeFlow }

func (plainClients) Client(context.Context, provider.Token) (*http.Client, error) {
	return &http.Client{}, nil
}

func TestClientOfAFlowWithoutATransport(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(server.Close)
	accounts := tokenstore.NewMemory()
	keep(t, accounts, provider.Token{Access: provider.NewSecret("a")})
	client, err := process(t, plainClients{newFakeFlow("fake")}, accounts).reg.Client(t.Context(), fakeID)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	res, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusTeapot, res.StatusCode)
}

// A token that is good for a while serves, also when no other is to be had.
func TestClientWhileTheTokenEndpointIsDown(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		kind   error
		serves bool
	}{
		{provider.ErrUnavailable, true}, {provider.ErrRateLimited, true},
		{provider.ErrTokenInvalid, false}, {provider.ErrRefused, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			f, accounts := newRotatingFlow(), tokenstore.NewMemory()
			keep(t, accounts, f.issue())
			f.onRefresh = func(context.Context) error { return f.fail(provider.OpRefresh, row.kind) }
			client, err := process(t, f, accounts).reg.Client(t.Context(), fakeID)
			require.NoError(t, err)
			time.Sleep(time.Hour - 30*time.Second)
			status, err := callWith(t.Context(), client)
			assert.Equal(t, 1, f.refreshed(), "it was tried")
			if !row.serves {
				require.ErrorIs(t, err, row.kind)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, called, status)
			time.Sleep(30 * time.Second)
			_, err = callWith(t.Context(), client)
			require.Error(t, err)
		})
	}
}

// Some providers' tokens live for a minute.
func TestClientOfShortTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f, accounts := newRotatingFlow(), tokenstore.NewMemory()
		f.edit = func(tok *provider.Token) { tok.Expiry = time.Now().Add(time.Minute) }
		_, client, _ := dueApp(t, f, accounts)
		for range 20 {
			_, err := callWith(t.Context(), client)
			require.NoError(t, err)
		}
		assert.Equal(t, 1, f.refreshed())
	})
}
