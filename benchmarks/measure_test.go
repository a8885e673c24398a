package benchmarks_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks"
)

// A turn of each subject in each scenario, which also sees that nobody was left
// out to be fast.
func TestMeasure(t *testing.T) {
	for _, s := range benchmarks.Scenarios() {
		for _, kind := range benchmarks.Kinds() {
			if !s.Takes(kind) {
				continue
			}
			t.Run(s.Title+"/"+kind.Name, func(t *testing.T) {
				got, err := benchmarks.Measure(t.Context(), kind, s, time.Millisecond)
				require.NoError(t, err)
				assert.Positive(t, got.Nanoseconds)
				assert.Positive(t, got.Allocations)
				assert.Positive(t, got.Bytes)
			})
		}
	}
}

// A subject that leaves people out does not get a time.
func TestMeasureRefuses(t *testing.T) {
	kind := byName(t, "dghubble")
	inner := kind.New
	kind.New = func(w *benchmarks.World) (benchmarks.Subject, error) {
		s, err := inner(w)
		return miscounting{s}, err
	}
	_, err := benchmarks.Measure(t.Context(), kind, benchmarks.Scenarios()[0], time.Millisecond)
	require.ErrorContains(t, err, "people are known")

	kind = byName(t, "dghubble")
	kind.Returning = 2
	_, err = benchmarks.Measure(t.Context(), kind, benchmarks.Scenario{Returning: true}, time.Millisecond)
	require.ErrorContains(t, err, "calls of X")
}

type miscounting struct{ benchmarks.Subject }

func (m miscounting) Count() int { return m.Subject.Count() - 1 }

func TestMeasureParts(t *testing.T) {
	for _, p := range benchmarks.Parts() {
		t.Run(p.Title+"/"+p.Name, func(t *testing.T) {
			got, err := benchmarks.MeasurePart(t.Context(), p, time.Millisecond)
			require.NoError(t, err)
			assert.Positive(t, got.Nanoseconds)
		})
	}
}

// The steps add up to a registration with a form.
func TestMeasureSteps(t *testing.T) {
	steps, err := benchmarks.MeasureSteps(t.Context(), byName(t, "oauthreg-cookie"), 3)
	require.NoError(t, err)
	for _, name := range benchmarks.StepNames() {
		assert.Positive(t, steps[name].Allocations, name)
	}
	steps, err = benchmarks.MeasureSteps(t.Context(), byName(t, "goth"), 3)
	require.NoError(t, err)
	assert.Len(t, steps, 2)
}
