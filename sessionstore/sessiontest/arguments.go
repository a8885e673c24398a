package sessiontest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

func argumentCases() []testCase {
	return []testCase{
		{
			name:   "every key",
			clause: "Keys are up to 128 bytes of printable ASCII without blanks.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				var printable strings.Builder
				for c := byte('!'); c <= '~'; c++ {
					printable.WriteByte(c)
				}
				var errs []error
				for _, key := range []string{"k", printable.String(), strings.Repeat("k", 128)} {
					errs = append(errs, b.put(key, []byte("value"), long), b.has(key, []byte("value")))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "no other key",
			clause: "Put refuses any other key; Get and Take do not find it, which is no error.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				errs := []error{b.put("key", []byte("value"), long)}
				for _, key := range []string{"", " ", "a b", "a\tb", "a\nb", "a\x00b", "a\x7f", "\u00e4", "\xff", strings.Repeat("k", 129)} {
					if b.put(key, []byte("value"), long) == nil {
						errs = append(errs, fmt.Errorf("the key %q was taken by Put", key))
					}
					errs = append(errs, b.lacks(key), b.takesNone(key))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "no time to live",
			clause: "Put refuses a ttl that is not positive, and leaves everything as it was.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				errs := []error{b.put("key", []byte("value"), long)}
				for _, ttl := range []time.Duration{0, -1, -long} {
					if b.put("key", []byte("other"), ttl) == nil {
						errs = append(errs, fmt.Errorf("a ttl of %v was taken by Put", ttl))
					}
				}
				return errors.Join(append(errs, b.has("key", []byte("value")))...)
			},
		},
		{
			name:   "canceled request",
			clause: "A store that cannot tell, say because the request was canceled, returns an error; it does not say that there is nothing.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				if err := b.put("key", []byte("value"), long); err != nil {
					return err
				}
				canceled, cancel := context.WithCancel(ctx)
				cancel()
				b.ctx = canceled
				if value, found, err := b.get("key"); err == nil {
					return wants("Get", "key", []byte("value"), value, found, err)
				}
				return nil
			},
		},
	}
}
