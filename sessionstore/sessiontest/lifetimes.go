package sessiontest

import (
	"context"
	"errors"
	"time"
)

func lifetimeCases() []testCase {
	return []testCase{
		{
			name:   "found until the end",
			clause: "A value is found for the whole of its ttl, and not after it.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				err := b.put("key", []byte("value"), s.clock.ttl())
				s.clock.toJustBefore()
				before := b.has("key", []byte("value"))
				s.clock.pastEnd()
				return errors.Join(err, before, b.lacks("key"), b.takesNone("key"))
			},
		},
		{
			name:   "expiry does not rest with the browser",
			clause: "A value is not found after its ttl, whatever cookies the browser still sends.",
			check: func(ctx context.Context, s subject) error {
				b, other := s.browser(ctx), s.browser(ctx)
				b.hoards, other.hoards = true, true
				err := errors.Join(
					b.put("key", []byte("value"), s.clock.ttl()),
					other.put("key", []byte("value"), s.clock.ttl()),
					// Keeps what the store has for this browser alive.
					other.put("other", []byte("value"), long),
				)
				s.clock.toJustBefore()
				s.clock.pastEnd()
				return errors.Join(err, b.lacks("key"), b.takesNone("key"), other.lacks("key"), other.takesNone("key"))
			},
		},
		{
			name:   "put sets the ttl anew",
			clause: "The ttl of a value is that of the last Put, be it longer or shorter.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				b.hoards = true
				err := errors.Join(
					b.put("longer", []byte("1"), s.clock.ttl()),
					b.put("longer", []byte("2"), long),
					b.put("shorter", []byte("1"), long),
					b.put("shorter", []byte("2"), s.clock.ttl()),
				)
				s.clock.toJustBefore()
				before := b.has("shorter", []byte("2"))
				s.clock.pastEnd()
				return errors.Join(err, before, b.has("longer", []byte("2")), b.lacks("shorter"))
			},
		},
		{
			name:   "each value has its own ttl",
			clause: "A later Put of a shorter ttl does not end a value, nor does reading or putting another extend it.",
			check: func(ctx context.Context, s subject) error {
				one, two := s.browser(ctx), s.browser(ctx)
				err := errors.Join(
					one.put("long", []byte("value"), long),
					one.put("short", []byte("value"), s.clock.ttl()),
					two.put("short", []byte("value"), s.clock.ttl()),
				)
				s.clock.toJustBefore()
				before := errors.Join(
					two.has("short", []byte("value")),
					two.put("other", []byte("value"), long),
				)
				s.clock.pastEnd()
				time.Sleep(time.Second) // cookies count whole seconds
				return errors.Join(
					err,
					before,
					one.has("long", []byte("value")),
					two.lacks("short"),
					two.has("other", []byte("value")),
				)
			},
		},
	}
}
