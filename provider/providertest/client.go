package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/oauthreg/go/provider"
)

func clientCases() []testCase {
	return []testCase{
		{
			name:   "client",
			clause: "The client of a Clienter authorizes each request with the token.",
			check: func(ctx context.Context, s *subject) error {
				client, c, err := s.client(ctx)
				if err != nil {
					return err
				}
				return errors.Join(s.call(ctx, client, c), s.call(ctx, client, c))
			},
		},
		{
			name:   "client without a token",
			clause: "A Clienter has no client for the zero Token: ErrTokenInvalid, found without a call.",
			check: func(ctx context.Context, s *subject) error {
				clienter, ok := s.Flow.(provider.Clienter)
				if !ok {
					return errNoClienter
				}
				before := s.wire.count()
				client, err := clienter.Client(ctx, provider.Token{})
				if err != nil && client != nil {
					return errors.New("there is a client beside the error of Client")
				}
				return errors.Join(
					wantKind("Client without a token", err, provider.ErrTokenInvalid),
					s.quiet("Client without a token", before),
				)
			},
		},
		{
			name:   "client and strangers",
			clause: "The client of a Clienter sends to the provider's hosts only, and not in the clear.",
			check: func(ctx context.Context, s *subject) error {
				client, c, err := s.client(ctx)
				if client == nil {
					return err
				}
				requests, err := strangeRequests(ctx, c.url, s.wire.stranger.url)
				if err != nil {
					return err
				}
				var errs []error
				for what, req := range requests {
					before, strange := s.wire.count(), s.wire.strange()
					if status, err := send(client, req); err == nil {
						errs = append(errs, fmt.Errorf("a request to %s: status %d, want an error", what, status))
					}
					if s.wire.count() != before || s.wire.strange() != strange {
						errs = append(errs, fmt.Errorf("a request to %s was sent", what))
					}
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "client and redirects",
			clause: "The client of a Clienter does not follow redirects: the answer is the redirect.",
			check: func(ctx context.Context, s *subject) error {
				client, c, err := s.client(ctx)
				if client == nil {
					return err
				}
				req, err := repeat(ctx, c)
				if err != nil {
					return err
				}
				s.wire.breakWith(redirect(http.StatusFound))
				before := s.wire.count()
				status, err := send(client, req)
				if err != nil {
					return fmt.Errorf("a request that is redirected: %w", err)
				}
				if status != http.StatusFound {
					return fmt.Errorf("a request that is redirected: status %d", status)
				}
				if n := s.wire.count() - before; n != 1 {
					return fmt.Errorf("a request that is redirected: %d calls, want 1", n)
				}
				return nil
			},
		},
	}
}

const errNoClienter = skipped("the Flow is no provider.Clienter")

// client returns a client of the Flow with a call that it can make. If
// FetchProfile makes none, the call is one that the Flow made, and the error
// says so.
func (s *subject) client(ctx context.Context) (*http.Client, call, error) {
	clienter, ok := s.Flow.(provider.Clienter)
	if !ok {
		return nil, call{}, errNoClienter
	}
	tok, err := s.token(ctx)
	if err != nil {
		return nil, call{}, err
	}
	made := s.wire.since(0)
	if len(made) == 0 {
		return nil, call{}, errors.New("the client given to Config.New saw no request")
	}
	_, calls, err := s.profile(ctx, tok)
	if err != nil {
		return nil, call{}, err
	}
	client, err := clienter.Client(ctx, tok)
	if err != nil {
		return nil, call{}, fmt.Errorf("calling Client: %w", err)
	}
	c, err := s.apiCall(calls)
	if err != nil {
		return client, made[len(made)-1], err
	}
	return client, c, nil
}

// repeat makes the request of c anew, without what authorized it.
func repeat(ctx context.Context, c call) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header = c.header.Clone()
	req.Header.Del("Authorization")
	return req, nil
}

// call makes the request of c with client and demands success.
func (s *subject) call(ctx context.Context, client *http.Client, c call) error {
	req, err := repeat(ctx, c)
	if err != nil {
		return err
	}
	status, err := send(client, req)
	if err != nil {
		return fmt.Errorf("the call for the profile, by the client: %w", err)
	}
	if status != http.StatusOK {
		return fmt.Errorf("the call for the profile, by the client: status %d", status)
	}
	return nil
}

// send returns the status of the answer.
func send(client *http.Client, req *http.Request) (int, error) {
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, errors.Join(err, res.Body.Close())
}

// strangeRequests are to be refused by a client that may call api.
func strangeRequests(ctx context.Context, api *url.URL, stranger string) (map[string]*http.Request, error) {
	targets := map[string]string{
		"another server":                stranger,
		"another host":                  "https://" + strangeHost + "/",
		"the API's host as a user name": "https://api@" + strangeHost + "/",
	}
	if host := api.Hostname(); !strings.Contains(host, ":") {
		targets["a host that begins like the API's"] = "https://" + host + "." + strangeHost + "/"
		targets["a host that ends like the API's"] = "https://" + strangeHost + "-" + host + "/"
	}
	if api.Scheme == "https" {
		inClear := *api
		inClear.Scheme = "http"
		targets["the API, in the clear"] = inClear.String()
	}
	requests := make(map[string]*http.Request, len(targets)+1)
	for what, target := range targets {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return nil, err
		}
		requests[what] = req
	}
	posed, err := http.NewRequestWithContext(ctx, http.MethodGet, stranger, nil)
	if err != nil {
		return nil, err
	}
	posed.Host = api.Host
	requests["another server, with the API's name in Host"] = posed
	for _, req := range requests {
		// Where it is sent past the wire, no goroutine of a bubble must be left
		// waiting on an idle connection.
		req.Close = true
	}
	return requests, nil
}
