package sessionstore

import (
	"context"
	"hash/maphash"
)

// stripes are locks by key, of which there are as many as are useful at once
// and not as many as there are keys. Two keys can share one, which costs time
// and nothing else.
type stripes struct {
	seed  maphash.Seed
	locks [256]chan struct{}
}

func newStripes() stripes {
	s := stripes{seed: maphash.MakeSeed()}
	for i := range s.locks {
		s.locks[i] = make(chan struct{}, 1)
	}
	return s
}

// lock waits for key, and not longer than ctx.
func (s *stripes) lock(ctx context.Context, key string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock := s.locks[maphash.String(s.seed, key)%uint64(len(s.locks))]
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// detached calls f, which does not look at ctx, and does not wait for it longer
// than ctx.
func detached(ctx context.Context, f func() ([]byte, bool, error)) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	type outcome struct {
		value    []byte
		found    bool
		err      error
		panicked any
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() { done <- o }()
		// A panic in a goroutine ends the process; in a handler, the request.
		defer func() { o.panicked = recover() }()
		o.value, o.found, o.err = f()
	}()
	select {
	case o := <-done:
		if o.panicked != nil {
			panic(o.panicked)
		}
		return o.value, o.found, o.err
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
}
