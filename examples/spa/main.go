// Command spa is an app whose pages are made in the browser: a server of JSON
// endpoints, and one page in plain JavaScript. It is meant to be copied.
//
//	go run ./examples/spa
//
// Without keys for X it starts a stand-in for X on this machine. With
// X_CONSUMER_KEY and X_CONSUMER_SECRET it talks to X; register the callback
// BASE_URL/auth/twitter/callback there. Users are kept in memory, to be short:
// examples/signup has a database.
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

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// help comes before the flags.
const help = `spa is an app of JSON endpoints and one page in JavaScript. Settings in the
environment:
  X_CONSUMER_KEY, X_CONSUMER_SECRET
        the API Key and API Key Secret of the app at X; without them a stand-in
        for X runs on this machine
  BASE_URL
        what browsers see, if not the address it listens on; the callback URL to
        register at X is BASE_URL/auth/twitter/callback
  X_API_URL
        where X is, if not https://api.x.com
Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "spa:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("spa", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	addr := flags.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks a free one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; settings are flags and environment variables", flags.Arg(0))
	}
	log := slog.New(slog.NewTextHandler(stderr, nil))
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return fmt.Errorf("cannot listen on -addr %s: %w", *addr, err)
	}
	defer listener.Close()
	baseURL := getenv("BASE_URL")
	if baseURL == "" {
		baseURL = "http://" + listener.Addr().String()
	}
	cfg := twitter.Config{
		ConsumerKey:    getenv("X_CONSUMER_KEY"),
		ConsumerSecret: provider.NewSecret(getenv("X_CONSUMER_SECRET")),
		BaseURL:        getenv("X_API_URL"),
	}
	if cfg.ConsumerKey == "" {
		standIn, err := twittertest.New(twittertest.Config{AppName: "Fieldnotes", CallbackURLs: []string{baseURL + "/auth/twitter/callback"}})
		if err != nil {
			return fmt.Errorf("cannot start the stand-in for X: %w", err)
		}
		defer standIn.Close()
		log.Info("no X_CONSUMER_KEY: using a stand-in for X, with made-up people", "url", standIn.URL())
		cfg = twitter.Config{
			ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: standIn.URL(),
		}
	}
	x, err := twitter.New(cfg)
	if err != nil {
		return fmt.Errorf("X_CONSUMER_KEY, X_CONSUMER_SECRET or X_API_URL cannot be used: %w", err)
	}
	app, err := newApp(baseURL, x, log)
	if err != nil {
		return fmt.Errorf("BASE_URL cannot be used: %w", err)
	}
	fmt.Fprintf(stdout, "listening http://%s\n", listener.Addr())
	return serve(ctx, listener, app.handler(), log)
}

// serve answers until ctx ends, and then lets open requests finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      90 * time.Second, // X may take its time
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
