package moving_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/docs/guides/moving"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter/twittertest"
)

func TestImport(t *testing.T) {
	t.Parallel()
	accounts := tokenstore.NewMemory()
	users := []moving.OldUser{
		{ID: "1", XID: "9007199254740881", XHandle: "ada_quill", XToken: "t", XSecret: "s"},
		{ID: "2", XID: "9100000000000000019", XHandle: "hanako_mori"},
	}
	for range 2 { // a second time changes nothing
		require.NoError(t, moving.Import(t.Context(), users, accounts))
	}
	a, found, err := accounts.Find(t.Context(), tokenstore.Identity{Provider: "twitter", Subject: "9007199254740881"})
	require.NoError(t, err)
	require.True(t, found)
	assert.Equal(t, "1", a.UserID)
	assert.Equal(t, "s", a.Token.Secret.Reveal())

	users = append(users, moving.OldUser{ID: "3", XID: "9007199254740881"})
	require.ErrorIs(t, moving.Import(t.Context(), users, accounts), tokenstore.ErrTaken)
}

// TestRoutes: the callback is where goth and gologin had it, so nothing has to
// be registered anew at X.
func TestRoutes(t *testing.T) {
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{"https://app.example.com/auth/twitter/callback"}})
	require.NoError(t, err)
	defer x.Close()
	t.Setenv("X_CONSUMER_KEY", twittertest.ConsumerKey)
	t.Setenv("X_CONSUMER_SECRET", twittertest.ConsumerSecret)
	t.Setenv("X_API_URL", x.URL())
	keys, err := seal.Parse(strings.Repeat("A", 43) + "=")
	require.NoError(t, err)
	mux := http.NewServeMux()
	require.NoError(t, moving.Routes(mux, app{}, sql.OpenDB(noDB{}), keys, "https://app.example.com"))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://app.example.com/auth/twitter/start", nil))
	assert.Equal(t, http.StatusSeeOther, w.Code)
	assert.Contains(t, w.Header().Get("Location"), x.URL()+"/oauth/authenticate?oauth_token=")
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://app.example.com/signup", nil))
	assert.Equal(t, "the form", w.Body.String())
}

type app struct{}

func (app) SignIn(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil }

func (app) SignUpForm(*oauthreg.Registrar, tokenstore.Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the form")) })
}

// noDB is a database that cannot be reached.
type noDB struct{}

func (noDB) Connect(context.Context) (driver.Conn, error) { return nil, errors.New("unreachable") }
func (noDB) Driver() driver.Driver                        { return nil }
