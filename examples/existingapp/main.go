// Command existingapp is an app that has users, passwords and sessions already,
// and to which signing up and signing in with X (Twitter) has been added.
//
//	go run ./examples/existingapp
//
// Without keys for X it starts a stand-in for X on this machine. With
// X_CONSUMER_KEY and X_CONSUMER_SECRET it talks to X; register the callback
// BASE_URL/auth/twitter/callback there. SIGN_UP=closed lets nobody new in,
// PASSWORD_ROUNDS says how often a password is hashed (600000).
//
// The app's own part is what many apps have: users.go, passwords.go, pages.go,
// and sessions by github.com/alexedwards/scs/v2, all in one SQLite database.
// What was added to it is
//
//   - oauth.go, the set-up and its hooks: how this app signs somebody in, who is
//     signed in, whose an e-mail address is, who can sign in without X
//   - oauthpages.go, the form for people who come from X, and connecting and
//     disconnecting
//   - standin.go, the settings for X
//   - in the files of the app, the lines that end in "// new"; in pages, those
//     that end in "{{/* new */}}", and oauth.html and welcome.html
//
// Without all that the app is the one it was; a test takes it out and builds the
// rest. No column was added: the library makes a table for who owns which
// identity, and one for sign-ups that wait. What the app has to bring is an
// insertUser that can run in a transaction, users who may be without a password
// (here an empty hash, which no password fits), and session cookies that are
// SameSite=Lax.
//
// Left out, because it is the same with and without X: limits on how often a
// password may be tried, resetting one by e-mail, and asking for a recent
// sign-in before an account is changed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// help comes before the flags.
const help = `existingapp is an app that people register with. Settings in the environment:
  BASE_URL
        what browsers see, if not the address it listens on
  SIGN_UP
        "closed" lets nobody new in
  PASSWORD_ROUNDS
        how often a password is hashed, if not 600000 times
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "existingapp:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("existingapp", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		fmt.Fprint(stderr, xHelp) // new
		fmt.Fprintln(stderr, "Flags:")
		flags.PrintDefaults()
	}
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	dbPath := flags.String("db", "existingapp.db", "`file` for users, sessions and accounts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; settings are flags and environment variables", flags.Arg(0))
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))

	// Whatever is wrong with the settings stops the program before it listens
	// or writes anything.
	settings, err := readSettings(getenv)
	x, errX := readXSettings(getenv) // new
	err = errors.Join(err, errX)     // new
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("cannot listen on -addr %s: %w", *addr, err)
	}
	defer listener.Close()
	if settings.baseURL == "" {
		settings.baseURL = localURL(listener.Addr())
	}
	db, err := openDB(ctx, *dbPath)
	if err != nil {
		return err
	}
	defer db.Close()
	app, err := newApp(settings, db, log)
	if err != nil {
		return err
	}
	defer app.close()
	if err := x.complete(settings.baseURL, *dbPath, log); err != nil { // new
		return err // new
	} // new
	defer x.close()                                         // new
	if app.oauth, err = newOAuth(ctx, app, x); err != nil { // new
		return err // new
	} // new
	fmt.Fprintf(stdout, "listening %s\n", localURL(listener.Addr()))
	return serve(ctx, listener, app.handler(), log)
}

// serve answers until ctx ends, and then lets open requests finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      90 * time.Second, // X may take its time
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests were still open after 10 s: %w", err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// localURL is how a browser on this machine reaches addr.
func localURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
