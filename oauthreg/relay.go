package oauthreg

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/oauthreg/go/provider"
)

// relay is how the instances of one app share what an exchange got: of several
// callbacks for one attempt that reach several instances, one trades the
// verifier, and the others end like it. It needs a backend that all of them
// see: with a vault that is zero this instance is alone.
//
// There are two parts. The announcement says that some instance is trading;
// anybody may write it, before taking the attempt, and the one who took it goes
// on to write it anew, so that it falls silent when that one is killed. The
// result is written by the one who took the attempt.
type relay struct{ vault vault }

// alone reports whether there is nobody to share with.
func (y relay) alone() bool { return y.vault.backend == nil }

const (
	relayAnnouncement = "announcement"
	relayResult       = "result"

	// relayPoll is how often an instance looks for the result of another.
	relayPoll = 50 * time.Millisecond
	// relayBeat is how often the announcement is made anew, and relaySilence how
	// long it may stay as it is before its instance counts as dead.
	relayBeat    = 2 * time.Second
	relaySilence = 7 * time.Second
	// relayGrace is for what comes after an exchange: telling of it.
	relayGrace = 5 * time.Second
)

// relayed is what the exchange of another instance got.
type relayed struct {
	attempt attempt
	token   provider.Token
	outcome Outcome // of a failure, else ""
}

// relayedError is an exchange that failed at another instance, which has
// logged why.
type relayedError struct{ outcome Outcome }

func (e *relayedError) Error() string {
	return "oauthreg: the exchange at another instance ended with " + string(e.outcome)
}

// announce tells the others that an exchange for s is about to begin. What it
// writes is another each time.
func (y relay) announce(ctx context.Context, s slot) error {
	return y.vault.put(ctx, s, relayAnnouncement, appendTexts(newRecord(announcementRecord, 32), rand.Text()), 2*relaySilence)
}

// announceOn announces s again and again until the function it returns is called.
func (g *Registrar) announceOn(ctx context.Context, s slot) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var announcing sync.Mutex // locked while it does
	var beat *time.Timer
	announcing.Lock()
	beat = time.AfterFunc(relayBeat, func() { // most exchanges end before
		announcing.Lock()
		defer announcing.Unlock()
		if ctx.Err() == nil {
			g.guard("the announcing of an exchange", func() { _ = g.relay.announce(ctx, s) }) // the next one may work
			beat.Reset(relayBeat)
		}
	})
	announcing.Unlock()
	return func() {
		cancel()
		announcing.Lock() // not while one is under way, which may set the timer anew
		defer announcing.Unlock()
		beat.Stop()
	}
}

// publish tells the others how x ended.
func (y relay) publish(ctx context.Context, s slot, x *exchange) error {
	a, outcome := x.attempt, Outcome("")
	if x.err != nil {
		outcome = outcomeOf(x.err)
	}
	data := appendTexts(newRecord(resultRecord, 512), a.provider, a.next, a.connect, strconv.FormatInt(a.started.Unix(), 36), string(outcome))
	return y.vault.put(ctx, s, relayResult, appendToken(data, &x.token), exchangeWindow)
}

// await returns the result of the exchange for s at another instance, once it
// is there. It is not found if nobody is trading, or who did has fallen silent.
func (y relay) await(ctx context.Context, s slot) (res relayed, found bool, err error) {
	heard, beat := time.Now(), ""
	for {
		res, found, err := y.result(ctx, s)
		if err != nil || found {
			return res, found, err
		}
		announced, found, err := y.get(ctx, s, relayAnnouncement, announcementRecord)
		if !found {
			return relayed{}, false, err
		}
		// No clock is compared but this one.
		if announced[0] != beat {
			heard, beat = time.Now(), announced[0]
		}
		if time.Since(heard) > relaySilence {
			return relayed{}, false, nil
		}
		select {
		case <-ctx.Done():
			return relayed{}, false, ctx.Err()
		case <-time.After(relayPoll):
		}
	}
}

// drop forgets both parts.
func (y relay) drop(ctx context.Context, s slot) error {
	if y.alone() {
		return nil
	}
	_, _, err := y.vault.take(ctx, s, relayResult)
	_, _, err2 := y.vault.take(ctx, s, relayAnnouncement)
	return errors.Join(err, err2)
}

// result returns what publish wrote.
func (y relay) result(ctx context.Context, s slot) (res relayed, found bool, err error) {
	texts, found, err := y.get(ctx, s, relayResult, resultRecord)
	if !found {
		return relayed{}, false, err
	}
	if len(texts) < 5 {
		return relayed{}, false, errRecord
	}
	started, err := strconv.ParseInt(texts[3], 36, 64)
	if err != nil {
		return relayed{}, false, errRecord
	}
	res.attempt = attempt{provider: texts[0], next: texts[1], connect: texts[2], started: time.Unix(started, 0)}
	res.outcome = Outcome(texts[4])
	if !isToken(texts[5:]) {
		return relayed{}, false, errRecord
	}
	res.token = tokenOf(texts[5:])
	return res, true, nil
}

// get returns the texts of a part, and what comes from another version as not
// found. Nothing is found where there is an error.
func (y relay) get(ctx context.Context, s slot, part string, version byte) (texts []string, found bool, err error) {
	data, _, err := y.vault.get(ctx, s, part)
	if len(data) == 0 || data[0] != version { // nothing has no version
		return nil, false, err
	}
	texts = splitTexts(nil, data[1:])
	return texts, len(texts) > 0, nil
}

// join returns the exchange of s that another instance does or has done, or
// one that ended in errTooLate.
func (g *Registrar) join(r *http.Request, s slot) *exchange {
	x, leader := g.exchanges.begin(s.key, attempt{})
	if !leader {
		return x
	}
	g.adopt(r.Context(), s, x)
	return x
}

// adopt has x filled with what another instance got. It does not wait for it:
// who asked may go away, and others wait for x too.
func (g *Registrar) adopt(ctx context.Context, s slot, x *exchange) {
	go func() {
		defer g.exchanges.finish(x)
		g.guard("the waiting for another instance", func() { g.fill(ctx, s, x) })
		if x.open() {
			g.exchanges.drop(x)
		}
	}()
}

func (g *Registrar) fill(ctx context.Context, s slot, x *exchange) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeTimeout+relayGrace)
	defer cancel()
	res, found, err := g.relay.await(ctx, s)
	switch {
	case err != nil:
		x.err = errors.Join(errRelay, err)
	case !found:
		x.err = errTaken
	case res.outcome != "":
		x.attempt, x.err = res.attempt, &relayedError{res.outcome}
	default:
		x.attempt, x.token, x.err = res.attempt, res.token, nil
	}
}

// tell publishes how x ended, after a last look: if the store let two instances
// take the attempt, the provider refused one of them, and the other's success
// is what both end with.
func (g *Registrar) tell(ctx context.Context, name string, s slot, x *exchange) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), relayGrace)
	defer cancel()
	if errors.Is(x.err, provider.ErrMismatch) {
		if err := g.relay.drop(ctx, s); err != nil {
			g.log.Warn("oauthreg: the other instances were not told that an attempt goes on", "provider", name, "error", err)
		}
		return
	}
	if x.err != nil {
		if res, found, err := g.relay.result(ctx, s); err == nil && found && res.outcome == "" {
			x.token, x.err = res.token, nil
			return
		}
	}
	if err := g.relay.publish(ctx, s, x); err != nil {
		g.log.Warn("oauthreg: the other instances were not told how an exchange ended", "provider", name, "error", err)
	}
}

var errRelay = errors.New("oauthreg: what another instance got cannot be read")
