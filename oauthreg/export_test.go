package oauthreg

import (
	"context"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// RecordedAttempt is an attempt as a test sees it.
type RecordedAttempt struct {
	Provider, Next, Connect string
	Handshake               provider.Handshake
	Started                 time.Time
	Ending                  *RecordedEnding
}

// RecordedEnding is how an attempt ended.
type RecordedEnding struct {
	Outcome  Outcome
	Location string
}

// EncodeAttempt writes the record of an attempt.
func EncodeAttempt(a RecordedAttempt, callbackURL string) []byte {
	own := attempt{provider: a.Provider, handshake: a.Handshake, next: a.Next, connect: a.Connect, started: a.Started}
	if a.Ending != nil {
		own.ending = &ending{a.Ending.Outcome, a.Ending.Location}
	}
	return own.encode(callbackURL)
}

// DecodeAttempt reads one.
func DecodeAttempt(data []byte, callbackURL string) (RecordedAttempt, error) {
	own, err := decodeAttempt(data, callbackURL)
	a := RecordedAttempt{Provider: own.provider, Handshake: own.handshake, Next: own.next, Connect: own.connect, Started: own.started}
	if own.ending != nil {
		a.Ending = &RecordedEnding{own.ending.Outcome, own.ending.Location}
	}
	return a, err
}

// NewPending returns one with what the callback puts into it.
func NewPending(p Pending, tok provider.Token, owner string) Pending {
	p.withheld, p.owner = func() withheld { return withheld{token: tok} }, owner
	return p
}

// RecordedPending is a pending sign-up that can be compared.
type RecordedPending struct {
	Pending Pending
	Token   provider.Token
}

// Recorded returns all of p but what it was read from.
func Recorded(p *Pending) RecordedPending {
	shown := *p
	shown.withheld = nil
	return RecordedPending{shown, p.unveil().token}
}

// EncodePending writes the record of a pending sign-up.
func EncodePending(p Pending) ([]byte, error) { return p.encode() }

// DecodePending reads one.
func DecodePending(data []byte) (*Pending, error) { return decodePending(slot{}, data) }

// EncodeToken writes a token at the end of a record that has nothing else.
func EncodeToken(tok provider.Token) []byte { return appendToken(nil, &tok) }

// DecodeToken reads it.
func DecodeToken(data []byte) (provider.Token, error) {
	if texts := splitTexts(nil, data); isToken(texts) {
		return tokenOf(texts), nil
	}
	return provider.Token{}, errRecord
}

// Relayed writes record where another instance tells how an exchange ended, and
// reads it from there.
func Relayed(ctx context.Context, b sessionstore.Backend, record []byte) (found bool, err error) {
	y, s := relay{vault{backend: b, plain: true}}, slot{key: "k", binder: "b"}
	if err := y.vault.put(ctx, s, relayResult, record, time.Minute); err != nil {
		return false, err
	}
	_, found, err = y.result(ctx, s)
	return found, err
}

// Waiting is how many refreshed tokens wait to be stored.
func Waiting(g *Registrar) int {
	g.traded.mu.Lock()
	defer g.traded.mu.Unlock()
	return len(g.traded.kept)
}

// AttemptIDIn is what an attempt's cookie of that name has for an ID.
func AttemptIDIn(secure bool, name string) (id string, ok bool) {
	return (&binding{secure: secure}).idIn(attemptKind, name)
}
