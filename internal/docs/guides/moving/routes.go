package moving

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// App is the part of the app that signs people in and shows a form.
type App interface {
	// SignIn starts the app's own session for account.UserID.
	SignIn(w http.ResponseWriter, r *http.Request, account tokenstore.Account) error
	// SignUpForm shows the form and takes it: reg.Pending, reg.Complete.
	SignUpForm(reg *oauthreg.Registrar, accounts tokenstore.Store) http.Handler
}

// Routes mounts the handlers. The old routes go.
func Routes(ctx context.Context, mux *http.ServeMux, app App, db *sql.DB, keys *seal.Keyring, baseURL string) error {
	x, errX := twitter.New(twitter.Config{
		ConsumerKey:    os.Getenv("X_CONSUMER_KEY"),
		ConsumerSecret: provider.NewSecret(os.Getenv("X_CONSUMER_SECRET")),
		BaseURL:        os.Getenv("X_API_URL"),
	})
	sessions, errSessions := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: baseURL})
	table, errTable := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.PostgreSQL})
	if err := errors.Join(errX, errSessions, errTable); err != nil {
		return err
	}
	if err := table.Migrate(ctx); err != nil { // at each start; it makes the table
		return err
	}
	accounts, err := tokenstore.Seal(table, keys)
	if err != nil {
		return err
	}
	reg, err := oauthreg.New(oauthreg.Config{
		BaseURL:   baseURL + "/auth", // the callback is /auth/twitter/callback, as before
		Flows:     map[string]provider.Flow{"twitter": x},
		Sessions:  sessions,
		Accounts:  accounts,
		SignIn:    app.SignIn,
		SignUpURL: "/signup",
		Logger:    slog.Default(), // says what to mend if X refuses
	})
	if err != nil {
		return err
	}
	mux.Handle("/auth/", reg.Handler())
	mux.Handle("/signup", app.SignUpForm(reg, accounts))
	return nil
}
