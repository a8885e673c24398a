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

	"github.com/redis/go-redis/v9"
)

// help comes before the flags.
const help = `production is an app that people register with through X, as several instances
behind a load balancer. -demo shows it on this machine. Settings in the environment:
  DATABASE_URL       postgres://user:password@host:5432/name?sslmode=verify-full
  REDIS_URL          rediss://user:password@host:6379/0
  BASE_URL           what browsers see, such as https://app.example.com
  OAUTHREG_KEY       32 random bytes in base64: openssl rand -base64 32
  X_CONSUMER_KEY     the API Key of the app at X
  X_CONSUMER_SECRET  and its secret
  X_API_URL          optional: where X is, if not https://api.x.com
  LISTEN_ADDR        optional: 127.0.0.1:8080
  REDIS_PREFIX       optional: before every key in Redis, "fieldnotes:"
  DRAIN_DELAY        optional: how long to serve after SIGTERM, "1s"
  CLIENT_IP_HEADER   optional: where your proxy, and nobody else, names the client
  INSTANCE           optional: the name in logs and in the header X-Instance
Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "production:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("production", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	isDemo := flags.Bool("demo", false, "start two instances, a proxy and a stand-in for X on this machine")
	addr := flags.String("addr", "127.0.0.1:8080", "with -demo, the `address` of the proxy; port 0 picks a free one")
	withStdin := flags.Bool("stop-with-stdin", false, "stop when standard input ends; -demo starts its instances so")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; settings are environment variables, see -h", flags.Arg(0))
	}
	if *isDemo {
		return runDemo(ctx, *addr, getenv, stdout, stderr)
	}
	if *withStdin {
		// However the one at the other end goes away, the pipe is closed.
		stoppable, cancel := context.WithCancel(ctx)
		defer cancel()
		ctx = stoppable
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	s, err := readSettings(getenv)
	if err != nil {
		return err
	}
	return runInstance(ctx, s, stdout, stderr)
}

// runInstance is what runs in production.
func runInstance(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewJSONHandler(stderr, nil))
	if s.instance != "" {
		log = log.With("instance", s.instance)
	}
	listener, err := net.Listen("tcp", s.listenAddr)
	if err != nil {
		return fmt.Errorf("cannot listen on LISTEN_ADDR: %w", err)
	}
	defer listener.Close()
	db := openDB(s.database)
	defer db.Close()
	// Nothing is asked of Redis yet: without it there is /readyz, and a page.
	redis.SetLogger(redisLog{log})
	client := redis.NewClient(s.redis)
	defer client.Close()
	app, err := newApp(ctx, s, db, client, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening %s\n", localURL(listener.Addr()))
	return serve(ctx, listener, app.handler(), app.health, s.drainDelay, log)
}

const (
	// pageDeadline bounds a page, authDeadline a start or a callback: X has 10
	// seconds for each of two calls.
	pageDeadline, authDeadline = 10 * time.Second, 25 * time.Second

	// shutdownLimit is longer than any request may take.
	shutdownLimit = 30 * time.Second
)

// serve answers until ctx ends. Then it says that it is not ready, serves for
// drainDelay more, so that the load balancer can hear it, and lets open requests
// finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler, health *health, drainDelay time.Duration, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute, // longer than the proxy's own, or it sends into a closed connection
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
	health.stopping.Store(true)
	log.Info("stopping", "drain", drainDelay.String())
	select {
	case err := <-done:
		return err
	case <-time.After(drainDelay):
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests were still open after %s: %w", shutdownLimit, err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	log.Info("stopped")
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

// redisLog gives what the client of Redis logs the form of the rest.
type redisLog struct{ log *slog.Logger }

func (l redisLog) Printf(_ context.Context, format string, v ...any) {
	l.log.Warn("redis client", "text", fmt.Sprintf(format, v...))
}
