package sessiontest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

func backendTakeCases() []backendCase {
	return []backendCase{
		{
			name:   "taken is gone",
			clause: "Take returns the value and removes it, and nothing else.",
			check: func(s *backendSubject) error {
				return errors.Join(
					s.put("key", []byte("value"), long),
					s.put("other", []byte("stays"), long),
					s.takes("key", []byte("value")),
					s.lacks("key"),
					s.takesNone("key"),
					s.has("other", []byte("stays")),
				)
			},
		},
		{
			name:   "put after take",
			clause: "What was taken can be put again.",
			check: func(s *backendSubject) error {
				return errors.Join(
					s.put("key", []byte("1"), long),
					s.takes("key", []byte("1")),
					s.put("key", []byte("2"), long),
					s.has("key", []byte("2")),
					s.takes("key", []byte("2")),
					s.lacks("key"),
				)
			},
		},
		{
			name:       "one winner",
			clause:     "Of several concurrent Takes, one finds the value.",
			atomicTake: true,
			check: func(s *backendSubject) error {
				for round := range 10 {
					name := fmt.Sprintf("round %d", round)
					if err := s.put(name, []byte("value"), long); err != nil {
						return err
					}
					var winners atomic.Int32
					if err := concurrently(32, func(int) error {
						value, found, err := s.with(s.ctx).take(name)
						if !found || err != nil {
							return err
						}
						winners.Add(1)
						return wants("Take", name, []byte("value"), value, found, err)
					}); err != nil {
						return err
					}
					if n := winners.Load(); n != 1 {
						return fmt.Errorf("%d of 32 concurrent Takes found the value", n)
					}
				}
				return nil
			},
		},
		{
			name:       "taken once while others put",
			clause:     "Each value that was put is taken at most once, also while others are put, and a Put is not lost to a Take of what was there before it.",
			atomicTake: true,
			check: func(s *backendSubject) error {
				const puts = 50
				var done atomic.Bool
				var mu sync.Mutex
				taken := map[string]int{}
				take := func() error {
					value, found, err := s.with(s.ctx).take("key")
					if found {
						mu.Lock()
						defer mu.Unlock()
						taken[string(value)]++
					}
					return err
				}
				err := concurrently(5, func(i int) (err error) {
					if i > 0 {
						for !done.Load() && err == nil {
							err = take()
							s.clock.pause()
						}
						return err
					}
					defer done.Store(true)
					for n := range puts {
						err = errors.Join(err, s.put("key", fmt.Appendf(nil, "value %d", n), long))
						s.clock.pause()
					}
					return err
				})
				if err := errors.Join(err, take()); err != nil {
					return err
				}
				for value, n := range taken {
					if n > 1 {
						return fmt.Errorf("%q was put once and taken %d times", value, n)
					}
				}
				if last := fmt.Sprintf("value %d", puts-1); taken[last] == 0 {
					return fmt.Errorf("%q was put last and never taken", last)
				}
				return nil
			},
		},
		{
			name:   "says whether Takes race",
			clause: "A backend whose concurrent Takes may find one value several times says so with a method AtomicTake() bool that returns false.",
			check: func(s *backendSubject) error {
				atomicTake := true
				if says, ok := s.backend.(interface{ AtomicTake() bool }); ok {
					atomicTake = says.AtomicTake()
				}
				switch {
				case s.takesRace && atomicTake:
					return errors.New("BackendConfig.TakesRace is set, but the backend has no AtomicTake that returns false")
				case !s.takesRace && !atomicTake:
					return errors.New("AtomicTake returns false, but BackendConfig.TakesRace is not set")
				}
				return nil
			},
		},
	}
}
