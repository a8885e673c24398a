package oauthreg

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

const (
	maxCallbackQuery = 8 << 10
	maxCallbackValue = 2 << 10
	// takeTimeout bounds the taking of an attempt, exchangeTimeout an exchange,
	// whatever session store and Flow do.
	takeTimeout     = 5 * time.Second
	exchangeTimeout = 30 * time.Second
)

// serveCallback ends an attempt. HEAD is refused too: whoever only looks must
// not use it up.
func (g *Registrar) serveCallback(w http.ResponseWriter, r *http.Request, name string) {
	if _, ok := g.cfg.Flows[name]; !ok {
		g.answer(w, r, g.fail("", UnknownProvider, nil))
		return
	}
	if r.Method != http.MethodGet {
		g.methodNotAllowed(w, r, "GET")
		return
	}
	began := time.Now()
	res := g.callback(w, r, name)
	g.stepped(r.Context(), StepCallback, name, began, res.Outcome, res.Err)
	g.answer(w, r, res)
}

// callback finds the attempt that r answers, has its verifier traded, and
// returns how it ended.
func (g *Registrar) callback(w http.ResponseWriter, r *http.Request, name string) Result {
	query, err := callbackQuery(r)
	if err != nil {
		return g.fail(name, Malformed, err)
	}
	if len(query) == 0 {
		return g.fail(name, NotStarted, nil)
	}
	s, a, found, err := g.findAttempt(r, name, query)
	switch {
	case err != nil:
		return g.fail(name, Internal, err)
	case s.id == "":
		return g.fail(name, Mismatch, errNoAttempt)
	case found && a.ending != nil && s.settled && a.ending.Location == "":
		return g.fail(name, a.ending.Outcome, nil) // it was a page
	case found && a.ending != nil && s.settled:
		return Result{Outcome: Replayed, Provider: name, Location: a.ending.Location, Status: http.StatusSeeOther}
	case s.settled:
		return g.fail(name, Expired, errTooLate)
	}
	// The browser has no answer yet. Either it is the first to ask, or another
	// request of its own was, and the answer to that one was or will be lost.
	var x *exchange
	switch {
	case found && a.ending == nil:
		x = g.exchange(w, r, name, s, a, query)
	case !g.relay.alone():
		x = g.join(r, s)
	default:
		var ok bool
		if x, ok = g.exchanges.find(s.key); !ok {
			return g.fail(name, Expired, errTooLate)
		}
	}
	if err := x.wait(r.Context()); err != nil {
		return g.fail(name, Unavailable, err)
	}
	return g.connecting(x.attempt.connect, x.attempt.next, g.finish(w, r, name, s, x))
}

var (
	errNoAttempt = errors.New("oauthreg: no attempt of this browser has the callback's token")
	errNotTaken  = errors.New("oauthreg: the attempt could not be used up")
	errTooLate   = errors.New("oauthreg: the attempt has expired or was used up")
	errTaken     = errors.New("oauthreg: the attempt was used up, by another instance perhaps, and what it got is not to be had")
)

// callbackQuery parses the query and refuses what no provider sends, before
// anything else looks at it.
func callbackQuery(r *http.Request) (url.Values, error) {
	if len(r.URL.RawQuery) > maxCallbackQuery {
		return nil, errors.New("oauthreg: the callback's query is too long")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, errors.New("oauthreg: the callback's query cannot be read")
	}
	for name, values := range query {
		switch {
		case len(values) != 1:
			return nil, errors.New("oauthreg: a parameter of the callback comes more than once")
		case len(name) > maxCallbackValue || len(values[0]) > maxCallbackValue:
			return nil, errors.New("oauthreg: a parameter of the callback is too long")
		case !utf8.ValidString(name) || !utf8.ValidString(values[0]):
			return nil, errors.New("oauthreg: a parameter of the callback is not UTF-8")
		}
	}
	return query, nil
}

// findAttempt returns this browser's attempt whose handshake ID is the value of
// one of the parameters. Which of them carries it is for the Flow to say: it
// checks again. The slot is zero if there is none; found tells whether its
// record is still there.
func (g *Registrar) findAttempt(r *http.Request, name string, query url.Values) (s slot, a attempt, found bool, err error) {
	ids := make([]string, 0, len(query))
	for _, values := range query {
		ids = append(ids, attemptID(name, values[0]))
	}
	// Each slot is asked for once, however many parameters have its value: a request
	// may bring thousands of both.
	for _, candidate := range g.binding.slots(r, attemptKind) {
		if !slices.Contains(ids, candidate.id) {
			continue
		}
		data, ok, err := g.binding.get(r, candidate)
		if err != nil {
			return s, a, false, err
		}
		if s.id == "" {
			s = candidate
		}
		if !ok {
			continue
		}
		a, err := decodeAttempt(data, g.CallbackURL(name))
		if err != nil {
			// Written by another version: as good as expired.
			g.log.Warn("oauthreg: an attempt cannot be read", "provider", name, "error", err)
			continue
		}
		if a.provider == name {
			return candidate, a, true, nil
		}
	}
	return s, a, false, nil
}

// exchange trades the verifier in query, or joins the request that does, here
// or at another instance. The attempt is used up first. The caller's going away
// stops neither: the attempt or the verifier would be lost, to a second click
// that waits too.
func (g *Registrar) exchange(w http.ResponseWriter, r *http.Request, name string, s slot, a attempt, query url.Values) *exchange {
	x, leader := g.exchanges.begin(s.key, a)
	if !leader {
		return x
	}
	adopted := false
	defer func() { // also after a panic of the store or the Flow
		if !adopted {
			g.exchanges.finish(x)
		}
	}()
	won, err := g.useUp(w, r, s)
	switch {
	case err != nil:
		x.err = fmt.Errorf("%w: %w", errNotTaken, err)
		g.exchanges.drop(x) // the next may do better
		return x
	case !won && !g.relay.alone():
		adopted = true
		g.adopt(r.Context(), s, x)
		return x
	case won:
		g.trade(w, r, name, s, x, query)
	default:
		x.err = errTaken
	}
	if x.open() {
		g.exchanges.drop(x)
	}
	return x
}

// useUp takes the attempt, and reports whether this instance got it. The others
// know before that somebody will have.
func (g *Registrar) useUp(w http.ResponseWriter, r *http.Request, s slot) (won bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), takeTimeout)
	defer cancel()
	r = r.WithContext(ctx)
	if !g.relay.alone() {
		if err := g.relay.announce(r.Context(), s); err != nil {
			return false, err
		}
	}
	data, found, err := g.binding.take(w, r, s)
	if err != nil || !found {
		return false, err
	}
	// Another instance may have finished since this one looked, and left how it
	// ended in the attempt's place. That is written anew when this one has.
	taken, err := decodeAttempt(data, "")
	return err == nil && taken.ending == nil, nil
}

// trade asks the provider, and tells the other instances.
func (g *Registrar) trade(w http.ResponseWriter, r *http.Request, name string, s slot, x *exchange, query url.Values) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), exchangeTimeout)
	defer cancel()
	stop := func() {}
	if !g.relay.alone() {
		stop = g.announceOn(ctx, s)
	}
	began := time.Now()
	x.token, x.err = g.cfg.Flows[name].HandleCallback(ctx, x.attempt.handshake, query)
	stop()
	g.called(ctx, name, provider.OpAccessToken, began, x.err)
	if x.err == nil && x.token.IsZero() {
		x.err = &provider.Error{Provider: name, Op: provider.OpAccessToken, Kind: provider.ErrProtocol, Reason: "the flow returned no token"}
	}
	if errors.Is(x.err, provider.ErrMismatch) {
		// The flow found the callback lacking before any call: the real one may
		// still come. The attempt is back before anybody is let go on.
		if left := g.cfg.AttemptTTL - time.Since(x.attempt.started); left > 0 {
			x.err = errors.Join(x.err, g.putAttempt(w, r.WithContext(ctx), s, x.attempt, left))
		}
	}
	if !g.relay.alone() {
		g.tell(r.Context(), name, s, x)
	}
}
