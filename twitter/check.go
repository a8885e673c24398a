package twitter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/oauthreg/go/provider"
)

// Check asks X for a request token with callbackURL, which is to be the one that
// sign-ups use ("oob" for [Flow.StartPIN]), and throws the token away. It is for
// a command or a test that is run after the settings changed, not for every
// start of an app: X counts it like the start of a sign-up, and an app should
// come up while X is down.
//
// If X gave the token, it knows the keys and the callback URL, the clock is
// right enough, and nothing on the way changes requests. unchecked then lists, in
// sentences, what only a real sign-up shows, such as whether the app may see
// people's e-mail addresses.
//
// Otherwise err is a [*provider.Error] with a Hint that tells the developer what
// to change: also where X could not be reached, because of a name, a
// certificate, a proxy or a firewall. [provider.ErrRefused] needs a change,
// [provider.ErrRateLimited] (with RetryAt, if X said so) and
// [provider.ErrUnavailable] may pass. The errors of ctx come as they are.
// No text holds a secret; the Hint may name callbackURL and a proxy's host.
//
// There is no such check for an [OAuth2Flow]: X looks at its client ID, callback
// URL and scopes on the page for the person only, and at its secret only
// together with a code.
func (f *Flow) Check(ctx context.Context, callbackURL string) (unchecked []string, err error) {
	if _, _, err = f.flow.AuthURL(ctx, provider.AuthRequest{CallbackURL: callbackURL}); err == nil {
		return f.cfg.unchecked(callbackURL), nil
	}
	if e, ok := errors.AsType[*provider.Error](err); ok && e.Hint == "" {
		hinted := *e
		hinted.Hint = f.cfg.lastHint(ctx, e, callbackURL)
		return nil, &hinted
	}
	return nil, err
}

// unchecked is what a request token says nothing about.
func (c *Config) unchecked(callbackURL string) []string {
	list := []string{"Whether the person gets through X's own pages."}
	switch {
	case c.ParseProfile != nil && c.Profile != TokenAnswer:
		list = append(list, "Whether the profile can be had, and read by Config.ParseProfile.")
	case c.Profile == VerifyCredentials:
		list = append(list, "Whether the app's plan includes the profile, from v1.1 account/verify_credentials.")
	case c.Profile == UsersMe:
		list = append(list, "Whether the app's plan includes the profile, from v2 users/me, and all of Config.UserFields.",
			"Whether there are credits to pay for the profile: without any, X answers it with HTTP 402.")
	}
	if c.Profile != TokenAnswer {
		list = append(list, `Whether the app may see e-mail addresses: "Request email from users" is seen in a profile only.`)
	}
	if c.AccessType != ReadOnly {
		list = append(list, "Whether the app may post: X says so only when it does.")
	}
	if callbackURL != outOfBand {
		list = append(list, "Whether a browser reaches the callback URL, and the app answers there.")
	}
	return list
}

// lastHint is for an error that says nothing yet of what to do.
func (c *Config) lastHint(ctx context.Context, e *provider.Error, callbackURL string) string {
	switch {
	case callbackURL == "":
		return `give Check the callback URL that sign-ups use, or "oob" for the PIN flow`
	case errors.Is(e, provider.ErrRateLimited):
		if e.RetryAt.IsZero() {
			return "too many sign-ups were begun with these keys; try again in 15 minutes, or tomorrow"
		}
		return "too many sign-ups were begun with these keys; try again at " + e.RetryAt.UTC().Format("15:04:05 UTC on 2 January")
	case errors.Is(e, provider.ErrProtocol):
		return fmt.Sprintf("something else than X's API answers at %s; check Config.BaseURL, and for a proxy or a log-in page "+
			"of the network on the way", c.BaseURL)
	case e.Status == 0:
		return c.unreachableHint(ctx, e)
	case e.Status >= http.StatusInternalServerError:
		return "X, or something on the way to it, is out of order; " + laterHint
	}
	return "X does not say why; look at the app in the X console, and check Config.BaseURL"
}

// unreachableHint tells what kept the request from X.
func (c *Config) unreachableHint(ctx context.Context, e *provider.Error) string {
	hint := cmp.Or(transportHint(e), fmt.Sprintf("check that this machine reaches %s: name server, firewall, proxy", c.BaseURL))
	if c.Timeout > 0 && c.Timeout < time.Second {
		hint += "; Config.Timeout is very short"
	}
	if proxy := c.proxy(ctx); proxy != "" {
		hint += "; requests go through the proxy " + proxy
	}
	return hint
}

// proxy is the host of the proxy that requests to X go through, or "". Its URL
// may hold a password.
func (c *Config) proxy(ctx context.Context) string {
	transport, ok := c.HTTPClient.Transport.(*http.Transport)
	if !ok || transport.Proxy == nil {
		return ""
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.BaseURL, nil)
	if err != nil {
		return ""
	}
	proxy, err := transport.Proxy(req)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}
