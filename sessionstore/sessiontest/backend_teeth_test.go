package sessiontest

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/sessionstore"
)

// wrongBackends lists backends made wrong on purpose, each with the cases that
// must find it out. Other cases may fail as well.
var wrongBackends = []struct {
	fault string
	cases []string
}{
	{"forgets", []string{"put, get and take", "any bytes", "every key"}},
	{"reads once", []string{"put, get and take"}},
	{"absent is an error", []string{"absent", "taken is gone"}},
	{"keeps the first", []string{"replace"}},
	{"fails if there is one", []string{"replace", "replace by the same"}},
	{"wants a change", []string{"replace by the same"}},
	{"loses empty values", []string{"empty value"}},
	{"cannot be emptied", []string{"empty value"}},
	{"ends values at NUL", []string{"any bytes"}},
	{"wants text", []string{"any bytes"}},
	{"trims values", []string{"any bytes"}},
	{"truncates large values", []string{"large value"}},
	{"drops large values silently", []string{"large value"}},
	{"has its own error for large values", []string{"large value"}},
	{"keeps half of what it refuses", []string{"large value"}},
	{"keeps the caller's slice", []string{"copied in"}},
	{"hands out its own slice", []string{"copied out"}},
	{"ignores the case of keys", []string{"keys are compared byte for byte"}},
	{"has - and _ alike", []string{"keys are compared byte for byte"}},
	{"cuts keys", []string{"keys are compared byte for byte"}},
	{"has one value", []string{"keys are compared byte for byte", "taken is gone", "concurrent keys"}},
	{"wants keys that begin with letters", []string{"every key"}},
	{"take peeks", []string{"taken is gone", "one winner", "taken once while others put"}},
	{"take removes everything", []string{"taken is gone"}},
	{"never again after a take", []string{"put after take"}},
	{"take has a race window", []string{"one winner", "taken once while others put"}},
	{"takes another than it read", []string{"taken once while others put"}},
	{"owns up to its race", []string{"says whether Takes race"}},
	{"never expires", []string{"found until the end", "taken until the end"}},
	{"counts in minutes", []string{"found until the end"}},
	{"looks at the time in Take alone", []string{"found until the end"}},
	{"looks at the time in Get alone", []string{"taken until the end"}},
	{"rounds the ttl down to seconds", []string{"found until the end", "taken until the end", "ttl of less than a second"}},
	{"rounds the ttl down to milliseconds", []string{"ttl of less than a second"}},
	{"refuses short ttls", []string{"ttl of less than a second"}},
	{"keeps short ttls forever", []string{"ttl of less than a second"}},
	{"keeps the first ttl", []string{"put sets the ttl anew", "put after expiry"}},
	{"keeps the longest ttl", []string{"put sets the ttl anew"}},
	{"has one ttl for all", []string{"put sets the ttl anew"}},
	{"keeps dead rows", []string{"put after expiry"}},
	{"takes one write at a time", []string{"concurrent keys", "concurrent puts of one key"}},
	{"forgets what others put meanwhile", []string{"concurrent keys"}},
	{"deletes before it inserts", []string{"concurrent puts of one key"}},
	{"writes in pieces", []string{"concurrent puts of one key"}},
	{"finds nothing when canceled", []string{"context that is done"}},
	{"deletes on a canceled Get", []string{"context that is done"}},
	{"removes before it fails", []string{"context that is done", "put with a context that is done"}},
	{"waits though canceled", []string{"context that is done", "put with a context that is done"}},
	{"is broken by a canceled call", []string{"context that is done", "put with a context that is done"}},
	{"keeps silent about a Put it did not do", []string{"put with a context that is done"}},
}

func wrongBackend(fault string) sessionstore.Backend {
	if fault == "owns up to its race" {
		return racyBackend{newFakeBackend(fault)}
	}
	return newFakeBackend(fault)
}

func TestBackendSuiteFindsWrongBackends(t *testing.T) {
	t.Parallel()
	for _, w := range wrongBackends {
		t.Run(w.fault, func(t *testing.T) {
			t.Parallel()
			for _, name := range w.cases {
				assert.Error(t, backendVerdict(t, backendCaseNamed(t, name), wrongBackend(w.fault)), "case %q passes", name)
			}
		})
	}
}

// Without it a case that fails for every backend would look sharp, and one that
// asks for more than the contract would go unnoticed.
func TestBackendSuitePassesRightBackends(t *testing.T) {
	t.Parallel()
	for _, freedom := range []string{
		"", "refuses large values", "rounds the ttl up to seconds", "returns the error of the context",
	} {
		t.Run(freedom, func(t *testing.T) {
			t.Parallel()
			RunBackend(t, BackendConfig{New: func(*testing.T) sessionstore.Backend { return newFakeBackend(freedom) }})
		})
	}
	t.Run("owns up to its race", func(t *testing.T) {
		t.Parallel()
		RunBackend(t, BackendConfig{
			New:       func(*testing.T) sessionstore.Backend { return wrongBackend("owns up to its race") },
			TakesRace: true,
		})
	})
}

// What is left out for a backend whose Takes race must be just what it cannot
// keep.
func TestTakesRaceLeavesOutWhatTheyCannotKeep(t *testing.T) {
	t.Parallel()
	for _, c := range allBackendCases() {
		if err := backendVerdict(t, c, newFakeBackend("take has a race window")); c.atomicTake {
			assert.Error(t, err, "case %q", c.name)
		} else {
			assert.NoError(t, err, "case %q", c.name)
		}
	}
	t.Run("and asks it to say so", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := newBackendSubject(t.Context(), newFakeBackend("take has a race window"))
			s.takesRace = true
			assert.Error(t, backendCaseNamed(t, "says whether Takes race").check(s))
		})
	})
}

func TestEveryBackendCaseIsNeeded(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, w := range wrongBackends {
		for _, name := range w.cases {
			found[name] = true
		}
	}
	seen := map[string]bool{}
	for _, c := range allBackendCases() {
		assert.True(t, found[c.name], "no wrong backend is found out by case %q", c.name)
		assert.False(t, seen[c.name], "two cases are called %q", c.name)
		assert.True(t, strings.HasSuffix(c.clause, "."), "the clause of %q is no sentence", c.name)
		seen[c.name] = true
	}
}

// backendVerdict runs a case in a bubble without failing t.
func backendVerdict(t *testing.T, c backendCase, b sessionstore.Backend) (err error) {
	synctest.Test(t, func(t *testing.T) {
		err = c.check(newBackendSubject(t.Context(), b))
	})
	return err
}

func backendCaseNamed(t *testing.T, name string) backendCase {
	t.Helper()
	for _, c := range allBackendCases() {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("there is no case %q", name)
	return backendCase{}
}
