package benchmarks

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Scenario is what is repeated.
type Scenario struct {
	// Title is the heading of its table.
	Title string
	// Returning: who comes has registered before.
	Returning bool
	// Loopback: calls of X go over TCP.
	Loopback bool
	// Parallel: as many browsers at once as the machine has processors.
	Parallel bool
}

// Scenarios are those of the table.
func Scenarios() []Scenario {
	return []Scenario{
		{Title: "Sign-up, X in process"},
		{Title: "Sign-up, X in process, in parallel", Parallel: true},
		{Title: "Sign-up, X over loopback", Loopback: true},
		{Title: "Sign-up, X over loopback, in parallel", Loopback: true, Parallel: true},
		{Title: "Returning sign-in, X in process", Returning: true},
		{Title: "Returning sign-in, X over loopback", Returning: true, Loopback: true},
	}
}

// Takes tells whether a subject is measured in this scenario: a sign-in has no
// form, and what the log costs is shown once.
func (s Scenario) Takes(k Kind) bool {
	switch {
	case k.Name == "oauthreg-cookie-log":
		return !s.Returning && !s.Loopback && !s.Parallel
	case s.Returning:
		return k.Returning > 0 && k.Name != "floor-form"
	}
	return k.Name != "replay-two"
}

// Base is the name of the replay that makes the same requests as k.
func (s Scenario) Base(k Kind) string {
	switch {
	case s.Returning && k.Returning == 2:
		return "replay-two"
	case !s.Returning && k.Form:
		return "replay-form"
	}
	return "replay"
}

// returningPeople is how many take turns.
const returningPeople = 16

// Measure makes a new subject, warms it up, and takes people through it for
// about as long as slice.
func Measure(ctx context.Context, kind Kind, s Scenario, slice time.Duration) (Sample, error) {
	people := uint64(0)
	if s.Returning {
		people = returningPeople
	}
	world := InProcess(people)
	if s.Loopback {
		var err error
		if world, err = Loopback(people); err != nil {
			return Sample{}, err
		}
	}
	defer world.Close()
	world.Enter()
	subject, err := kind.New(world)
	if err != nil {
		return Sample{}, err
	}
	workers := 1
	if s.Parallel {
		workers = runtime.GOMAXPROCS(0)
	}
	browsers := make([]*Browser, workers)
	for i := range browsers {
		browsers[i] = NewBrowser(ctx, subject)
	}
	if err := register(browsers, world, returningPeople); err != nil {
		return Sample{}, fmt.Errorf("%s: %w", kind.Name, err)
	}
	began := time.Now()
	if err := register(browsers, world, returningPeople); err != nil {
		return Sample{}, fmt.Errorf("%s: %w", kind.Name, err)
	}
	n := max(int(slice*returningPeople/max(time.Since(began), 1))/workers, 8) * workers

	calls := world.Calls()
	var m meter
	m.begin()
	if err := register(browsers, world, n); err != nil {
		return Sample{}, fmt.Errorf("%s: %w", kind.Name, err)
	}
	sample := m.end(n)
	return sample, checkBatch(kind, s, subject, n, int(world.Calls()-calls))
}

// register takes n people through, divided among the browsers.
func register(browsers []*Browser, world *World, n int) error {
	if len(browsers) == 1 {
		return registerBy(browsers[0], world, n)
	}
	var wg sync.WaitGroup
	errs := make([]error, len(browsers))
	for i, b := range browsers {
		wg.Go(func() { errs[i] = registerBy(b, world, n/len(browsers)) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func registerBy(b *Browser, world *World, n int) error {
	for range n {
		if err := b.Register(world.Approve); err != nil {
			return err
		}
	}
	return nil
}

// checkBatch sees that nothing was left out to be fast: how often X was called,
// how many are known, and that the first and the last of them are.
func checkBatch(kind Kind, s Scenario, subject Subject, n, calls int) error {
	each, people := 3, n+2*returningPeople
	if s.Returning {
		each, people = kind.Returning, returningPeople
	}
	if calls != each*n {
		return fmt.Errorf("%s: %d calls of X for %d people", kind.Name, calls, n)
	}
	if kind.Replay {
		return nil
	}
	if subject.Count() != people {
		return fmt.Errorf("%s: %d people are known, not %d", kind.Name, subject.Count(), people)
	}
	for _, i := range []uint64{0, uint64(people) - 1} {
		if got, ok := subject.Known(person(i).ID); !ok || got != person(i) {
			return fmt.Errorf("%s: person %d is known as somebody else", kind.Name, i)
		}
	}
	return nil
}

// MeasurePart repeats a part for about as long as slice.
func MeasurePart(ctx context.Context, p Part, slice time.Duration) (Sample, error) {
	run, err := p.New(ctx)
	if err != nil {
		return Sample{}, err
	}
	const warm = 200
	repeat := func(n int) error {
		for range n {
			if err := run(); err != nil {
				return fmt.Errorf("%s, %s: %w", p.Title, p.Name, err)
			}
		}
		return nil
	}
	if err := repeat(warm); err != nil {
		return Sample{}, err
	}
	began := time.Now()
	if err := repeat(warm); err != nil {
		return Sample{}, err
	}
	n := max(int(slice*warm/max(time.Since(began), 1)), warm)
	var m meter
	m.begin()
	if err := repeat(n); err != nil {
		return Sample{}, err
	}
	return m.end(n), nil
}
