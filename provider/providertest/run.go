package providertest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/oauthreg/go/provider"
)

// Config says what to test and how.
type Config struct {
	_ [0]func()

	// New returns a Flow and a stand-in for its provider. Required. It is called
	// once for each case, inside the case's bubble if it has one (see RealTime).
	// The Flow must send all its requests with client, or with a client that has
	// client's Transport. Clean up with t.Cleanup.
	New func(t *testing.T, client *http.Client) Provider

	// RealTime runs the cases by the clock of the machine. Set it for a provider
	// that is reached over the network (Provider.Handler is nil). Otherwise all
	// cases but those about many calls at once run in a bubble of package
	// testing/synctest, where waiting costs nothing; only there is it checked
	// that calls are bounded in time.
	RealTime bool
}

// Provider is a Flow with what stands on the other side of it.
type Provider struct {
	_ [0]func()

	// Flow is the one under test. Required.
	Flow provider.Flow

	// Handler is the provider. It gets the requests that the Flow sends to any
	// host, in the process, under the scheme and host that the Flow called. If
	// nil, they go over the network, which needs Config.RealTime; they must stay
	// on loopback.
	Handler http.Handler

	// CallbackURL is one that the provider accepts for the app. Required.
	CallbackURL string

	// Approve does what a person who approves, the browser and the provider's
	// page do: it opens authURL and returns the URL that the provider sends the
	// browser back to. Required. It is called concurrently. It must not send its
	// requests with the client given to New: they would count as the Flow's.
	Approve func(ctx context.Context, authURL string) (callbackURL string, err error)

	// Deny is Approve for a person who declines. If nil, the provider has no way
	// to decline, or sends nobody back who does.
	Deny func(ctx context.Context, authURL string) (callbackURL string, err error)

	// Subject is the provider's ID of the person who approves. Required.
	Subject string

	// Secrets are the app's: keys, client secrets. They are looked for where the
	// Flow must not show them.
	Secrets []string

	// Twin is a second Flow made of the same configuration, which stands for
	// another process of the app. If nil, it is not checked that an attempt can
	// be finished by another process than the one that began it.
	Twin provider.Flow
}

// check returns what is missing in p.
func (p *Provider) check(realTime bool) error {
	var errs []error
	for _, field := range []struct {
		missing bool
		reason  string
	}{
		{p.Flow == nil, "Provider.Flow is required"},
		{p.Handler == nil && !realTime, "Provider.Handler is required, or Config.RealTime for a provider on the network"},
		{p.CallbackURL == "", "Provider.CallbackURL is required"},
		{p.Approve == nil, "Provider.Approve is required"},
		{p.Subject == "", "Provider.Subject is required"},
	} {
		if field.missing {
			errs = append(errs, errors.New("providertest: "+field.reason))
		}
	}
	return errors.Join(errs...)
}

// Run runs the suite. It calls t.Run for each case and returns when all are
// done.
func Run(t *testing.T, cfg Config) {
	t.Helper()
	if cfg.New == nil {
		t.Fatal("providertest: Config.New is required")
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			err := c.run(t, cfg)
			// Not AsType: a reason beside a failure does not excuse it.
			if reason, ok := err.(skipped); ok {
				t.Skip(reason)
			}
			if err != nil {
				t.Errorf("%v\nclause: %s", err, c.clause)
			}
		})
	}
}

// testCase is one clause of the contract. The check returns what it found
// instead of failing a test, so that the suite can be tested.
type testCase struct {
	name, clause string
	// crowded says that it runs in real time in any case: goroutines that wait
	// for a mutex, as a Flow may well have them do, keep a bubble's time from
	// going on.
	crowded bool
	check   func(ctx context.Context, s *subject) error
}

// run makes a subject and checks it, in a bubble of its own unless the case
// runs in real time.
func (c testCase) run(t *testing.T, cfg Config) (err error) {
	stranger := newStranger(t) // outside the bubble: its goroutines wait for the network
	realTime := cfg.RealTime || c.crowded
	body := func(t *testing.T) {
		w := newWire(t, stranger)
		p := cfg.New(t, &http.Client{Transport: w})
		if err = p.check(cfg.RealTime); err != nil {
			return
		}
		w.handler = p.Handler
		err = c.check(t.Context(), &subject{Provider: p, wire: w, realTime: realTime})
	}
	if realTime {
		body(t)
		return err
	}
	// The bubble lies inside the subtest, since t.Run in a bubble panics.
	synctest.Test(t, body)
	return err
}

// skipped is why a clause cannot be checked on a subject.
type skipped string

func (s skipped) Error() string { return string(s) }

func cases() []testCase {
	return slices.Concat(startCases(), tokenCases(), mismatchCases(), deniedCases(), profileCases(), identityCases(),
		contextCases(), outageCases(), boundCases(), errorCases(), printCases(), parallelCases(),
		clientCases(), revokeCases(), refreshCases(), refreshingCases())
}
