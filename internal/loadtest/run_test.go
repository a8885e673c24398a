package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
)

func small(sessions string) settings {
	return settings{people: 12, instances: 3, duration: 3 * time.Second, kill: 500 * time.Millisecond, sessions: sessions, seed: 1}
}

// No test of this file is parallel: goroutines and memory are the whole
// process's.
func TestAllIsWell(t *testing.T) {
	for _, sessions := range []string{inMemory, inCookie} {
		t.Run(sessions, func(t *testing.T) {
			var out strings.Builder
			r, err := run(t.Context(), small(sessions), sabotage{}, io.Discard)
			require.NoError(t, err)
			r.write(&out)
			assert.False(t, r.failed(), out.String())
			assert.Positive(t, r.world.kills.Load())
			assert.Positive(t, r.world.signUps.Load())
			for _, text := range []string{"sign-ups", "P99", "GOROUTINES", "Nothing is lost", "callback, "} {
				assert.Contains(t, out.String(), text)
			}
			_, _ = elements(t, r.svg())
		})
	}
}

func TestEndsEarly(t *testing.T) {
	s := small(inMemory)
	s.duration = time.Hour
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	r, err := run(ctx, s, sabotage{}, io.Discard)
	require.NoError(t, err)
	assert.False(t, r.failed())
}

// An app that is wrong in one way is found to be wrong in that way.
func TestWrongAppIsFound(t *testing.T) {
	for _, row := range []struct {
		name  string
		wrong func() sabotage
		want  []kind // any of these and nothing else
	}{
		{"a link in fifty is lost", func() sabotage {
			return sabotage{accounts: func(s tokenstore.Store) tokenstore.Store { return &lossyAccounts{Store: s} }}
		}, []kind{lost}},
		{"an identity can have two users", func() sabotage {
			return sabotage{accounts: func(s tokenstore.Store) tokenstore.Store { return &greedyAccounts{Store: s} }}
		}, []kind{doubled}},
		{"one account page in fifty is somebody else's", func() sabotage {
			return sabotage{handler: (&pageCache{}).wrap}
		}, []kind{mixedUp}},
		{"a callback is remembered by its URL", func() sabotage {
			return sabotage{handler: (&callbackCache{byURL: map[string]string{}}).wrap}
		}, []kind{revived}},
		{"a page in two hundred is 500", func() sabotage {
			return sabotage{handler: brokenNowAndThen()}
		}, []kind{unexpected}},
		// The library does not hand out what was not sealed for this browser.
		// Whoever loses a record starts again, or believes to be registered.
		{"the session backend swaps values", func() sabotage {
			return sabotage{backend: func(b sessionstore.Backend) sessionstore.Backend { return &swappingBackend{Backend: b} }}
		}, []kind{unexpected, lost}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := small(inMemory)
			s.kill, s.duration, s.failFast = 0, 30*time.Second, true
			r, err := run(t.Context(), s, row.wrong(), io.Discard)
			require.NoError(t, err)
			require.True(t, r.failed())
			faults, counts := r.world.ledger.found()
			assert.NotEmpty(t, counts)
			for k := range counts {
				assert.Contains(t, row.want, k, faults)
			}
			assert.Empty(t, r.complaints)
			var out strings.Builder
			r.write(&out)
			assert.Contains(t, out.String(), "to repeat it")
		})
	}
}

func TestGoroutineThatStaysIsFound(t *testing.T) {
	r := &report{world: &world{}}
	r.memory.before.goroutines, r.memory.settled.goroutines = 5, 5+spareGoroutines+1
	r.judgeMemory()
	assert.True(t, r.failed())
}

func TestHeapThatGrowsIsFound(t *testing.T) {
	for _, row := range []struct {
		name    string
		elapsed time.Duration
		end     uint64
		fails   bool
	}{
		{"a long run within the bound", time.Hour, 20*mebi + 5*mebi + heapSpare, false},
		{"a long run beyond", time.Hour, 20*mebi + 5*mebi + heapSpare + 1, true},
		{"a short run may keep each visit", time.Minute, 20*mebi + 5*mebi + heapSpare + 1000*heapPerVisit, false},
		{"a short run beyond", time.Minute, 20*mebi + 5*mebi + heapSpare + 1000*heapPerVisit + 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &report{world: &world{}, elapsed: row.elapsed, visitsAtMiddle: 1000, visitsAtEnd: 2000}
			r.memory.middle.heap, r.memory.end.heap = 20*mebi, row.end
			r.judgeMemory()
			assert.Equal(t, row.fails, r.failed())
		})
	}
}

// lossyAccounts loses one in fifty accounts when its owner comes back.
type lossyAccounts struct {
	tokenstore.Store

	returns atomic.Int64
}

func (s *lossyAccounts) Link(ctx context.Context, a tokenstore.Account) error {
	old, found, err := s.Find(ctx, a.Identity)
	if err != nil {
		return err
	}
	comesBack := found && old.UserID == a.UserID && old.Token.Access.Reveal() != a.Token.Access.Reveal()
	if comesBack && s.returns.Add(1)%50 == 0 {
		return s.Unlink(ctx, a.UserID, a.Identity)
	}
	return s.Store.Link(ctx, a)
}

// greedyAccounts gives an identity to whoever asks last.
type greedyAccounts struct {
	tokenstore.Store

	mu sync.Mutex
}

func (s *greedyAccounts) Link(ctx context.Context, a tokenstore.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, found, err := s.Find(ctx, a.Identity); err == nil && found && old.UserID != a.UserID {
		if err := s.Unlink(ctx, old.UserID, a.Identity); err != nil {
			return err
		}
	}
	return s.Store.Link(ctx, a)
}

// pageCache answers for one account page in fifty with one of somebody else, the
// latest there is.
type pageCache struct {
	mu   sync.Mutex
	n    int
	last []byte
}

var subjectOnPage = regexp.MustCompile(`name="subject" value="[^"]*"`)

func (c *pageCache) wrap(_ *users, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != accountPath {
			next.ServeHTTP(w, r)
			return
		}
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		body := recorded.Body.Bytes()
		if recorded.Code == http.StatusOK {
			c.mu.Lock()
			// An earlier page of the same person may be of a user they have removed,
			// which would be another fault.
			if own := subjectOnPage.Find(body); c.n >= 50 && !bytes.Contains(c.last, own) {
				body, c.n = c.last, 0
			} else {
				c.last = body
				c.n++
			}
			c.mu.Unlock()
		}
		answerLike(w, recorded, body)
	})
}

// answerLike sends what was recorded, with another body.
func answerLike(w http.ResponseWriter, recorded *httptest.ResponseRecorder, body []byte) {
	maps.Copy(w.Header(), recorded.Header())
	w.WriteHeader(recorded.Code)
	_, _ = w.Write(body)
}

// callbackCache signs in whoever opens a callback that has signed in somebody.
type callbackCache struct {
	mu    sync.Mutex
	byURL map[string]string // to user ID
}

func (c *callbackCache) wrap(us *users, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/callback") {
			next.ServeHTTP(w, r)
			return
		}
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		c.mu.Lock()
		userID, before := c.byURL[r.URL.String()]
		for _, cookie := range recorded.Result().Cookies() {
			if u, ok := us.current(cookie.Value); ok {
				c.byURL[r.URL.String()] = u.id
			}
		}
		c.mu.Unlock()
		if session, err := us.open(userID); before && err == nil {
			http.SetCookie(recorded, &http.Cookie{Name: sessionCookie, Value: session, Path: "/"})
		}
		answerLike(w, recorded, recorded.Body.Bytes())
	})
}

func brokenNowAndThen() func(*users, http.Handler) http.Handler {
	var n atomic.Int64
	return func(_ *users, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1)%200 == 0 {
				http.Error(w, "out of order", http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// swappingBackend answers one Get in fifty with what the Get before it found.
type swappingBackend struct {
	sessionstore.Backend

	mu   sync.Mutex
	n    int
	last []byte
}

func (b *swappingBackend) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, found, err := b.Backend.Get(ctx, key)
	if err != nil || !found {
		return value, found, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n++; b.n%50 == 0 {
		value, b.last = b.last, value
		return value, true, nil
	}
	b.last = value
	return value, true, nil
}
