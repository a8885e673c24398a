package main

import (
	"context"
	"database/sql"
	"net/http"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// oauth is what was added to the app.
type oauth struct {
	app      *app
	reg      *oauthreg.Registrar
	table    *tokenstore.SQL    // who owns which identity
	accounts *tokenstore.Sealed // the same, with tokens that can be read
	labels   map[string]string  // what people call the providers
	standIn  string             // the URL of the stand-in for X, or ""
}

func newOAuth(ctx context.Context, a *app, s xSettings) (*oauth, error) {
	o := &oauth{app: a, labels: map[string]string{"twitter": "X"}}
	if s.standIn != nil {
		o.standIn = s.standIn.URL()
	}
	x, err := twitter.New(s.x)
	if err != nil {
		return nil, err
	}
	waiting, err := waitingRoom(ctx, a.db, a.settings.baseURL)
	if err != nil {
		return nil, err
	}
	if o.table, err = tokenstore.NewSQL(tokenstore.SQLConfig{DB: a.db, Dialect: tokenstore.SQLite}); err != nil {
		return nil, err
	}
	if err = o.table.Migrate(ctx); err != nil {
		return nil, err
	}
	if o.accounts, err = tokenstore.Seal(o.table, s.keys); err != nil {
		return nil, err
	}
	o.reg, err = oauthreg.New(oauthreg.Config{
		BaseURL:     a.settings.baseURL + "/auth",
		Flows:       map[string]provider.Flow{"twitter": x},
		Labels:      o.labels,
		Sessions:    waiting,
		Accounts:    o.accounts,
		SignIn:      o.signIn,
		CurrentUser: o.currentUser,
		AllowSignUp: o.allowSignUp,
		UserByEmail: o.userByEmail,
		OtherWayIn:  o.otherWayIn,
		OnOutcome:   o.onOutcome,
		SignUpURL:   "/welcome",
		SignInURL:   "/signin",
		FailureURL:  "/signin",
		// The page with the button; addToAccount says what happened.
		ConnectFailureURL: "/account",
		DefaultNext:       "/account",
		Logger:            a.log,
	})
	return o, err
}

// waitingRoom keeps handshakes and sign-ups that wait for their form: in a table
// beside that of the app's sessions, not inside a session.
//
// [sessionstore.NewSCSSession] would keep them inside. But scs loads a session
// when a request begins and saves it whole when it ends: of two tabs that start
// at once one would be lost, and a callback that ends just after somebody has
// signed out would write the old session back, with its user in it. Beside the
// session there is nothing to lose, visitors who only look get no session, and
// the data of a session stays small.
func waitingRoom(ctx context.Context, db *sql.DB, baseURL string) (sessionstore.Store, error) {
	backend, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{DB: db, Dialect: sessionstore.SQLite})
	if err != nil {
		return nil, err
	}
	if err := backend.Migrate(ctx); err != nil {
		return nil, err
	}
	return sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: baseURL})
}

// signIn is how this app signs anybody in.
func (o *oauth) signIn(_ http.ResponseWriter, r *http.Request, account tokenstore.Account) error {
	return o.app.signIn(r, account.UserID)
}

func (o *oauth) currentUser(r *http.Request) (string, error) {
	u, err := o.app.currentUser(r)
	return u.ID, err
}

func (o *oauth) allowSignUp(context.Context, *oauthreg.Pending) error {
	if o.app.settings.signUpClosed {
		return oauthreg.ErrSignUpClosed
	}
	return nil
}

// userByEmail finds a user as signing in by password does. Nothing is linked by
// the address alone: for that, X would have to be in Config.TrustEmailOf.
func (o *oauth) userByEmail(ctx context.Context, email string) (userID string, verified bool, err error) {
	u, err := o.app.userByEmail(ctx, email)
	return u.ID, u.EmailVerified, err
}

func (o *oauth) otherWayIn(ctx context.Context, userID string) (bool, error) {
	u, err := o.app.userByID(ctx, userID)
	return u.PasswordHash != "", err
}

// onOutcome adds a sentence where the default answer has none.
func (o *oauth) onOutcome(_ http.ResponseWriter, r *http.Request, res oauthreg.Result) (answered bool) {
	switch res.Outcome {
	case oauthreg.Linked:
		o.app.say(r, "status", "Your "+o.labels[res.Provider]+" account is connected.")
	case oauthreg.AlreadyLinked:
		o.app.say(r, "status", "This "+o.labels[res.Provider]+" account was connected before.")
	}
	return false
}
