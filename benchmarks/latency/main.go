// Command latency shows how long each step of a registration makes a person
// wait for the network, for this library and for its peers, with a simulated
// distance to the provider.
//
//	go run ./benchmarks/latency
//
// The provider is a stand-in for X on this machine, over TLS. Between it and the
// app lies a wire on which every byte takes half of -delay, each way, and on
// which a connection has to be opened first, as TCP does. So a call costs one
// round trip on an open connection and three on a new one: TCP, TLS 1.3, and the
// call. Looking up the provider's name is left out.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/oauthreg/go/benchmarks/internal/table"
)

type settings struct {
	delay    time.Duration
	runs     int
	crowd    int
	http1    bool
	markdown bool
	into     string
}

func main() {
	s, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = execute(s, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

func parse(args []string, usage io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("latency", flag.ContinueOnError)
	f.SetOutput(usage)
	f.DurationVar(&s.delay, "delay", 100*time.Millisecond, "the round trip to the provider")
	f.IntVar(&s.runs, "runs", 5, "how often each is measured; the median counts")
	f.IntVar(&s.crowd, "crowd", 20, "how many people start at once in the last table; 0 leaves it out")
	f.BoolVar(&s.http1, "http1", false, "the provider speaks HTTP/1.1 only but for the last table")
	f.BoolVar(&s.markdown, "markdown", false, "write the tables in Markdown")
	f.StringVar(&s.into, "into", "", "a `document` that gets the tables in place of those it has")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.delay < time.Millisecond || s.runs < 1 || s.crowd < 0 {
		return s, errors.New("-delay must be at least 1ms, -runs at least 1, and -crowd not negative")
	}
	return s, nil
}

// execute writes to out, or into the document.
func execute(s settings, out io.Writer) error {
	if s.into == "" {
		return run(s, out)
	}
	var text strings.Builder
	s.markdown = true
	if err := run(s, &text); err != nil {
		return err
	}
	return table.Replace(s.into, "latency", text.String())
}

// run measures everybody and writes the tables.
func run(s settings, out io.Writer) error {
	_, _ = fmt.Fprintf(out, "What a person waits for, with %v to the provider and back; in brackets how often:\n\n", s.delay)
	steps := table.Table{Head: []string{"subject", "connections", "start", "callback", "form", "complete", "returning callback", "opened"}}
	if err := measureSteps(s, &steps); err != nil {
		return err
	}
	steps.Write(out, s.markdown)
	backend := table.Table{Head: []string{"subject", "start", "callback", "form", "complete", "returning callback"}}
	if err := countBackend(s, &backend); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "\nWhat each step asks of a session store on a server, one after the other:\n\n")
	backend.Write(out, s.markdown)
	if s.crowd == 0 {
		return nil
	}
	crowd := table.Table{Head: []string{"subject", "provider speaks", "median start", "slowest start", "opened"}}
	for _, http1 := range []bool{true, false} {
		if err := measureCrowd(s, http1, &crowd); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(out, "\n%d people start at once, a moment after %d others did:\n\n", s.crowd, s.crowd)
	crowd.Write(out, s.markdown)
	return nil
}
