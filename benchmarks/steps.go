package benchmarks

import (
	"context"
	"slices"
)

// StepNames are the browser's requests of a sign-up, in order.
func StepNames() []string { return []string{"start", "callback", "form", "complete"} }

// MeasureSteps returns what each step of a sign-up takes, as medians of n
// sign-ups with X in process. Steps that the subject does not have are missing.
func MeasureSteps(ctx context.Context, kind Kind, n int) (map[string]Sample, error) {
	world := InProcess(0)
	defer world.Close()
	world.Enter()
	subject, err := kind.New(world)
	if err != nil {
		return nil, err
	}
	browser := NewBrowser(ctx, subject)
	if err := registerBy(browser, world, returningPeople); err != nil {
		return nil, err
	}
	all := map[string][]Sample{}
	var m meter
	browser.Around = func(step string, run func()) {
		m.start()
		run()
		all[step] = append(all[step], m.end(1))
	}
	if err := registerBy(browser, world, n); err != nil {
		return nil, err
	}
	steps := map[string]Sample{}
	for name, samples := range all {
		steps[name] = Sample{
			Nanoseconds: middle(samples, func(s Sample) float64 { return s.Nanoseconds }),
			CPU:         middle(samples, func(s Sample) float64 { return s.CPU }),
			Bytes:       middle(samples, func(s Sample) float64 { return s.Bytes }),
			Allocations: middle(samples, func(s Sample) float64 { return s.Allocations }),
		}
	}
	return steps, nil
}

func middle(samples []Sample, of func(Sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
