package oauthreg

import (
	"errors"
	"net/http"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// maxStartBody bounds the form of a start: it holds "next" and little else.
const maxStartBody = 16 << 10

// serveStart begins an attempt. Only a POST from the app's own pages does: a
// start by GET, or by the page of another site, would let an attacker choose
// who signs up where (CVE-2015-9284), since a provider that remembers its
// approval answers without asking.
func (g *Registrar) serveStart(w http.ResponseWriter, r *http.Request, name string) {
	if _, ok := g.cfg.Flows[name]; !ok {
		g.answer(w, r, g.fail("", UnknownProvider, nil))
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		g.startPage(w, r, name)
	case http.MethodPost:
		began := time.Now()
		res := g.start(w, r, name)
		g.stepped(r.Context(), StepStart, name, began, res.Outcome, res.Err)
		if res.Outcome != "" {
			g.answer(w, r, res)
			return
		}
		private(w)
		if negotiated(w, r) {
			g.answerJSON(w, r, res)
			return
		}
		redirect(w, res.Location)
	default:
		g.methodNotAllowed(w, r, "GET, HEAD, POST")
	}
}

// start returns where at the provider the browser goes, with no outcome, or how
// the start ended instead.
func (g *Registrar) start(w http.ResponseWriter, r *http.Request, name string) Result {
	if err := g.origins.Check(r); err != nil {
		return g.fail(name, CrossOrigin, err)
	}
	if !readForm(w, r, maxStartBody) {
		return g.fail(name, Malformed, errors.New("oauthreg: the form of the start cannot be read: a browser's form is expected, not JSON, of at most 16 KiB"))
	}
	if res := g.limit(w, r, name); res.Outcome != "" {
		return res
	}
	connect, res := g.connectingUser(r, name)
	if res.Outcome != "" {
		return res
	}
	began := time.Now()
	authURL, hs, err := g.cfg.Flows[name].AuthURL(r.Context(), provider.AuthRequest{CallbackURL: g.CallbackURL(name)})
	if err == nil && (authURL == "" || hs.ID == "") {
		err = &provider.Error{Provider: name, Op: provider.OpRequestToken, Kind: provider.ErrProtocol, Reason: "the flow returned no URL or no handshake"}
	}
	g.called(r.Context(), name, provider.OpRequestToken, began, err)
	// "next" and "intent" alone are taken from the request, and checked here, once.
	next := g.next(r.Form.Get("next"))
	if err != nil {
		return g.connecting(connect, next, g.fail(name, outcomeOf(err), err))
	}
	a := attempt{provider: name, handshake: hs, next: next, connect: connect, started: time.Now()}
	if err := g.keepAttempt(w, r, a); err != nil {
		return g.connecting(connect, next, g.fail(name, Internal, err))
	}
	return Result{Provider: name, Location: authURL, Status: http.StatusSeeOther, Connecting: connect != ""}
}

// limit asks the app whether this start may cost what a start costs: a call of
// the provider, and a record in the session store.
func (g *Registrar) limit(w http.ResponseWriter, r *http.Request, name string) Result {
	if g.cfg.Limit == nil {
		return Result{}
	}
	wait, err := g.cfg.Limit(r, name)
	switch {
	case err != nil:
		return g.fail(name, Internal, err)
	case wait <= 0:
		return Result{}
	}
	setRetryAfter(w, wait)
	res := g.fail(name, TooMany, nil)
	res.retryAfter = wait
	return res
}

// keepAttempt keeps a for this browser, and lets the oldest go.
func (g *Registrar) keepAttempt(w http.ResponseWriter, r *http.Request, a attempt) error {
	waiting := g.binding.slots(r, attemptKind)
	for len(waiting) >= maxAttempts {
		oldest := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if err := g.binding.drop(w, r, oldest); err != nil {
			return err
		}
	}
	s := g.binding.newSlot(attemptKind, attemptID(a.provider, a.handshake.ID))
	err := g.putAttempt(w, r, s, a, g.cfg.AttemptTTL)
	if errors.Is(err, sessionstore.ErrTooLarge) && a.next != g.cfg.DefaultNext {
		// Where to go next must not keep anybody from signing up.
		g.log.Warn("oauthreg: the session store has no room for next", "provider", a.provider, "bytes", len(a.next))
		a.next = g.cfg.DefaultNext
		err = g.putAttempt(w, r, s, a, g.cfg.AttemptTTL)
	}
	return err
}

// putAttempt writes a for ttl. The cookie stays four times as long as the record, to
// tell an attempt that came too late from one that never was.
func (g *Registrar) putAttempt(w http.ResponseWriter, r *http.Request, s slot, a attempt, ttl time.Duration) error {
	return g.binding.put(w, r, s, a.encode(g.CallbackURL(a.provider)), ttl, 4*g.cfg.AttemptTTL)
}
