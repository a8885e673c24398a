package sessiontest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
)

func takeCases() []testCase {
	return []testCase{
		{
			name:   "taken is gone",
			clause: "Take returns the value and removes it, and nothing else.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				return errors.Join(
					b.put("key", []byte("value"), long),
					b.put("other", []byte("stays"), long),
					b.takes("key", []byte("value")),
					b.lacks("key"),
					b.takesNone("key"),
					b.has("other", []byte("stays")),
				)
			},
		},
		{
			name:   "put after take",
			clause: "What was taken can be put again, in a later request or in the same.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				return errors.Join(
					b.put("key", []byte("1"), long),
					b.takes("key", []byte("1")),
					b.put("key", []byte("2"), long),
					b.has("key", []byte("2")),
					b.visit(func(w http.ResponseWriter, r *http.Request) error {
						value, found, err := s.store.Take(w, r, "key")
						return errors.Join(
							wants("Take", "key", []byte("2"), value, found, err),
							s.store.Put(w, r, "key", []byte("3"), long),
						)
					}),
					b.takes("key", []byte("3")),
					b.lacks("key"),
				)
			},
		},
		{
			name:   "take after put",
			clause: "What one response puts and then takes is gone in the next request.",
			check: func(ctx context.Context, s subject) error {
				fresh, used := s.browser(ctx), s.browser(ctx)
				putAndTake := func(w http.ResponseWriter, r *http.Request) error {
					err := s.store.Put(w, r, "key", []byte("value"), long)
					// Whether this Take sees the Put is up to the store.
					_, _, takeErr := s.store.Take(w, r, "key")
					return errors.Join(err, takeErr)
				}
				return errors.Join(
					fresh.visit(putAndTake),
					fresh.lacks("key"),
					used.put("key", []byte("before"), long),
					used.visit(putAndTake),
					used.lacks("key"),
				)
			},
		},
		{
			name:        "one winner",
			clause:      "Of several concurrent Takes of one value, one finds it.",
			serverState: true,
			check: func(ctx context.Context, s subject) error {
				for range 20 {
					b := s.browser(ctx)
					if err := b.put("key", []byte("value"), long); err != nil {
						return err
					}
					var winners atomic.Int32
					if err := concurrently(16, func(int) error {
						_, found, err := b.with(b.cookies()).take("key")
						if found {
							winners.Add(1)
						}
						return err
					}); err != nil {
						return err
					}
					if n := winners.Load(); n != 1 {
						return fmt.Errorf("%d of 16 concurrent Takes found the value", n)
					}
				}
				return nil
			},
		},
		{
			name:        "a copied cookie does not bring it back",
			clause:      "What was taken is gone also for a copy of the browser's cookies made before.",
			serverState: true,
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				err := b.put("key", []byte("value"), long)
				copied := b.with(b.cookies())
				return errors.Join(
					err,
					b.takes("key", []byte("value")),
					copied.lacks("key"),
					copied.takesNone("key"),
				)
			},
		},
	}
}
