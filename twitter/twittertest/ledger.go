package twittertest

import (
	"crypto/rand"
	"maps"
	"math/big"
	"strconv"
	"time"
)

// requestTokenLifetime is the one figure ever reported; X documents none.
const requestTokenLifetime = 15 * time.Minute

// ledger is all that a server must remember to go on where it was. Its methods
// are called with Server.mu held. The JSON form is that of Config.StateFile.
type ledger struct {
	// Listen is the listener's address.
	Listen string `json:"listen"`

	RequestTokens map[string]*requestToken `json:"request_tokens"`
	AccessTokens  map[string]*accessToken  `json:"access_tokens"`

	// Nonces holds "timestamp nonce" with the timestamp, for forgetting it.
	Nonces map[string]int64 `json:"nonces"`

	// Those of OAuth 2.0, by code or token.
	Codes      map[string]*authCode  `json:"codes"`
	Bearers    map[string]*bearer    `json:"bearers"`
	Refreshers map[string]*refresher `json:"refreshers"`
}

// requestToken is a hand-shake under way.
type requestToken struct {
	Secret   string    `json:"secret"`
	Callback string    `json:"callback"`
	ReadOnly bool      `json:"read_only"`
	Created  time.Time `json:"created"`
	Stage    stage     `json:"stage"`
	PersonID string    `json:"person_id,omitempty"`
	Verifier string    `json:"verifier,omitempty"`
}

// stage is how far a request token has come. It only ever moves on.
type stage string

const (
	stageWaiting  stage = "waiting"
	stageApproved stage = "approved"
	stageOver     stage = "over" // declined or exchanged
)

// accessToken is a grant. A revoked one is deleted.
type accessToken struct {
	Secret   string `json:"secret"`
	PersonID string `json:"person_id"`
	ReadOnly bool   `json:"read_only"`
}

func newLedger() *ledger {
	return &ledger{
		RequestTokens: make(map[string]*requestToken),
		AccessTokens:  make(map[string]*accessToken),
		Nonces:        make(map[string]int64),
		Codes:         make(map[string]*authCode),
		Bearers:       make(map[string]*bearer),
		Refreshers:    make(map[string]*refresher),
	}
}

// prune forgets what can no longer matter. Request tokens stay for a while
// after their end, so that refusals can tell old from unknown.
func (l *ledger) prune(now time.Time) {
	maps.DeleteFunc(l.RequestTokens, func(_ string, t *requestToken) bool {
		return now.Sub(t.Created) > 2*requestTokenLifetime
	})
	oldest := now.Add(-timestampWindow).Unix() - 1
	maps.DeleteFunc(l.Nonces, func(_ string, stamp int64) bool { return stamp < oldest })
	l.pruneOAuth2(now)
}

// useNonce reports whether the nonce is new for its timestamp (RFC 5849
// section 3.3), and makes it old.
func (l *ledger) useNonce(stamp int64, nonce string) bool {
	key := strconv.FormatInt(stamp, 10) + " " + nonce
	if _, used := l.Nonces[key]; used {
		return false
	}
	l.Nonces[key] = stamp
	return true
}

// newRequestToken issues a request token and returns it with its entry.
func (l *ledger) newRequestToken(callback string, readOnly bool, now time.Time) (string, *requestToken) {
	token := "rt-" + rand.Text()
	entry := &requestToken{
		Secret: rand.Text() + rand.Text(), Callback: callback, ReadOnly: readOnly, Created: now, Stage: stageWaiting,
	}
	l.RequestTokens[token] = entry
	return token, entry
}

// requestToken returns the entry of a token that is in the given stage and
// young enough, or why there is none.
func (l *ledger) requestToken(token string, want stage, now time.Time) (entry *requestToken, reason string) {
	entry, found := l.RequestTokens[token]
	switch {
	case token == "":
		return nil, "there is no request token"
	case !found:
		return nil, "the request token is unknown"
	case now.Sub(entry.Created) > requestTokenLifetime:
		return nil, "the request token is too old"
	case entry.Stage == stageOver:
		return nil, "the request token was used or declined before"
	case entry.Stage != want && want == stageWaiting:
		return nil, "the request token was approved before"
	case entry.Stage != want:
		return nil, "the request token was not approved"
	}
	return entry, ""
}

// approve ends the person's part.
func (t *requestToken) approve(personID string) {
	t.Stage, t.PersonID, t.Verifier = stageApproved, personID, rand.Text()
	if t.Callback == outOfBand {
		t.Verifier = newPIN()
	}
}

// exchange turns an approved request token into an access token.
func (l *ledger) exchange(t *requestToken) (string, *accessToken) {
	t.Stage = stageOver
	// X's tokens begin with the account's ID.
	token := t.PersonID + "-" + rand.Text() + rand.Text()
	entry := &accessToken{Secret: rand.Text() + rand.Text(), PersonID: t.PersonID, ReadOnly: t.ReadOnly}
	l.AccessTokens[token] = entry
	return token, entry
}

// newPIN returns seven digits, which may begin with zeros.
func newPIN() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(10_000_000)) // never fails: crypto/rand ends the program instead
	digits := strconv.FormatInt(10_000_000+n.Int64(), 10)
	return digits[1:]
}
