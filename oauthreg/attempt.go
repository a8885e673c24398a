package oauthreg

import (
	"strconv"
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
	Outcome  Outcome
	Location string
}

// attemptID is the record's id for a handshake: what comes back in a callback
// leads to it, with the provider it must come back to.
func attemptID(providerName, handshakeID string) string {
	return recordID("attempt", providerName, handshakeID)
}

// ownCallback stands for the Registrar's own callback URL, which every handshake
// of the provider has. No URL begins with it.
const ownCallback = "\x01"

// encode returns the record. A settled attempt has its provider, when it started,
// its outcome and location; one that waits has the rest in their place.
// callbackURL is the Registrar's own for the provider.
func (a attempt) encode(callbackURL string) []byte {
	started := strconv.FormatInt(a.started.Unix(), 36)
	if a.ending != nil {
		return appendTexts(newRecord(settledAttempt, 128), a.provider, started, string(a.ending.Outcome), a.ending.Location)
	}
	hs := a.handshake
	if hs.CallbackURL == callbackURL {
		hs.CallbackURL = ownCallback
	}
	return appendTexts(newRecord(waitingAttempt, 256), a.provider, started, hs.ID, hs.Secret.Reveal(), hs.CallbackURL, a.next, a.connect)
}

// decodeAttempt reads what encode wrote.
func decodeAttempt(data []byte, callbackURL string) (attempt, error) {
	if len(data) == 0 {
		return attempt{}, errRecord
	}
	texts := splitTexts(make([]string, 0, 8), data[1:])
	if len(texts) < 2 {
		return attempt{}, errRecord
	}
	started, err := strconv.ParseInt(texts[1], 36, 64)
	if err != nil {
		return attempt{}, errRecord
	}
	switch a := (attempt{provider: texts[0], started: time.Unix(started, 0)}); {
	case data[0] == settledAttempt && len(texts) == 4:
		a.ending = &ending{Outcome: Outcome(texts[2]), Location: texts[3]}
		return a, nil
	case data[0] == waitingAttempt && len(texts) == 7:
		hs := provider.Handshake{ID: texts[2], Secret: provider.NewSecret(texts[3]), CallbackURL: texts[4]}
		if hs.CallbackURL == ownCallback {
			hs.CallbackURL = callbackURL
		}
		a.handshake, a.next, a.connect = hs, texts[5], texts[6]
		return a, nil
	}
	return attempt{}, errRecord
}
