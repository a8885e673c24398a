// Command pin is a program in a terminal that people sign in to with X (Twitter):
// they open a link, approve, and type in the PIN that X shows. It is meant to be
// copied.
//
//	go run ./examples/pin
//	go run ./examples/pin -forget
//
// The token is kept in a file that only its owner can read, so that the second
// run asks nothing. -forget revokes it at X and removes the file.
//
// Without keys it starts a stand-in for X on this machine. With X_CONSUMER_KEY
// and X_CONSUMER_SECRET it talks to X, which wants some callback URL in the app's
// settings here too. Give out the program without your secret.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// help comes before the flags.
const help = `pin signs you in with X by a PIN, and keeps the token. Settings in the environment:
  X_CONSUMER_KEY, X_CONSUMER_SECRET
        the API Key and API Key Secret of the app at X; without them a stand-in
        for X runs in this program
  X_API_URL
        where X is, if not https://api.x.com
Flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "\npin: stopped")
		os.Exit(130)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "pin:", err)
		os.Exit(1)
	}
}

// run is the program without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout io.Writer) error {
	dir, _ := os.UserConfigDir() // this directory, if there is none
	flags := flag.NewFlagSet("pin", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help)
		flags.PrintDefaults()
	}
	path := flags.String("file", filepath.Join(dir, "oauthreg-pin", "token.json"), "`file` for the token")
	forget := flags.Bool("forget", false, "revoke the token at X, and remove the file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; settings are flags and environment variables", flags.Arg(0))
	}
	if err := os.MkdirAll(filepath.Dir(*path), 0o700); err != nil {
		return err
	}
	cfg := twitter.Config{
		ConsumerKey:    getenv("X_CONSUMER_KEY"),
		ConsumerSecret: provider.NewSecret(getenv("X_CONSUMER_SECRET")),
		BaseURL:        getenv("X_API_URL"),
	}
	if cfg.ConsumerKey == "" && cfg.ConsumerSecret.IsZero() {
		*path += ".demo" // beside it the stand-in keeps its state, to know the token in the next run
		x, err := twittertest.New(twittertest.Config{AppName: "Pin", StateFile: *path + ".x"})
		if err != nil {
			return err
		}
		defer x.Close()
		cfg = twitter.Config{ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret), BaseURL: x.URL()}
		fmt.Fprintln(stdout, "Demo: no X keys are set, so a stand-in for X runs in this program, with made-up people.")
	}
	flow, err := twitter.New(cfg)
	if err != nil {
		return fmt.Errorf("X_CONSUMER_KEY, X_CONSUMER_SECRET or X_API_URL cannot be used: %w", err)
	}
	p := program{flow, tokenFile(*path), readLines(ctx, stdin), stdout}
	if *forget {
		return p.forget(ctx)
	}
	return p.greet(ctx)
}

// program is one run.
type program struct {
	flow *twitter.Flow
	file tokenFile
	in   <-chan string // closed at the end of the input
	out  io.Writer
}

// greet uses the kept token, or gets one first.
func (p *program) greet(ctx context.Context) error {
	tok, err := p.file.load()
	if err == nil {
		if err = p.hello(ctx, tok); !errors.Is(err, provider.ErrTokenInvalid) {
			return err
		}
		fmt.Fprintln(p.out, "X does not accept the token from last time. Signing in again.")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if tok, err = p.signIn(ctx); err != nil {
		return err
	}
	if err = p.file.save(tok); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Your token is kept in %s; -forget revokes and removes it.\n", p.file)
	return p.hello(ctx, tok)
}

// hello makes a first call in the person's name. p.flow.Client is for all others.
func (p *program) hello(ctx context.Context, tok provider.Token) error {
	profile, err := p.flow.FetchProfile(ctx, tok)
	switch {
	case err == nil: // %q: what comes from X must not take over the terminal
		fmt.Fprintf(p.out, "Hello, %q (%q)!\n", profile.Name, "@"+profile.Username)
	case errors.Is(err, provider.ErrTokenInvalid) || ctx.Err() != nil:
		return err
	default: // the token has proved who it is; the profile depends on X and on the app's plan
		fmt.Fprintf(p.out, "Hello, %q! X would not tell more: %v\n", "@"+tok.Username, err)
	}
	return nil
}

// forget revokes first: when X cannot be asked, token and file stay.
func (p *program) forget(ctx context.Context) error {
	tok, err := p.file.load()
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no token to forget")
	}
	if err == nil {
		err = p.flow.Revoke(ctx, tok)
	}
	if err == nil || errors.Is(err, provider.ErrTokenInvalid) {
		err = os.Remove(string(p.file))
	}
	if err != nil {
		return fmt.Errorf("the token is not forgotten: %w", err)
	}
	fmt.Fprintln(p.out, "X accepts the token no more, and its file is removed.")
	return nil
}
