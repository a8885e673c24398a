package seal

import (
	"context"
	"errors"
	"fmt"
)

// call is one call of a KeyWrapper, on which several callers may wait.
type call struct {
	over <-chan struct{} // closed when its time is over
	done chan struct{}   // closed when key and err are set
	key  *dataKey
	err  error
}

// call starts do, or joins the call of that name that is under way. mu is held.
func (d *dataKeys) call(ctx context.Context, name string, do func(context.Context) (*dataKey, error)) *call {
	if c, running := d.calls[name]; running {
		return c
	}
	// It belongs to all who wait, and must not end with the first one's request.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.cfg.Timeout)
	c := &call{over: ctx.Done(), done: make(chan struct{}), err: errPanicked}
	d.calls[name] = c
	go func() {
		defer cancel()
		defer close(c.done)
		defer func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			delete(d.calls, name)
		}()
		// In the request's goroutine a panic would end the request; here it would
		// end the process. What it says is not repeated: it may be a key.
		defer func() { _ = recover() }()
		c.key, c.err = do(ctx)
	}()
	return c
}

var (
	errPanicked = fmt.Errorf("%w: the KeyWrapper panicked", ErrUnavailable)
	errTimeout  = errors.New("the KeyWrapper has not answered in time")
)

// wait returns when ctx or the call's time is over also if the KeyWrapper does
// not: then nobody calls it again until it does.
func (c *call) wait(ctx context.Context) (*dataKey, error) {
	select {
	case <-c.done:
		return c.key, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.over:
	}
	select {
	case <-c.done: // over because it is done
		return c.key, c.err
	default:
		return nil, unavailable(errTimeout)
	}
}
