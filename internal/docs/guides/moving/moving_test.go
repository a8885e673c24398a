package moving_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/docs/guides/moving"
	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
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

	// Who has signed in since has a newer token and handle, which stay.
	a.Token.Secret, a.Username = provider.NewSecret("newer"), "ada_q"
	require.NoError(t, accounts.Link(t.Context(), a))
	require.NoError(t, moving.Import(t.Context(), users, accounts))
	a, _, err = accounts.Find(t.Context(), a.Identity)
	require.NoError(t, err)
	assert.Equal(t, "newer", a.Token.Secret.Reveal())
	assert.Equal(t, "ada_q", a.Username)

	users = append(users, moving.OldUser{ID: "3", XID: "9007199254740881"})
	require.ErrorIs(t, moving.Import(t.Context(), users, accounts), tokenstore.ErrTaken)
}

// TestRoutes: the callback is where goth and gologin had it, so nothing has to
// be registered anew at X; and the table is there when the first one comes.
func TestRoutes(t *testing.T) {
	const site = "https://app.example.com"
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{site + "/auth/twitter/callback"}})
	require.NoError(t, err)
	defer x.Close()
	t.Setenv("X_CONSUMER_KEY", twittertest.ConsumerKey)
	t.Setenv("X_CONSUMER_SECRET", twittertest.ConsumerSecret)
	t.Setenv("X_API_URL", x.URL())
	keys, err := seal.Parse(strings.Repeat("A", 43) + "=")
	require.NoError(t, err)
	require.Error(t, moving.Routes(t.Context(), http.NewServeMux(), app{}, sql.OpenDB(&oneTable{down: true}), keys, site))
	mux := http.NewServeMux()
	require.NoError(t, moving.Routes(t.Context(), mux, app{}, sql.OpenDB(&oneTable{}), keys, site))

	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, site+"/auth/twitter/start", nil))
	assert.Equal(t, http.StatusSeeOther, w.Code)
	atX := w.Header().Get("Location")
	assert.Contains(t, atX, x.URL()+"/oauth/authenticate?oauth_token=")
	callback, err := x.Approve(t.Context(), atX, "")
	require.NoError(t, err)
	r := httptest.NewRequest(http.MethodGet, callback, nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	assert.Equal(t, "/signup", w.Header().Get("Location"), w.Body)

	w = httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, site+"/signup", nil))
	assert.Equal(t, "the form", w.Body.String())
}

type app struct{}

func (app) SignIn(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil }

func (app) SignUpForm(*oauthreg.Registrar, tokenstore.Store) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the form")) })
}

// oneTable is a database that knows of one table whether it has been made, and
// has no rows.
type oneTable struct{ down, made bool }

func (d *oneTable) Connect(context.Context) (driver.Conn, error) {
	if d.down {
		return nil, errors.New("unreachable")
	}
	return d, nil
}
func (d *oneTable) Driver() driver.Driver               { return nil }
func (d *oneTable) Begin() (driver.Tx, error)           { return d, nil }
func (d *oneTable) Commit() error                       { return nil }
func (d *oneTable) Rollback() error                     { return nil }
func (d *oneTable) Close() error                        { return nil }
func (d *oneTable) Columns() []string                   { return []string{"name"} }
func (d *oneTable) Next([]driver.Value) error           { return io.EOF }
func (d *oneTable) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not used") }

func (d *oneTable) ExecContext(_ context.Context, text string, _ []driver.NamedValue) (driver.Result, error) {
	d.made = d.made || strings.HasPrefix(text, "CREATE TABLE")
	return driver.RowsAffected(0), nil
}

func (d *oneTable) QueryContext(_ context.Context, text string, _ []driver.NamedValue) (driver.Rows, error) {
	if !d.made && strings.Contains(text, `FROM "oauthreg_accounts"`) {
		return nil, errors.New(`relation "oauthreg_accounts" does not exist`)
	}
	return d, nil
}
