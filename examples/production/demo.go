package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/twitter/twittertest"
)

// runDemo runs on one machine what production has on several: a stand-in for X,
// two instances as processes of their own, and a proxy in front of them.
func runDemo(ctx context.Context, addr string, getenv func(string) string, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewJSONHandler(stderr, nil)).With("instance", "proxy")
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on -addr: %w", err)
	}
	defer listener.Close()
	baseURL := localURL(listener.Addr())
	x, err := twittertest.New(twittertest.Config{AppName: "Fieldnotes", CallbackURLs: []string{baseURL + "/auth/twitter/callback"}})
	if err != nil {
		return fmt.Errorf("cannot start the stand-in for X: %w", err)
	}
	defer x.Close()
	data, err := newDemoData(ctx, getenv)
	if err != nil {
		return err
	}
	defer func() {
		if err := data.drop(); err != nil {
			log.Warn("the demo's data could not be removed", "schema", data.name, "error", err)
		}
	}()
	env := append(os.Environ(), data.env()...)
	env = append(env,
		"OAUTHREG_KEY="+cmp.Or(getenv("OAUTHREG_KEY"), seal.NewKey()),
		"BASE_URL="+baseURL,
		"X_CONSUMER_KEY="+twittertest.ConsumerKey,
		"X_CONSUMER_SECRET="+twittertest.ConsumerSecret,
		"X_API_URL="+x.URL(),
		"LISTEN_ADDR=127.0.0.1:0",
	)
	// All are started before any is waited for: the tables are made by whichever
	// is first.
	var instances []*instance
	defer func() { stopAll(instances, log) }()
	for _, name := range []string{"1", "2"} {
		i, err := startInstance(name, env, stderr)
		if err != nil {
			return err
		}
		instances = append(instances, i)
	}
	var targets []string
	for _, i := range instances {
		target, err := i.address(ctx)
		if err != nil {
			return err
		}
		targets = append(targets, target)
	}
	balancer := newBalancer(targets, log)
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	go balancer.watch(watching)
	if err := balancer.waitReady(ctx, 15*time.Second); err != nil {
		return err
	}
	log.Info("demo", "stand_in_for_x", x.URL(), "instances", strings.Join(targets, " "))
	fmt.Fprintf(stdout, "listening %s\n", baseURL)
	return proxy(ctx, listener, balancer, log, instances)
}

// proxy answers until ctx ends or there is no instance any more.
func proxy(ctx context.Context, listener net.Listener, balancer *balancer, log *slog.Logger, instances []*instance) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		for _, i := range instances {
			<-i.ended
		}
		cancel(errAllEnded)
	}()
	server := &http.Server{
		Handler:           balancer.handler(),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
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
	cause := context.Cause(ctx)
	limited, cancelShutdown := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancelShutdown()
	if err := server.Shutdown(limited); err != nil {
		return fmt.Errorf("requests were still open after %s: %w", shutdownLimit, err)
	}
	if errors.Is(cause, errAllEnded) {
		return cause
	}
	return nil
}

var errAllEnded = errors.New("all instances have ended; the log says why")

// instance is this program again, as a process of its own.
type instance struct {
	name  string
	cmd   *exec.Cmd
	stdin io.Closer // ends the process when it is closed, also by our end
	first chan string
	ended chan struct{}
}

func startInstance(name string, env []string, stderr io.Writer) (*instance, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	i := &instance{name: name, cmd: exec.Command(path, "-stop-with-stdin"), first: make(chan string, 1), ended: make(chan struct{})}
	i.cmd.Env = append(env[:len(env):len(env)], "INSTANCE="+name, "CLIENT_IP_HEADER=X-Forwarded-For")
	i.cmd.Stderr = stderr
	if i.stdin, err = i.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := i.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := i.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start instance %s: %w", name, err)
	}
	go func() {
		lines := bufio.NewReader(stdout)
		line, _ := lines.ReadString('\n')
		i.first <- line
		_, _ = io.Copy(io.Discard, lines)
		_ = i.cmd.Wait()
		close(i.ended)
	}()
	return i, nil
}

// address waits until the instance listens, and returns where.
func (i *instance) address(ctx context.Context) (string, error) {
	select {
	case line := <-i.first:
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening http://")
		if !ok {
			return "", fmt.Errorf("instance %s did not start; its error is above. Are PostgreSQL and Redis running? "+
				"DATABASE_URL and REDIS_URL say where", i.name)
		}
		return address, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// stopAll lets the instances finish what is open, and returns when they have
// ended.
func stopAll(instances []*instance, log *slog.Logger) {
	for _, i := range instances {
		_ = i.stdin.Close()
	}
	late := time.After(shutdownLimit + time.Minute)
	for _, i := range instances {
		select {
		case <-i.ended:
		case <-late:
			log.Warn("an instance does not end; killing it", "name", i.name)
			_ = i.cmd.Process.Kill()
			<-i.ended
		}
	}
}
