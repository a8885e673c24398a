package sessiontest

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

func isolationCases() []testCase {
	return []testCase{
		{
			name:   "another browser sees nothing",
			clause: "A value is seen by the browser it was put for, and by no other.",
			check: func(ctx context.Context, s subject) error {
				owner, other := s.browser(ctx), s.browser(ctx)
				return errors.Join(
					owner.put("key", []byte("value"), long),
					other.lacks("key"),
					other.takesNone("key"),
					owner.has("key", []byte("value")),
				)
			},
		},
		{
			name:   "each browser has its own",
			clause: "Browsers that use the same keys each see, replace and take their own values.",
			check: func(ctx context.Context, s subject) error {
				one, two := s.browser(ctx), s.browser(ctx)
				return errors.Join(
					one.put("key", []byte("of one"), long),
					two.put("other", []byte("value"), long),
					two.lacks("key"),
					two.takesNone("key"),
					two.put("key", []byte("of two"), long),
					one.has("key", []byte("of one")),
					two.takes("key", []byte("of two")),
					one.has("key", []byte("of one")),
				)
			},
		},
		{
			name:   "altered cookies are no cookies",
			clause: "A value is not found by cookies that the store did not set just so, which is no error; a Put heals the browser.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				if err := b.put("key", []byte("value"), long); err != nil {
					return err
				}
				var errs []error
				for name, alter := range alterations() {
					jar := b.cookies()
					for i := range jar {
						jar[i].value = alter(jar[i].value)
					}
					altered := b.with(jar)
					if err := errors.Join(
						altered.lacks("key"),
						altered.takesNone("key"),
						altered.put("key", []byte("new"), long),
						altered.has("key", []byte("new")),
					); err != nil {
						errs = append(errs, fmt.Errorf("cookies %s: %w", name, err))
					}
				}
				return errors.Join(append(errs, b.has("key", []byte("value")))...)
			},
		},
		{
			name: "planted cookies are not adopted",
			clause: "What a browser puts is not seen by whoever planted cookies in it that the store never issued. " +
				"(Against cookies that a store on the server did issue, to the planter, no store can help: " +
				"the __Host- prefix does, which keeps others from planting.)",
			check: func(ctx context.Context, s subject) error {
				model := s.browser(ctx)
				if err := model.put("key", []byte("value"), long); err != nil {
					return err
				}
				var errs []error
				for name, alter := range alterations() {
					jar := model.cookies()
					for i := range jar {
						jar[i].value = alter(jar[i].value)
					}
					planter, victim := model.with(jar), model.with(jar)
					if err := errors.Join(
						victim.put("key", []byte("secret"), long),
						planter.lacks("key"),
						planter.takesNone("key"),
						victim.has("key", []byte("secret")),
					); err != nil {
						errs = append(errs, fmt.Errorf("cookies %s: %w", name, err))
					}
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "cookies answer to their own key",
			clause: "A value put under one key is not found under another, also if its cookies are moved there.",
			check: func(ctx context.Context, s subject) error {
				b := s.browser(ctx)
				if err := errors.Join(b.put("one", []byte("of one"), long), b.put("two", []byte("of two"), long)); err != nil {
					return err
				}
				jar := b.cookies()
				for i, cookie := range b.cookies() {
					jar[(i+1)%len(jar)].value = cookie.value
				}
				moved := b.with(jar)
				var errs []error
				for key, own := range map[string]string{"one": "of one", "two": "of two"} {
					if value, found, err := moved.get(key); err != nil {
						errs = append(errs, err)
					} else if found && string(value) != own {
						errs = append(errs, fmt.Errorf("Get(%q): found %q", key, value))
					}
				}
				return errors.Join(errs...)
			},
		},
	}
}

// alterations are what a stranger can do to the value of a cookie without the
// store's help. None gives back what it got, nor what the store could have
// made.
func alterations() map[string]func(value string) string {
	return map[string]func(value string) string{
		"emptied":   func(string) string { return "" },
		"made up":   func(value string) string { return strings.Repeat("a", max(1, len(value))) },
		"short":     func(string) string { return "x" },
		"oversize":  func(string) string { return strings.Repeat("x", 5000) },
		"truncated": func(value string) string { return value[:max(0, len(value)-1)] },
		"extended":  func(value string) string { return value + "A" },
		"doubled":   func(value string) string { return value + value },
		"not ASCII": func(string) string { return "\xff\xc3\xa4" },
		"begun otherwise": func(value string) string {
			return other(value[:min(1, len(value))]) + value[min(1, len(value)):]
		},
		"altered in the middle": func(value string) string {
			i := len(value) / 2
			return value[:i] + other(value[i:min(i+1, len(value))]) + value[min(i+1, len(value)):]
		},
	}
}

// other returns a character that is not c, and fits into most alphabets.
func other(c string) string {
	if c == "B" {
		return "C"
	}
	return "B"
}
