// Command signup is a small, complete app that people register with through X
// (Twitter). It is meant to be copied.
//
//	go run ./examples/signup
//
// Without keys for X it starts a stand-in for X on this machine. With
// X_CONSUMER_KEY and X_CONSUMER_SECRET it talks to X; register the callback
// BASE_URL/auth/twitter/callback there.
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

	"github.com/oauthreg/go/twitter"
)

// help comes before the flags.
const help = `signup is an app that people register with through X. Settings in the environment:
  X_CONSUMER_KEY, X_CONSUMER_SECRET
        the API Key and API Key Secret of the app at X; without them a stand-in
        for X runs on this machine
  BASE_URL
        what browsers see, if not the address it listens on; the callback URL to
        register at X is BASE_URL/auth/twitter/callback
  OAUTHREG_KEY
        seals tokens and cookies: 32 bytes in base64, several with commas between,
        the newest first; without it one is made, and kept beside the database
  GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET
        people may sign up with GitHub too
  OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET
        and with an OpenID Provider
  X_API_URL
        where X is, if not https://api.x.com
Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "signup:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("signup", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	dbPath := flags.String("db", "signup.db", "`file` for users and accounts")
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
	if settings.keys == nil {
		if settings.keys, err = keepKey(*dbPath + ".key"); err != nil {
			return err
		}
	}
	db, err := openDB(ctx, *dbPath)
	if err != nil {
		return err
	}
	defer db.Close()
	standIn := ""
	if settings.x.ConsumerKey == "" {
		x, err := startStandIn(&settings, *dbPath, log)
		if err != nil {
			return err
		}
		defer x.Close()
		standIn = x.URL()
	}
	x, err := twitter.New(settings.x)
	if err != nil {
		return err
	}
	choices := append([]choice{{"twitter", "X", x}}, settings.others...)
	app, err := newApp(ctx, settings, db, choices, standIn, log)
	if err != nil {
		return err
	}
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
