package main

import (
	"slices"

	"github.com/oauthreg/go/benchmarks"
)

// figures are the median and the quartiles.
type figures struct{ low, median, high float64 }

func figuresOf(values []float64) figures {
	s := slices.Sorted(slices.Values(values))
	at := func(part float64) float64 {
		x := part * float64(len(s)-1)
		i := int(x)
		if i+1 == len(s) {
			return s[i]
		}
		return s[i] + (x-float64(i))*(s[i+1]-s[i])
	}
	return figures{at(0.25), at(0.5), at(0.75)}
}

// Ways to read a Sample.
func nanoseconds(s benchmarks.Sample) float64 { return s.Nanoseconds }
func cpu(s benchmarks.Sample) float64         { return s.CPU }
func allocated(s benchmarks.Sample) float64   { return s.Bytes }
func allocations(s benchmarks.Sample) float64 { return s.Allocations }

// whole is what a subject took.
func (r *result) whole(name string, of func(benchmarks.Sample) float64) figures {
	return figuresOf(each(r.samples[name], of))
}

// own is what a subject took above the replay of the same round.
func (r *result) own(k benchmarks.Kind, of func(benchmarks.Sample) float64) figures {
	values, base := each(r.samples[k.Name], of), each(r.samples[r.scenario.Base(k)], of)
	for i := range values {
		values[i] -= base[i]
	}
	return figuresOf(values)
}

// timesWhole is the median of the rounds' ratios.
func (r *result) timesWhole(name, floor string, of func(benchmarks.Sample) float64) float64 {
	values, base := each(r.samples[name], of), each(r.samples[floor], of)
	for i := range values {
		values[i] /= base[i]
	}
	return figuresOf(values).median
}

// timesOwn is a ratio of medians: what is left in one round may be nothing.
func (r *result) timesOwn(k benchmarks.Kind, floor string, of func(benchmarks.Sample) float64) (float64, bool) {
	f, ok := r.kind(floor)
	if !ok {
		return 0, false
	}
	base := r.own(f, of).median
	return r.own(k, of).median / base, base > 0
}

func (r *result) kind(name string) (benchmarks.Kind, bool) {
	i := slices.IndexFunc(r.kinds, func(k benchmarks.Kind) bool { return k.Name == name })
	if i < 0 {
		return benchmarks.Kind{}, false
	}
	return r.kinds[i], true
}

func each(samples []benchmarks.Sample, of func(benchmarks.Sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	return values
}
