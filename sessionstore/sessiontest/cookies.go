package sessiontest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

func cookieCases() []testCase {
	return []testCase{
		{
			name:   "cookie attributes",
			clause: "Cookies are HttpOnly, SameSite=Lax and for Path=/ of this host alone, also those that delete, and keep what their prefix promises.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				if err := errors.Join(
					b.put("key", []byte("value"), long),
					b.put("key", []byte("again"), long),
					b.takes("key", []byte("again")),
				); err != nil {
					return err
				}
				var errs []error
				for _, line := range b.setCookieLines() {
					c, err := http.ParseSetCookie(line)
					if err != nil {
						return err
					}
					if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || !prefixHolds(c) {
						// The value is left out: it may be a live ID.
						_, attributes, _ := strings.Cut(line, ";")
						errs = append(errs, fmt.Errorf("cookie %q is set with: %s", c.Name, attributes))
					}
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "nothing to read in cookies",
			clause: "Neither keys nor values can be read from cookies.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				if err := b.put("handshake/some-request-token", []byte("some-token-secret"), long); err != nil {
					return err
				}
				for _, cookie := range b.cookies() {
					for _, text := range readings(cookie.name, cookie.value) {
						for _, secret := range []string{"some-request-token", "some-token-secret"} {
							if bytes.Contains(text, []byte(secret)) {
								return fmt.Errorf("cookie %q gives away %q", cookie.name, secret)
							}
						}
					}
				}
				return nil
			},
		},
		{
			name:   "one line for each cookie",
			clause: "A response sets a cookie once, however often it puts and takes, and leaves the cookies of others alone.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				var lines []string
				err := b.visit(func(w http.ResponseWriter, r *http.Request) error {
					w.Header().Add("Set-Cookie", "app=1; Path=/")
					w.Header().Add("Set-Cookie", "theme=dark; Path=/")
					err := errors.Join(
						s.store.Put(w, r, "key", []byte("1"), long),
						s.store.Put(w, r, "key", []byte("2"), long),
						s.store.Put(w, r, "other", []byte("3"), long),
					)
					_, _, takeErr := s.store.Take(w, r, "key")
					err = errors.Join(err, takeErr, s.store.Put(w, r, "key", []byte("4"), long))
					lines = slices.Clone(w.Header().Values("Set-Cookie"))
					return err
				})
				if err != nil {
					return err
				}
				var names []string
				for _, line := range lines {
					name, _, _ := strings.Cut(line, "=")
					if slices.Contains(names, name) {
						return fmt.Errorf("cookie %q is set twice in one response", name)
					}
					names = append(names, name)
				}
				for _, line := range []string{"app=1; Path=/", "theme=dark; Path=/"} {
					if !slices.Contains(lines, line) {
						return fmt.Errorf("the line %q is gone from the response", line)
					}
				}
				return errors.Join(b.has("key", []byte("4")), b.has("other", []byte("3")))
			},
		},
	}
}

// readings returns texts as they are and in the encodings that hide nothing.
func readings(texts ...string) [][]byte {
	var out [][]byte
	for _, text := range texts {
		out = append(out, []byte(text))
		trimmed := strings.TrimRight(text, "=")
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			// What was decoded before a fault is readable too.
			decoded, _ := encoding.DecodeString(trimmed)
			out = append(out, decoded)
		}
		decoded, _ := hex.DecodeString(text)
		out = append(out, decoded)
	}
	return out
}
