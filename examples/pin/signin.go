package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/oauthreg/go/provider"
)

// maxTries is for one link. X does not say whether a wrong PIN uses it up.
const maxTries = 3

// signIn shows links and asks for PINs until one of them is right. Nobody says so
// when the person declines at X: then there is no PIN, and it is the person who
// stops.
func (p *program) signIn(ctx context.Context) (provider.Token, error) {
	for {
		authURL, hs, err := p.flow.StartPIN(ctx)
		if err != nil {
			return provider.Token{}, err
		}
		fmt.Fprintf(p.out, "\nOpen this link, approve, and type in the PIN that X shows (Ctrl-C stops):\n\n  %s\n\n", authURL)
		tok, err := p.askForPIN(ctx, hs)
		if !errors.Is(err, provider.ErrExpired) && !errors.Is(err, provider.ErrMismatch) {
			return tok, err // also of nil
		}
		fmt.Fprintln(p.out, "That link cannot be used any more. Here is another one.")
	}
}

// askForPIN is for one link.
func (p *program) askForPIN(ctx context.Context, hs provider.Handshake) (provider.Token, error) {
	for tries := 0; ; {
		fmt.Fprint(p.out, "PIN: ")
		line, err := p.line(ctx)
		if err != nil {
			return provider.Token{}, err
		}
		tok, err := p.flow.FinishPIN(ctx, hs, line)
		e, _ := errors.AsType[*provider.Error](err)
		if !errors.Is(err, provider.ErrMismatch) {
			return tok, err
		}
		if e.Status != 0 { // otherwise X was not asked
			if tries++; tries == maxTries {
				return tok, err
			}
		}
		fmt.Fprintf(p.out, "Sorry, %s.\n", e.Reason)
	}
}

// line waits for the person, or for Ctrl-C.
func (p *program) line(ctx context.Context) (string, error) {
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line, open := <-p.in:
		if !open && ctx.Err() == nil {
			return "", errors.New("the input ended before there was a PIN; nothing is kept")
		}
		return line, ctx.Err()
	}
}

// readLines has a goroutine, because a read from a terminal cannot be called off.
func readLines(ctx context.Context, r io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}
