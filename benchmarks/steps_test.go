//go:build !race

package benchmarks_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks"
)

// Times are noisy, allocations are not: what each request of a sign-up may
// allocate, calls of X and the app's own included. Raise a number only with the
// reason for it. (The race detector allocates too, so it does not run this.)
func TestStepsAllocateNoMore(t *testing.T) {
	most := map[string]map[string]float64{
		"oauthreg-cookie": {"start": 70, "callback": 190, "form": 16, "complete": 66},
		"oauthreg-memory": {"start": 64, "callback": 171, "form": 13, "complete": 57},
	}
	for _, kind := range benchmarks.Kinds() {
		bounds, ok := most[kind.Name]
		if !ok {
			continue
		}
		delete(most, kind.Name)
		steps, err := benchmarks.MeasureSteps(t.Context(), kind, 200)
		require.NoError(t, err)
		for _, step := range benchmarks.StepNames() {
			got := steps[step].Allocations
			assert.LessOrEqual(t, got, bounds[step], "%s: %s", kind.Name, step)
			assert.Greater(t, got, bounds[step]/2, "%s: %s: lower the bound", kind.Name, step)
		}
	}
	assert.Empty(t, most)
}
