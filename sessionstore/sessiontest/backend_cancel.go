package sessiontest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// soon is when a call with a context that is done must have returned.
const soon = 5 * time.Second

// ended returns contexts that are done, by what ended them.
func ended(parent context.Context) (map[string]context.Context, context.CancelFunc) {
	canceled, cancel := context.WithCancel(parent)
	cancel()
	late, cancelLate := context.WithTimeout(parent, -time.Second)
	return map[string]context.Context{"canceled": canceled, "past its deadline": late}, cancelLate
}

// inTime wants call to return soon.
func inTime(what string, call func() error) error {
	start := time.Now()
	err := call()
	if took := time.Since(start); took > soon {
		return errors.Join(err, fmt.Errorf("%s returned after %v", what, took))
	}
	return err
}

func backendCancelCases() []backendCase {
	return []backendCase{
		{
			name: "context that is done",
			clause: "Methods return soon after ctx is done: with an error, or with the true answer. " +
				"They do not say that there is nothing when they could not tell.",
			check: func(s *backendSubject) error {
				contexts, release := ended(s.ctx)
				defer release()
				var errs []error
				for how, ctx := range contexts {
					c, name := s.with(ctx), "of "+how
					errs = append(errs, s.put(name, []byte("value"), long))
					errs = append(errs, inTime("Get with a context "+how, func() error {
						if value, found, err := c.get(name); err == nil {
							return wants("Get", name, []byte("value"), value, found, nil)
						}
						return nil
					}))
					errs = append(errs, s.has(name, []byte("value")))
					errs = append(errs, inTime("Take with a context "+how, func() error {
						value, found, err := c.take(name)
						if err != nil {
							return s.takes(name, []byte("value")) // what nobody got is still there
						}
						return errors.Join(wants("Take", name, []byte("value"), value, found, nil), s.lacks(name))
					}))
				}
				return errors.Join(errs...)
			},
		},
		{
			name:   "put with a context that is done",
			clause: "A Put whose ctx is done returns soon: without an error if it has kept the value, and if not, what was there is there still.",
			check: func(s *backendSubject) error {
				contexts, release := ended(s.ctx)
				defer release()
				var errs []error
				for how, ctx := range contexts {
					name := "of " + how
					errs = append(errs, s.put(name, []byte("before"), long))
					errs = append(errs, inTime("Put with a context "+how, func() error {
						if s.with(ctx).put(name, []byte("after"), long) == nil {
							return s.has(name, []byte("after"))
						}
						return s.has(name, []byte("before"))
					}))
					// One call that failed must not spoil the next.
					errs = append(errs, s.put(name, []byte("later"), long), s.takes(name, []byte("later")))
				}
				return errors.Join(errs...)
			},
		},
	}
}
