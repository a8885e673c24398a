package sessiontest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
)

func loadCases() []testCase {
	return []testCase{
		{
			name: "many values",
			clause: "A full store makes room by letting go of the oldest values: the newest is always found, " +
				"and the browser's cookies stay within what proxies and browsers take.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				const n = 100
				key := func(i int) string { return fmt.Sprintf("key/%d", i) }
				value := func(i int) []byte { return fmt.Appendf(bytes.Repeat([]byte("v"), 200), "%d", i) }
				for i := range n {
					if err := errors.Join(b.put(key(i), value(i), long), b.has(key(i), value(i))); err != nil {
						return err
					}
					if size := len("Cookie: ") + len(b.cookieHeader()); size > maxHeaderLine {
						return fmt.Errorf("after %d values the browser sends a Cookie header of %d bytes", i+1, size)
					}
					s.clock.tick()
				}
				kept := false
				for i := range n {
					got, found, err := b.get(key(i))
					if err != nil {
						return err
					}
					if kept && !found {
						return fmt.Errorf("value %d is gone, but an older one is there", i)
					}
					if found && !bytes.Equal(got, value(i)) {
						return fmt.Errorf("value %d is %s", i, excerpt(got))
					}
					kept = kept || found
				}
				return nil
			},
		},
		{
			name:   "concurrent tabs",
			clause: "All methods are safe for concurrent use, for one browser.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				if err := b.put("first", []byte("value"), long); err != nil {
					return err
				}
				key := func(i int) string { return fmt.Sprintf("key/%d", i) }
				value := func(i int) []byte { return fmt.Appendf(nil, "value %d", i) }
				return errors.Join(
					concurrently(16, func(i int) error { return b.put(key(i), value(i), long) }),
					concurrently(16, func(i int) error { return b.has(key(i), value(i)) }),
					concurrently(16, func(i int) error { return b.takes(key(i), value(i)) }),
					concurrently(16, func(i int) error { return b.lacks(key(i)) }),
					b.has("first", []byte("value")),
				)
			},
		},
		{
			name:   "concurrent browsers",
			clause: "All methods are safe for concurrent use, for many browsers.",
			check: func(ctx context.Context, s subject) error {
				var browsers []*browser
				for range 16 {
					browsers = append(browsers, s.browser(ctx))
				}
				value := func(i int) []byte { return fmt.Appendf(nil, "value %d", i) }
				return errors.Join(
					concurrently(16, func(i int) error { return browsers[i].put("key", value(i), long) }),
					concurrently(16, func(i int) error { return browsers[i].has("key", value(i)) }),
					concurrently(16, func(i int) error { return browsers[i].takes("key", value(i)) }),
					concurrently(16, func(i int) error { return browsers[i].lacks("key") }),
				)
			},
		},
	}
}

// concurrently calls f with 0 to n-1, all at the same time, and joins what
// they return.
func concurrently(n int, f func(i int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	group.Wait()
	return errors.Join(errs...)
}
