package later_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/docs/guides/later"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestHandle(t *testing.T) {
	t.Parallel()
	const callback = "http://127.0.0.1:8080/auth/twitter/callback"
	x, err := twittertest.New(twittertest.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	flow, err := twitter.New(twitter.Config{
		ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: x.URL(),
	})
	require.NoError(t, err)
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "http://127.0.0.1:8080"})
	require.NoError(t, err)
	accounts := tokenstore.NewMemory()
	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL: "http://127.0.0.1:8080/auth", Flows: map[string]provider.Flow{"twitter": flow}, Sessions: sessions, Accounts: accounts,
		SignUpURL: "/signup", SignIn: func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
	})
	require.NoError(t, err)
	handle := func() (string, error) { return later.Handle(t.Context(), reg, accounts, x.URL(), "42") }

	_, err = handle()
	require.ErrorIs(t, err, later.ErrSignInAgain, "nothing is connected")

	authURL, hs, err := flow.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callback})
	require.NoError(t, err)
	back, err := x.Approve(t.Context(), authURL, "")
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	token, err := flow.HandleCallback(t.Context(), hs, u.Query())
	require.NoError(t, err)
	account := tokenstore.Account{
		Identity: tokenstore.Identity{Provider: "twitter", Subject: token.Subject}, UserID: "42", Username: "an_old_one", Token: token,
	}
	require.NoError(t, accounts.Link(t.Context(), account))
	name, err := handle()
	require.NoError(t, err)
	assert.Equal(t, "ada_quill", name)

	x.Fault(twittertest.UsersMe, twittertest.OverCapacity())
	_, err = handle()
	require.ErrorContains(t, err, "asking X: 503")
	x.Fault(twittertest.UsersMe, twittertest.Fault{})

	require.NoError(t, flow.Revoke(t.Context(), token))
	_, err = handle()
	require.ErrorIs(t, err, later.ErrSignInAgain)
}
