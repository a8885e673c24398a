package oauthreg_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
)

// hangingBackend answers a Put only when its context is done, while it hangs.
type hangingBackend struct {
	*backend

	hangs atomic.Bool
	puts  atomic.Int32
}

func (b *hangingBackend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	b.puts.Add(1)
	if b.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return b.backend.Put(ctx, key, value, ttl)
}

// While the provider takes its time the others are told that somebody trades. A
// store that hangs at that keeps nobody waiting, and when the provider has
// answered nothing is told any more.
func TestTheBeatStopsWithTheExchange(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		hangs bool
		takes time.Duration
	}{
		{"at once", false, 0},
		{"before the first beat", false, time.Second},
		{"at a beat", false, 2 * time.Second},
		{"after some", false, 9 * time.Second},
		{"in a beat that hangs", true, 3 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				shared := &hangingBackend{backend: newBackend()}
				sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: shared, BaseURL: site})
				require.NoError(t, err)
				a := newApp(t, sessions)
				b := a.browser()
				callback := a.approved(b, ada, "")
				a.flow.onExchange = func(context.Context) error {
					shared.hangs.Store(row.hangs)
					time.Sleep(row.takes)
					return nil
				}
				a.flow.editToken = func(*provider.Token) { shared.hangs.Store(false) }
				began := time.Now()
				assert.Equal(t, "/signup", b.get(callback).location)
				assert.Equal(t, row.takes, time.Since(began))
				puts := shared.puts.Load()
				time.Sleep(time.Minute)
				synctest.Wait()
				assert.Equal(t, puts, shared.puts.Load(), "nobody goes on")
			})
		})
	}
}
