package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/oauthreg/go/benchmarks/internal/table"
)

// state is what connections there are when a person comes.
type state string

const (
	first  state = "none at first"
	warm   state = "warm"
	paused state = "none at each step"
)

// step is how long a person waited.
type step int

const (
	start step = iota
	callback
	form
	complete
	returning
	steps
)

// waits are the measurements of one subject in one state.
type waits struct {
	took   [steps][]time.Duration
	opened []int64 // connections, for one registration
	after  func()  // called after each step, if not nil
	again  func()  // called after a start that is not measured, if not nil
}

func measureSteps(s settings, t *table.Table) error {
	far, err := newFarX(s.delay, s.http1)
	if err != nil {
		return err
	}
	defer far.close()
	list, err := subjects()
	if err != nil {
		return err
	}
	for _, sub := range list {
		for _, st := range []state{first, warm, paused} {
			var w waits
			for range s.runs {
				if err := w.register(far, sub, st); err != nil {
					return fmt.Errorf("%s, %s: %w", sub.name, st, err)
				}
			}
			t.Add(w.row(sub, st, s.delay)...)
		}
	}
	return nil
}

// register takes a person through a registration, and back another day.
func (w *waits) register(far *farX, sub subject, st state) error {
	far.next()
	if st == first {
		far.wire.cut()
	}
	before := far.wire.opened.Load()
	b := newBrowser()
	if err := w.through(far, sub, st, b, callback); err != nil {
		return err
	}
	if sub.hasForm {
		if err := w.timed(far, st, form, func() error { return sub.form(b) }); err != nil {
			return fmt.Errorf("form: %w", err)
		}
		if err := w.timed(far, st, complete, func() error { return sub.complete(b) }); err != nil {
			return fmt.Errorf("complete: %w", err)
		}
	}
	w.opened = append(w.opened, far.wire.opened.Load()-before)
	if st == first {
		far.wire.cut()
	}
	return w.through(far, sub, st, newBrowser(), returning)
}

// through is the start and the callback, which counts as the step end.
func (w *waits) through(far *farX, sub subject, st state, b *browser, end step) error {
	var authURL string
	begin := func() (err error) {
		authURL, err = sub.start(b)
		return err
	}
	if end == returning {
		// Measured already; but it opens what the callback finds open.
		if st == paused {
			far.wire.cut()
		}
		if err := begin(); err != nil {
			return fmt.Errorf("start: %w", err)
		}
		if w.again != nil {
			w.again()
		}
	} else if err := w.timed(far, st, start, begin); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	back, err := approve(authURL, callbackURL)
	if err != nil {
		return err
	}
	if err := w.timed(far, st, end, func() error { return sub.callback(b, back) }); err != nil {
		return fmt.Errorf("callback: %w", err)
	}
	return nil
}

func (w *waits) timed(far *farX, st state, which step, do func() error) error {
	if st == paused {
		far.wire.cut()
	}
	began := time.Now()
	err := do()
	w.took[which] = append(w.took[which], time.Since(began))
	if w.after != nil {
		w.after()
	}
	return err
}

func (w *waits) row(sub subject, st state, delay time.Duration) []string {
	cells := []string{sub.name, string(st)}
	for which := range steps {
		if len(w.took[which]) == 0 {
			cells = append(cells, "the app's own")
			continue
		}
		cells = append(cells, fmt.Sprintf("%s (%d)", inMillis(median(w.took[which])), roundTrips(slices.Min(w.took[which]), delay)))
	}
	return append(cells, fmt.Sprint(median(w.opened)))
}

// roundTrips is how many a step waited for: what it computed is less than one.
func roundTrips(took, delay time.Duration) int { return int(took / delay) }

func median[T int64 | time.Duration](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func inMillis(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
}

// measureCrowd lets many people start at once, and then as many others: how
// many of the connections that the first opened are there for the second?
func measureCrowd(s settings, http1 bool, t *table.Table) error {
	far, err := newFarX(s.delay, http1)
	if err != nil {
		return err
	}
	defer far.close()
	list, err := subjects()
	if err != nil {
		return err
	}
	protocol := "HTTP/2"
	if http1 {
		protocol = "HTTP/1.1"
	}
	for _, sub := range list {
		far.wire.cut()
		if _, err := crowd(sub, s.crowd); err != nil {
			return fmt.Errorf("%s, %s: %w", sub.name, protocol, err)
		}
		// Connections that were opened for nothing go, and the rest come to rest.
		time.Sleep(2*s.delay + 50*time.Millisecond)
		before := far.wire.opened.Load()
		took, err := crowd(sub, s.crowd)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", sub.name, protocol, err)
		}
		t.Add(sub.name, protocol, inMillis(median(took)), inMillis(slices.Max(took)), fmt.Sprint(far.wire.opened.Load()-before))
	}
	return nil
}

// crowd lets n people start at once.
func crowd(sub subject, n int) ([]time.Duration, error) {
	took, errs := make([]time.Duration, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			began := time.Now()
			_, errs[i] = sub.start(newBrowser())
			took[i] = time.Since(began)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}
