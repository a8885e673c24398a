package sessiontest

import (
	"errors"
	"fmt"
	"time"
)

// expiryGrace is by how much a backend may keep a value for too long: some
// count in whole seconds, and round up.
const expiryGrace = 2 * time.Second

// backendClock has the times of the cases about expiry. What is found is
// judged by the time that has passed, so that a slow machine does no harm.
type backendClock struct{ real bool }

// ttl is not a whole number of seconds: a backend that rounds down loses values
// early.
func (c backendClock) ttl() time.Duration {
	if c.real {
		return 1900 * time.Millisecond
	}
	return 10*time.Minute + 900*time.Millisecond
}

// toJustBefore sleeps until shortly before the end of ttl.
func (c backendClock) toJustBefore(start time.Time) {
	if c.real {
		time.Sleep(time.Until(start.Add(1400 * time.Millisecond)))
		return
	}
	time.Sleep(time.Until(start.Add(c.ttl() - time.Millisecond)))
}

// pause lets others in between. It is short, so that it ends while they are at
// work.
func (c backendClock) pause() { time.Sleep(300 * time.Microsecond) }

// stillHas wants Get to find value if the ttl that began at start has not ended
// by the time it has answered.
func (s *backendSubject) stillHas(name string, value []byte, start time.Time, ttl time.Duration) error {
	err := s.has(name, value)
	if age := time.Since(start); age < ttl {
		if err != nil {
			return fmt.Errorf("%v after a Put with a ttl of %v: %w", age, ttl, err)
		}
	}
	return nil
}

func backendExpiryCases() []backendCase {
	return []backendCase{
		{
			name:   "found until the end",
			clause: "Get finds a value for the whole of its ttl, and at most two seconds longer.",
			check: func(s *backendSubject) error {
				start, ttl := time.Now(), s.clock.ttl()
				err := s.put("key", []byte("value"), ttl)
				ends := time.Now().Add(ttl + expiryGrace)
				s.clock.toJustBefore(start)
				err = errors.Join(err, s.stillHas("key", []byte("value"), start, ttl))
				time.Sleep(time.Until(ends))
				return errors.Join(err, s.lacks("key"))
			},
		},
		{
			name:   "taken until the end",
			clause: "Take finds a value for the whole of its ttl, and at most two seconds longer.",
			check: func(s *backendSubject) error {
				start, ttl := time.Now(), s.clock.ttl()
				err := errors.Join(
					s.put("in time", []byte("value"), ttl),
					s.put("too late", []byte("value"), ttl),
				)
				ends := time.Now().Add(ttl + expiryGrace)
				s.clock.toJustBefore(start)
				if taken := s.takes("in time", []byte("value")); time.Since(start) < ttl {
					err = errors.Join(err, taken)
				}
				time.Sleep(time.Until(ends))
				// No Get comes first: some look at the time there alone.
				return errors.Join(err, s.takesNone("too late"))
			},
		},
		{
			name:   "put sets the ttl anew",
			clause: "The ttl of a value is that of the last Put, be it longer or shorter, and of no other value.",
			check: func(s *backendSubject) error {
				start, ttl := time.Now(), s.clock.ttl()
				err := errors.Join(
					s.put("longer", []byte("1"), ttl),
					s.put("longer", []byte("2"), long),
					s.put("shorter", []byte("1"), long),
					s.put("shorter", []byte("2"), ttl),
					s.put("other", []byte("value"), long),
				)
				ends := time.Now().Add(ttl + expiryGrace)
				s.clock.toJustBefore(start)
				err = errors.Join(err, s.stillHas("shorter", []byte("2"), start, ttl))
				time.Sleep(time.Until(ends))
				return errors.Join(err, s.has("longer", []byte("2")), s.lacks("shorter"), s.has("other", []byte("value")))
			},
		},
		{
			name:   "ttl of less than a second",
			clause: "A ttl may be any positive one: a value is found for all of it, and at most two seconds longer.",
			check: func(s *backendSubject) error {
				const odd, ttl = 2500 * time.Microsecond, 300 * time.Millisecond
				start := time.Now()
				err := errors.Join(s.put("shortest", []byte("value"), 1), s.put("odd", []byte("value"), odd))
				if !s.clock.real {
					time.Sleep(odd - 1)
				}
				err = errors.Join(err, s.stillHas("odd", []byte("value"), start, odd))

				start = time.Now()
				err = errors.Join(err, s.put("short", []byte("value"), ttl))
				ends := time.Now().Add(ttl + expiryGrace)
				for time.Since(start) < ttl {
					err = errors.Join(err, s.stillHas("short", []byte("value"), start, ttl))
					time.Sleep(40 * time.Millisecond)
				}
				time.Sleep(time.Until(ends))
				return errors.Join(err, s.lacks("shortest"), s.lacks("odd"), s.lacks("short"), s.takesNone("short"))
			},
		},
		{
			name:   "put after expiry",
			clause: "What has expired can be put again, and is found for the new ttl.",
			check: func(s *backendSubject) error {
				const ttl = 300 * time.Millisecond
				err := errors.Join(
					s.put("seen to expire", []byte("1"), ttl),
					s.put("not seen", []byte("1"), ttl),
				)
				time.Sleep(ttl + expiryGrace)
				return errors.Join(
					err,
					s.lacks("seen to expire"),
					s.put("seen to expire", []byte("2"), long),
					s.put("not seen", []byte("2"), long),
					s.has("seen to expire", []byte("2")),
					s.has("not seen", []byte("2")),
					s.takes("not seen", []byte("2")),
				)
			},
		},
	}
}
