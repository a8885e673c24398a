package oauthreg

import (
	"sync"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// tradedFor is how long a refreshed token is kept that could not be stored.
const tradedFor = 24 * time.Hour

// traded keeps what tokens were traded for, where that could not be stored at the
// time: the refresh token in the stored one is used up. There is one for an
// identity at most.
type traded struct {
	mu   sync.Mutex
	kept map[tokenstore.Identity]trade
}

type trade struct {
	old, fresh provider.Token
	until      time.Time
}

func newTraded() *traded { return &traded{kept: make(map[tokenstore.Identity]trade)} }

// keep keeps fresh, which old was traded for, and forgets what is too old.
func (t *traded) keep(id tokenstore.Identity, old, fresh provider.Token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for other, kept := range t.kept {
		if now.After(kept.until) {
			delete(t.kept, other)
		}
	}
	t.kept[id] = trade{old, fresh, now.Add(tradedFor)}
}

// find returns what old was traded for.
func (t *traded) find(id tokenstore.Identity, old provider.Token) (fresh provider.Token, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, found := t.kept[id]
	if !found || !sameToken(kept.old, old) {
		return provider.Token{}, false
	}
	return kept.fresh, true
}

// take returns what is kept for an identity, and forgets it.
func (t *traded) take(id tokenstore.Identity) (fresh provider.Token, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, found := t.kept[id]
	delete(t.kept, id)
	return kept.fresh, found
}
