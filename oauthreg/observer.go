package oauthreg

import (
	"context"
	"errors"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// Observer is told what happened, for metrics and traces. Its methods are called
// in the request's own goroutine, before it is answered, but for the refresh of a
// token, which several requests may wait for; and often at once: they must be
// safe for concurrent use and return soon. What they are told holds
// no secret; errors are for logs, not for labels.
//
// The context is the request's, so that a span made in it, beginning at Began,
// is a child of the request's. Only what goes on after its request has ended has
// a context without an end.
type Observer interface {
	// Stepped is called at the end of each step of a registration.
	Stepped(ctx context.Context, s Step)

	// Called is called at the end of each call of a Flow that talks to the
	// provider. One may take several HTTP requests.
	Called(ctx context.Context, c Call)
}

// StepName tells which step of a registration it was. The names are stable.
type StepName string

// The steps.
const (
	StepStart          StepName = "start"
	StepCallback       StepName = "callback"
	StepComplete       StepName = "complete"
	StepConnectPending StepName = "connect_pending"
	StepDisconnect     StepName = "disconnect"
)

// Step is one step of a registration.
type Step struct {
	// Name is which step it was.
	Name StepName
	// Provider is the name in [Config.Flows], or "" if it is not known.
	Provider string
	// Outcome is how it ended. It is "" if the step went well: a start that sent
	// the browser to the provider, and whatever is no start and no callback.
	Outcome Outcome
	// Err is the cause of a failure.
	Err error
	// Began is when the step began, Duration how long it took.
	Began    time.Time
	Duration time.Duration
}

// Call is one call of a Flow.
type Call struct {
	// Provider is the name in [Config.Flows].
	Provider string
	// Op is what was asked for.
	Op provider.Op
	// Outcome is "" if the provider gave it, else the outcome that the error
	// means, such as [Unavailable].
	Outcome Outcome
	// Status is the HTTP status of an answer that was a failure, 0 if there was
	// none.
	Status int
	// Err is the cause of a failure.
	Err error
	// Began is when the call began, Duration how long it took.
	Began    time.Time
	Duration time.Duration
}

// called tells the observer of a call that has just ended.
func (g *Registrar) called(ctx context.Context, name string, op provider.Op, began time.Time, err error) {
	if g.cfg.Observer == nil {
		return
	}
	c := Call{Provider: name, Op: op, Err: err, Began: began, Duration: time.Since(began)}
	if err != nil {
		c.Outcome = outcomeOf(err)
	}
	if e, ok := errors.AsType[*provider.Error](err); ok {
		if e.Op == provider.OpCallback {
			return // the callback itself was at fault, and nobody was called
		}
		c.Status = e.Status
	}
	g.cfg.Observer.Called(ctx, c)
}

// stepped tells the observer of a step that has just ended.
func (g *Registrar) stepped(ctx context.Context, s StepName, name string, began time.Time, o Outcome, err error) {
	if g.cfg.Observer == nil {
		return
	}
	g.cfg.Observer.Stepped(ctx, Step{Name: s, Provider: name, Outcome: o, Err: err, Began: began, Duration: time.Since(began)})
}

// ended is stepped for what returns an error to the app.
func (g *Registrar) ended(ctx context.Context, s StepName, name string, began time.Time, err error) {
	var o Outcome
	switch {
	case err == nil:
	case errors.Is(err, ErrNoPending):
		o = Expired
	case errors.Is(err, ErrSignInFirst):
		o = SignInFirst
	case errors.Is(err, tokenstore.ErrTaken):
		o = AccountInUse
	case errors.Is(err, ErrLastWayIn):
		o = Barred
	default:
		o = vetoed(err)
	}
	g.stepped(ctx, s, name, began, o, err)
}
