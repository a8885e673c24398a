package oauthreg_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/sessionstore"
)

// troubledPlaces are the stores that an app depends on.
var troubledPlaces = map[string]func(t *testing.T, o *operations) *app{
	"cookie": func(t *testing.T, o *operations) *app {
		return newApp(t, &troubledStore{Store: newCookieStore(t), operations: o})
	},
	"backend": func(t *testing.T, o *operations) *app {
		sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: troubledBackend{newBackend(), o}, BaseURL: site})
		require.NoError(t, err)
		return newApp(t, sessions)
	},
	"accounts": func(t *testing.T, o *operations) *app {
		return newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Accounts = troubledAccounts{cfg.Accounts, o} })
	},
}

// Every trouble with every operation on every store, at every step of a
// sign-up and of a return.
func TestTroubleWithEveryOperationOfAStore(t *testing.T) {
	t.Parallel()
	for place, open := range troubledPlaces {
		for _, trouble := range storeTroubles {
			t.Run(place+" "+trouble.name, func(t *testing.T) {
				t.Parallel()
				hits := 0
				for _, known := range []bool{false, true} {
					steps := 4
					if known {
						steps = 2
					}
					for step := range steps {
						for skip, hit := 0, true; hit; skip++ {
							require.Less(t, skip, 50, "it does not end")
							synctest.Test(t, func(t *testing.T) {
								o := &operations{}
								j := &journey{app: open(t, o), o: o, trouble: trouble, place: place}
								j.name = fmt.Sprintf("known %v, step %d, operation %d", known, step, skip)
								hit = j.fails(t, known, step, skip)
							})
							if hit {
								hits++
							}
						}
					}
				}
				assert.NotZero(t, hits)
			})
		}
	}
}

// journey is one person's way, with trouble at one step.
type journey struct {
	*app

	name     string
	place    string
	o        *operations
	trouble  storeTrouble
	b        *browser
	callback string
}

// step is one request. There is none after the callback of who is known.
func (j *journey) step(n int, edit func(*http.Request)) page {
	switch n {
	case 0:
		p := j.b.post("/auth/fake/start", nil, edit)
		if strings.HasPrefix(p.location, "https://fake.example/") {
			j.callback = "/auth/fake/callback?" + j.flow.approve(p.location, ada)
		}
		return p
	case 1:
		return j.b.get(j.callback, edit)
	case 2:
		return j.b.get("/signup", edit)
	}
	return j.b.post("/signup", nil, edit)
}

func same(*http.Request) {}

// fails goes the way up to step, has trouble there after skip operations, and
// goes on when it is over. It reports whether there was any.
func (j *journey) fails(t *testing.T, known bool, step, skip int) bool {
	owner := ""
	if known {
		owner = j.signUp(ada)
	}
	users := j.userCount()
	j.b = j.browser()
	for n := range step {
		j.step(n, same)
	}
	exchanges := j.flow.count().exchange
	ctx, leave := context.WithTimeout(t.Context(), time.Second)
	defer leave()
	j.o.arm(&j.trouble, skip, leave)
	began := time.Now()
	p := j.step(step, withContext(ctx))
	took := time.Since(began)
	hit := j.o.end()

	// What the person sees is clear, and nothing is half done.
	assert.LessOrEqual(t, took, 10*time.Second, j.name)
	assert.LessOrEqual(t, j.flow.count().exchange, exchanges+1, j.name)
	linked := j.owner(ada)
	if known {
		assert.Equal(t, owner, linked, "%s: an account got lost", j.name)
	}
	unwritten := j.place == "accounts" && j.trouble.lie && j.trouble.ops == "put"
	if user := j.b.user(); user != "" && !unwritten {
		assert.Equal(t, linked, user, "%s: signed in without an account", j.name)
	}
	switch {
	case p.status == http.StatusSeeOther && strings.Contains(p.location, "error="):
		assert.Empty(t, j.b.user(), j.name)
		assert.Contains(t, []oauthreg.Outcome{oauthreg.Internal, oauthreg.Expired, oauthreg.Unavailable}, j.last().Outcome, j.name)
		if j.last().Outcome == oauthreg.Internal {
			assert.NotEmpty(t, j.logs.lines(slog.LevelError), j.name)
		}
	case step > 1:
		assert.Contains(t, []int{http.StatusOK, http.StatusSeeOther, http.StatusConflict, http.StatusInternalServerError}, p.status, j.name)
		assert.Equal(t, step == 3 && p.status == http.StatusSeeOther, j.b.user() != "", j.name)
	default:
		assert.Equal(t, http.StatusSeeOther, p.status, j.name)
	}

	// A reload, or a new start, leads to the end.
	for n := step; j.b.user() == "" && n < 4; n++ {
		again := j.step(n, same)
		if honest := !j.trouble.late && !j.trouble.lie && !j.trouble.swap; honest && n == step {
			assert.NotContains(t, again.location, "error=", "%s: what failed can be repeated", j.name)
		}
	}
	for n := 0; j.b.user() == "" && n < 4; n++ {
		j.step(n, same)
	}
	if unwritten && j.b.user() != "" {
		return hit // nobody can know
	}
	require.NotEmpty(t, j.b.user(), j.name)
	require.Equal(t, j.owner(ada), j.b.user(), j.name)
	if known {
		assert.Equal(t, owner, j.b.user(), j.name)
		assert.Equal(t, users, j.userCount(), j.name)
	}
	return hit
}
