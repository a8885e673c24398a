// Command loadtest lets many made-up people sign up, come back, change their
// minds and lose their connections at an app of several instances, some of which
// are killed, and counts what came of it. It fails if an account was lost,
// doubled or given to somebody else, and if anything else happened that should
// not have.
//
//	go run ./internal/loadtest -duration 30s
//
// Everything is in this process: the people, the instances, and the stand-in for
// X. The exit status is 1 if something is wrong, and 2 if it could not start.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"
)

// The session stores to choose from.
const (
	inMemory = "memory"
	inCookie = "cookie"
)

type settings struct {
	people    int
	instances int
	duration  time.Duration
	kill      time.Duration // 0 for never
	sessions  string
	seed      uint64
	svg       string
	failFast  bool
}

var errFaults = errors.New("loadtest: something is wrong, see above")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	s, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		stop()
		return
	}
	if err == nil {
		err = execute(ctx, s, os.Stdout)
	}
	stop()
	switch {
	case errors.Is(err, errFaults):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func parse(args []string, usage io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("loadtest", flag.ContinueOnError)
	f.SetOutput(usage)
	f.IntVar(&s.people, "people", 200, "how many people are there at once")
	f.IntVar(&s.instances, "instances", 3, "how many instances the app has")
	f.DurationVar(&s.duration, "duration", 10*time.Minute, "for how long")
	f.DurationVar(&s.kill, "kill", 5*time.Second, "how often an instance is killed; 0 for never")
	f.StringVar(&s.sessions, "sessions", inMemory, "where sessions lie: memory or cookie")
	f.Uint64Var(&s.seed, "seed", 0, "repeats what the people of an earlier run wanted; 0 for a new one")
	f.StringVar(&s.svg, "svg", "", "a file for the histogram of latencies")
	f.BoolVar(&s.failFast, "failfast", false, "end at the first fault")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.seed == 0 {
		s.seed = rand.Uint64()
	}
	return s, s.check()
}

func (s settings) check() error {
	var faults []error
	if s.people < 1 || s.people > maxPeople {
		faults = append(faults, fmt.Errorf("loadtest: -people must be 1 to %d", maxPeople))
	}
	if s.instances < 1 {
		faults = append(faults, errors.New("loadtest: -instances must be at least 1"))
	}
	if s.duration <= 0 || s.kill < 0 {
		faults = append(faults, errors.New("loadtest: -duration must be positive, and -kill not negative"))
	}
	if s.sessions != inMemory && s.sessions != inCookie {
		faults = append(faults, errors.New("loadtest: -sessions must be memory or cookie"))
	}
	return errors.Join(faults...)
}

// execute runs everything and writes what there is to say.
func execute(ctx context.Context, s settings, out io.Writer) error {
	r, err := run(ctx, s, sabotage{}, out)
	if err != nil {
		return err
	}
	r.write(out)
	if s.svg != "" {
		if err := os.WriteFile(s.svg, r.svg(), 0o644); err != nil {
			return fmt.Errorf("loadtest: -svg: %w", err)
		}
	}
	if r.failed() {
		return errFaults
	}
	return nil
}
