// Command oauthreg-check asks X whether it would let people sign up with the
// keys and the callback URL in the environment, and prints what to fix.
//
//	go run github.com/oauthreg/go/cmd/oauthreg-check
//
// It reads the variables that the programs in examples/ read:
//
//	X_CONSUMER_KEY, X_CONSUMER_SECRET   the app's API Key and API Key Secret
//	X_API_URL                           where X is, if not https://api.x.com
//	BASE_URL                            the app's public URL; the callback is BASE_URL/auth/twitter/callback
//
// An app whose callback is elsewhere names it with -callback, and a program that
// uses the PIN flow says -callback oob. It is about OAuth 1.0a: over OAuth 2.0 X
// tells nobody but the person, on its page.
//
// One request goes to X, and the request token that comes back is thrown away.
// No secret is printed, and of the key the first letters. There is colour if the
// output is a terminal and NO_COLOR is not set.
//
// The exit status is 0 if all is well, 1 if there is something to fix or X cannot
// be asked, and 2 if the command was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/oauthreg/go/twitter"
)

// The exit statuses.
const (
	fine  = 0
	toFix = 1
	usage = 2
)

// help comes before the flags.
const help = `oauthreg-check asks X whether people can sign up with the settings in the environment:
  X_CONSUMER_KEY     the "API Key" of the app
  X_CONSUMER_SECRET  the "API Key Secret" of the app
  X_API_URL          where X is, if not https://api.x.com
  BASE_URL           the app's public URL
Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Getenv, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command without the process around it.
func run(ctx context.Context, getenv func(string) string, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("oauthreg-check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	callback := flags.String("callback", "", "callback `URL` that sign-ups use, or oob for the PIN flow; by default BASE_URL"+callbackPath)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return fine
	case err != nil:
		return usage
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "oauthreg-check: unexpected argument %q; settings are environment variables and -callback\n", flags.Arg(0))
		return usage
	case *callback != "" && !isCallback(*callback):
		fmt.Fprintln(stderr, "oauthreg-check: -callback must be an absolute URL, such as https://app.example.com/auth/twitter/callback, or oob")
		return usage
	}

	out := printer{w: stdout, colour: colourful(stdout, getenv)}
	s, faults := readSettings(getenv, *callback)
	if len(faults) > 0 {
		out.faults(faults)
		return toFix
	}
	out.asking(s)
	unchecked, err := s.flow.Check(ctx, s.callback)
	if err != nil {
		out.refused(s, err)
		return toFix
	}
	out.fine(s, unchecked)
	return fine
}

// settings are what is checked.
type settings struct {
	flow     *twitter.Flow
	key      string
	apiURL   string
	callback string
}
