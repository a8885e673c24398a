package sessiontest

import (
	"bytes"
	"errors"
	"fmt"
)

func backendLoadCases() []backendCase {
	return []backendCase{
		{
			name:   "concurrent keys",
			clause: "All methods are safe for concurrent use, for many keys.",
			check: func(s *backendSubject) error {
				const n, each = 16, 8
				name := func(i, j int) string { return fmt.Sprintf("key %d/%d", i, j) }
				value := func(i, j int) []byte { return fmt.Appendf(nil, "value %d/%d", i, j) }
				every := func(f func(i, j int) error) error {
					return concurrently(n, func(i int) (err error) {
						for j := range each {
							err = errors.Join(err, f(i, j))
						}
						return err
					})
				}
				return errors.Join(
					every(func(i, j int) error {
						return errors.Join(s.put(name(i, j), value(i, j), long), s.has(name(i, j), value(i, j)))
					}),
					every(func(i, j int) error { return s.has(name(i, j), value(i, j)) }),
					every(func(i, j int) error { return s.takes(name(i, j), value(i, j)) }),
					every(func(i, j int) error { return s.lacks(name(i, j)) }),
				)
			},
		},
		{
			name:   "concurrent puts of one key",
			clause: "All methods are safe for concurrent use, for one key: a value is replaced in one step, and is always one that was put.",
			check: func(s *backendSubject) error {
				value := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 200*(i+1)) }
				whole := func() error {
					got, found, err := s.with(s.ctx).get("key")
					switch {
					case err != nil:
						return err
					case !found:
						return errors.New("nothing was found while it was put again and again")
					}
					for i := range 16 {
						if bytes.Equal(got, value(i)) {
							return nil
						}
					}
					return fmt.Errorf("%s was found and never put", excerpt(got))
				}
				if err := s.put("key", value(0), long); err != nil {
					return err
				}
				return errors.Join(
					concurrently(16, func(i int) (err error) {
						for range 10 {
							if i%2 == 0 {
								err = errors.Join(err, s.put("key", value(i), long))
							}
							err = errors.Join(err, whole())
							s.clock.pause()
						}
						return err
					}),
					whole(),
				)
			},
		},
	}
}
