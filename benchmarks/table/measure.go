package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/oauthreg/go/benchmarks"
)

// result is what the subjects took in one scenario, by name and round.
type result struct {
	scenario benchmarks.Scenario
	kinds    []benchmarks.Kind
	samples  map[string][]benchmarks.Sample
}

// results are all that was measured.
type results struct {
	scenarios []*result
	parts     []benchmarks.Part
	ofParts   map[string][]benchmarks.Sample // by title and name
	rounds    int
	took      time.Duration
}

// measure gives each subject its turn in each round. The order moves on with
// the round, so that what a machine does meanwhile hits nobody in particular.
func measure(ctx context.Context, kinds []benchmarks.Kind, rounds int, slice time.Duration, progress io.Writer) (*results, error) {
	began := time.Now()
	all := &results{parts: benchmarks.Parts(), ofParts: map[string][]benchmarks.Sample{}, rounds: rounds}
	for _, s := range benchmarks.Scenarios() {
		r := &result{scenario: s, samples: map[string][]benchmarks.Sample{}}
		for _, k := range kinds {
			if s.Takes(k) {
				r.kinds = append(r.kinds, k)
			}
		}
		all.scenarios = append(all.scenarios, r)
	}
	for round := range rounds {
		fmt.Fprintf(progress, "round %d of %d\n", round+1, rounds)
		for _, r := range all.scenarios {
			for i := range r.kinds {
				k := r.kinds[(i+round)%len(r.kinds)]
				sample, err := benchmarks.Measure(ctx, k, r.scenario, slice)
				if err != nil {
					return nil, err
				}
				r.samples[k.Name] = append(r.samples[k.Name], sample)
				if err := ctx.Err(); err != nil {
					return nil, err
				}
			}
		}
		for i := range all.parts {
			p := all.parts[(i+round)%len(all.parts)]
			sample, err := benchmarks.MeasurePart(ctx, p, slice/4)
			if err != nil {
				return nil, err
			}
			all.ofParts[p.Title+p.Name] = append(all.ofParts[p.Title+p.Name], sample)
		}
	}
	all.took = time.Since(began)
	return all, nil
}
