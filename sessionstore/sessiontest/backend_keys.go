package sessiontest

import (
	"errors"
	"fmt"
	"strings"
)

func backendKeyCases() []backendCase {
	return []backendCase{
		{
			name:   "keys are compared byte for byte",
			clause: `Keys are compared byte for byte: neither the case of letters nor "-" and "_" are alike, and every byte counts.`,
			check: func(s *backendSubject) error {
				// The rest is random, so that no key is another case's.
				random := randomKey()
				with := func(head, tail string) string {
					return head + random[len(head):len(random)-len(tail)] + tail
				}
				keys := []string{
					with("ab-", "zZ"), with("AB-", "zZ"), with("Ab-", "zZ"), with("ab_", "zZ"),
					with("ab-", "zz"), with("ab-", "ZZ"), with("ab-", "z-"), with("ab-", "z_"),
				}
				var errs []error
				for _, key := range keys {
					errs = append(errs, s.lacks(key), s.takesNone(key), s.put(key, []byte("of "+key), long))
				}
				errs = append(errs, s.takes(keys[0], []byte("of "+keys[0])), s.lacks(keys[0]))
				for _, key := range keys[1:] {
					errs = append(errs, s.has(key, []byte("of "+key)))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "every key",
			clause: `Keys are 43 characters of A-Z, a-z, 0-9, "-" and "_", in any order.`,
			check: func(s *backendSubject) error {
				const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
				random := randomKey()
				var errs []error
				for i, c := range alphabet {
					// The character alone at both ends, and many times in the middle.
					key := fmt.Sprintf("%c%s%s%c", c, random[:21], strings.Repeat(string(c), 20), c)
					value := fmt.Appendf(nil, "value %d", i)
					errs = append(errs, s.put(key, value, long), s.has(key, value), s.takes(key, value), s.lacks(key))
				}
				return errors.Join(errs...)
			},
		},
	}
}
