package oauthreg

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/oauthreg/go/provider"
)

// maxAttempts is how many attempts of one browser are kept, waiting and
// settled: one a tab, and the oldest goes.
const maxAttempts = 10

// attempt is one trip to the provider and back. Once settled, it holds where
// it ended in place of the handshake.
type attempt struct {
	provider  string
	handshake provider.Handshake
	next      string
	connect   string // the user who started, if the identity is to become theirs
	started   time.Time
	ending    *ending
}

// ending is how the callback ended, for the next time it comes.
type ending struct {
	Outcome  Outcome `json:"o"`
	Location string  `json:"l"`
}

type attemptWire struct {
	Version   int             `json:"v"`
	Provider  string          `json:"p"`
	Handshake json.RawMessage `json:"h,omitempty"`
	Next      string          `json:"n,omitempty"`
	Connect   string          `json:"c,omitempty"`
	Started   int64           `json:"t"`
	Ending    *ending         `json:"e,omitempty"`
}

const recordVersion = 1

// attemptID is the record's id for a handshake: what comes back in a callback
// leads to it, with the provider it must come back to.
func attemptID(providerName, handshakeID string) string {
	return recordID("attempt", providerName, handshakeID)
}

func (a attempt) encode() ([]byte, error) {
	w := attemptWire{Version: recordVersion, Provider: a.provider, Next: a.next, Connect: a.connect, Started: a.started.Unix(), Ending: a.ending}
	if a.ending == nil {
		hs, err := provider.EncodeHandshake(a.handshake)
		if err != nil {
			return nil, err
		}
		w.Handshake = hs
	}
	return json.Marshal(w)
}

var errRecord = errors.New("oauthreg: a record of the session store is not in the form this version writes")

func decodeAttempt(data []byte) (attempt, error) {
	var w attemptWire
	if json.Unmarshal(data, &w) != nil || w.Version != recordVersion {
		return attempt{}, errRecord
	}
	a := attempt{provider: w.Provider, next: w.Next, connect: w.Connect, started: time.Unix(w.Started, 0), ending: w.Ending}
	if w.Ending != nil {
		return a, nil
	}
	var err error
	a.handshake, err = provider.DecodeHandshake(w.Handshake)
	return a, err
}
