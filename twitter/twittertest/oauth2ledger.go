package twittertest

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// X's lifetimes. A refresh token's is not documented: here it has no end.
const (
	codeLifetime   = 30 * time.Second
	bearerLifetime = 2 * time.Hour

	// remembered is how long what is over can still be told from what never was.
	remembered = 24 * time.Hour
)

// approval is what a person has approved. All that comes of one approval has the
// same Root.
type approval struct {
	Root     string `json:"root"`
	PersonID string `json:"person_id"`
	Scope    string `json:"scope"`
}

// has reports whether the approval covers a scope.
func (a approval) has(scope string) bool { return slices.Contains(strings.Fields(a.Scope), scope) }

// authCode is an authorization code.
type authCode struct {
	approval

	RedirectURI string    `json:"redirect_uri"`
	Challenge   string    `json:"challenge"`
	Created     time.Time `json:"created"`
	Used        bool      `json:"used,omitempty"`
}

// bearer is an access token. A revoked one is deleted.
type bearer struct {
	approval

	Expires time.Time `json:"expires"`
}

// refresher is a refresh token. A revoked one is deleted.
type refresher struct {
	approval

	UsedAt time.Time `json:"used_at,omitzero"`
}

func (l *ledger) pruneOAuth2(now time.Time) {
	over := func(t time.Time) bool { return !t.IsZero() && now.Sub(t) > remembered }
	maps.DeleteFunc(l.Codes, func(_ string, c *authCode) bool { return over(c.Created) })
	maps.DeleteFunc(l.Bearers, func(_ string, b *bearer) bool { return over(b.Expires) })
	maps.DeleteFunc(l.Refreshers, func(_ string, r *refresher) bool { return over(r.UsedAt) })
}

// newCode issues a code for what a person has approved.
func (l *ledger) newCode(personID string, req authorization, now time.Time) string {
	code := newToken("ac", now)
	l.Codes[code] = &authCode{
		approval:    approval{Root: rand.Text(), PersonID: personID, Scope: req.scope},
		RedirectURI: req.redirectURI, Challenge: req.challenge, Created: now,
	}
	return code
}

// useCode returns the entry of a code that is still good, and makes it useless,
// or says why it is not good. It is useless whatever is wrong with the rest of
// the request: a code is for one attempt.
func (l *ledger) useCode(code string, now time.Time) (entry *authCode, reason string) {
	entry, found := l.Codes[code]
	switch {
	case !found:
		return nil, "the code is unknown"
	case entry.Used:
		return nil, "the code was used before"
	case now.Sub(entry.Created) > codeLifetime:
		return nil, "the code is too old"
	}
	entry.Used = true
	return entry, ""
}

// useRefresher is useCode for refresh tokens.
func (l *ledger) useRefresher(token string, now time.Time) (entry *refresher, reason string) {
	entry, found := l.Refreshers[token]
	switch {
	case !found:
		return nil, "the refresh token is unknown or revoked"
	case !entry.UsedAt.IsZero():
		return nil, "the refresh token was used before"
	}
	entry.UsedAt = now
	return entry, ""
}

// issue makes the tokens for an approval; refresh is "" without offline.access.
func (l *ledger) issue(a approval, now time.Time) (access, refresh string) {
	access = newToken("at", now)
	l.Bearers[access] = &bearer{approval: a, Expires: now.Add(bearerLifetime)}
	if a.has(scopeOffline) {
		refresh = newToken("rt", now)
		l.Refreshers[refresh] = &refresher{approval: a}
	}
	return access, refresh
}

// revoke kills a token: a refresh token with all that came of its approval, an
// access token alone (RFC 7009 section 2.1). An unknown one is dead already.
func (l *ledger) revoke(token string) {
	delete(l.Bearers, token)
	entry, found := l.Refreshers[token]
	if !found {
		return
	}
	maps.DeleteFunc(l.Bearers, func(_ string, b *bearer) bool { return b.Root == entry.Root })
	maps.DeleteFunc(l.Refreshers, func(_ string, r *refresher) bool { return r.Root == entry.Root })
}

// newToken looks like X's: base64url of something that ends in its kind.
func newToken(kind string, now time.Time) string {
	inner := rand.Text() + rand.Text()[:17] + ":" + strconv.FormatInt(now.UnixMilli(), 10) + ":1:0:" + kind + ":1"
	return base64.RawURLEncoding.EncodeToString([]byte(inner))
}

// wholeOAuth2 is whole for the OAuth 2.0 part.
func (l *ledger) wholeOAuth2() bool {
	return l.Codes != nil && l.Bearers != nil && l.Refreshers != nil &&
		!hasNil(l.Codes) && !hasNil(l.Bearers) && !hasNil(l.Refreshers)
}
