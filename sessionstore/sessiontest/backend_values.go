package sessiontest

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/oauthreg/go/sessionstore"
)

func backendValueCases() []backendCase {
	return []backendCase{
		{
			name:   "put, get and take",
			clause: "What was put is found, as often as one asks, until it is taken.",
			check: func(s *backendSubject) error {
				return errors.Join(
					s.put("key", []byte("value"), long),
					s.has("key", []byte("value")),
					s.has("key", []byte("value")),
					s.takes("key", []byte("value")),
				)
			},
		},
		{
			name:   "absent",
			clause: "A value that was never put is not found, which is no error.",
			check: func(s *backendSubject) error {
				return errors.Join(s.lacks("key"), s.takesNone("key"))
			},
		},
		{
			name:   "replace",
			clause: "Put keeps a value in place of an earlier one.",
			check: func(s *backendSubject) error {
				return errors.Join(
					s.put("key", []byte("first, and longer"), long),
					s.put("key", []byte("second"), long),
					s.has("key", []byte("second")),
					s.put("key", []byte("third, and longer"), long),
					s.takes("key", []byte("third, and longer")),
					s.lacks("key"),
				)
			},
		},
		{
			name:   "replace by the same",
			clause: "A value may be put again as it is.",
			check: func(s *backendSubject) error {
				return errors.Join(
					s.put("key", []byte("value"), long),
					s.put("key", []byte("value"), long),
					s.takes("key", []byte("value")),
					s.lacks("key"),
				)
			},
		},
		{
			name:   "empty value",
			clause: "Values may hold no bytes; they are found like any other.",
			check: func(s *backendSubject) error {
				return errors.Join(
					s.put("nil", nil, long),
					s.put("empty", []byte{}, long),
					s.put("emptied", []byte("value"), long),
					s.put("emptied", nil, long),
					s.has("nil", nil), s.takes("nil", nil), s.lacks("nil"),
					s.has("empty", nil), s.takes("empty", nil), s.lacks("empty"),
					s.has("emptied", nil),
				)
			},
		},
		{
			name:   "any bytes",
			clause: "Values may hold any bytes.",
			check: func(s *backendSubject) error {
				all := make([]byte, 256)
				for i := range all {
					all[i] = byte(i)
				}
				var errs []error
				for i, value := range [][]byte{
					{0}, all, []byte("\xff\xfe\x80"), []byte("a\x00"), []byte(" a "), []byte("a\r\n"), []byte(`\x00`), []byte(`'";--`), noise(4 << 10),
				} {
					name := fmt.Sprintf("value %d", i)
					errs = append(errs, s.put(name, value, long), s.has(name, value), s.takes(name, value))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "large value",
			clause: "Put keeps a value whole, or returns ErrTooLarge.",
			check: func(s *backendSubject) error {
				large := noise(64 << 10)
				if err := s.put("key", []byte("small"), long); err != nil {
					return err
				}
				err := s.put("key", large, long)
				switch {
				case err == nil:
					return errors.Join(s.has("key", large), s.takes("key", large))
				case !errors.Is(err, sessionstore.ErrTooLarge):
					return fmt.Errorf("the error is not ErrTooLarge: %w", err)
				}
				value, found, err := s.with(s.ctx).get("key")
				if err != nil {
					return err
				}
				if found && !bytes.Equal(value, []byte("small")) {
					return fmt.Errorf("after ErrTooLarge there is %s", excerpt(value))
				}
				return nil
			},
		},
		{
			name:   "copied in",
			clause: "A backend keeps its own copy of a value.",
			check: func(s *backendSubject) error {
				value := []byte("value")
				err := s.put("key", value, long)
				copy(value, "XXXXX")
				return errors.Join(err, s.has("key", []byte("value")))
			},
		},
		{
			name:   "copied out",
			clause: "A backend hands out copies of a value.",
			check: func(s *backendSubject) error {
				err := s.put("key", []byte("value"), long)
				got, _, getErr := s.with(s.ctx).get("key")
				copy(got, "XXXXX")
				return errors.Join(err, getErr, s.has("key", []byte("value")))
			},
		},
	}
}
