package sessiontest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/oauthreg/go/sessionstore"
)

func valueCases() []testCase {
	return []testCase{
		{
			name:   "put and get",
			clause: "What one request puts, later requests of the browser get, as often as they ask.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				return errors.Join(
					b.put("key", []byte("value"), long),
					b.has("key", []byte("value")),
					b.has("key", []byte("value")),
				)
			},
		},
		{
			name:   "absent",
			clause: "A value that was never put is not found, which is no error.",
			check: func(ctx context.Context, s subject) error {
				fresh, used := s.browser(ctx), s.browser(ctx)
				return errors.Join(
					fresh.lacks("key"),
					fresh.takesNone("key"),
					used.put("other", []byte("value"), long),
					used.lacks("key"),
					used.takesNone("key"),
				)
			},
		},
		{
			name:   "overwrite",
			clause: "Put replaces an earlier value.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				return errors.Join(
					b.put("key", []byte("first, and longer"), long),
					b.put("key", []byte("second"), long),
					b.has("key", []byte("second")),
					b.takes("key", []byte("second")),
					b.lacks("key"),
				)
			},
		},
		{
			name:   "any bytes",
			clause: "Values may hold any bytes, also none; 2 KiB always fit.",
			check: func(ctx context.Context, s subject) error {
				all := make([]byte, 256)
				for i := range all {
					all[i] = byte(i)
				}
				var errs []error
				for _, value := range [][]byte{
					nil, {}, {0}, all, []byte(`a=b; c="d", e\`), []byte("\xff\xfe\x80"), []byte("line\r\nline"), noise(2 << 10),
				} {
					b := s.browser(ctx)
					errs = append(errs, b.put("key", value, long), b.has("key", value), b.takes("key", value))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "keys are apart",
			clause: "Keys are compared byte for byte, and the values under them do not affect one another.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				keys := []string{
					"a", "b", "a/b", "A", "a-b", "ab", "a%2Fb", strings.Repeat("k", 127) + "x", strings.Repeat("k", 127) + "y",
				}
				var errs []error
				for _, key := range keys {
					errs = append(errs, b.lacks(key), b.put(key, []byte("of "+key), long))
				}
				errs = append(errs, b.takes("a", []byte("of a")), b.lacks("a"))
				for _, key := range keys[1:] {
					errs = append(errs, b.has(key, []byte("of "+key)))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "copied in",
			clause: "A store keeps its own copy of a value.",
			check: func(ctx context.Context, s subject) error {
				b, value := s.browser(ctx), []byte("value")
				err := b.put("key", value, long)
				copy(value, "XXXXX")
				return errors.Join(err, b.has("key", []byte("value")))
			},
		},
		{
			name:   "copied out",
			clause: "A store hands out copies of a value.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				err := b.put("key", []byte("value"), long)
				got, _, getErr := b.get("key")
				copy(got, "XXXXX")
				return errors.Join(err, getErr, b.has("key", []byte("value")))
			},
		},
		{
			name:   "several puts in one response",
			clause: "All that one response puts is kept, also in a browser's first; of one key, the last.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				return errors.Join(
					b.visit(func(w http.ResponseWriter, r *http.Request) error {
						return errors.Join(
							s.store.Put(w, r, "one", []byte("1"), long),
							s.store.Put(w, r, "two", []byte("2"), long),
							s.store.Put(w, r, "one", []byte("one"), long),
						)
					}),
					b.has("one", []byte("one")),
					b.has("two", []byte("2")),
				)
			},
		},
		{
			name:   "too large",
			clause: "Put keeps a value whole, or returns ErrTooLarge and leaves everything as it was.",
			check: func(ctx context.Context, s subject) error {
				b, huge := s.browser(ctx), noise(1<<20)
				if err := b.put("key", []byte("value"), long); err != nil {
					return err
				}
				err := b.put("key", huge, long)
				switch {
				case err == nil:
					return b.has("key", huge)
				case !errors.Is(err, sessionstore.ErrTooLarge):
					return fmt.Errorf("the error is not ErrTooLarge: %w", err)
				}
				return b.has("key", []byte("value"))
			},
		},
	}
}

// noise is the same each time and does not compress.
func noise(n int) []byte {
	var out bytes.Buffer
	for source := rand.NewChaCha8([32]byte{1}); out.Len() < n; {
		out.WriteByte(byte(source.Uint64()))
	}
	return out.Bytes()
}
