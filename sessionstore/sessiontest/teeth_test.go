package sessiontest

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

// wrong lists stores made wrong on purpose, each with the cases that must find
// it out. Other cases may fail as well.
var wrong = []struct {
	fault string
	store func() sessionstore.Store // a fakeStore with the fault if nil
	cases []string
}{
	{fault: "forgets", cases: []string{"put and get", "any bytes", "every key"}},
	{fault: "reads once", cases: []string{"put and get"}},
	{fault: "absent is an error", cases: []string{"absent", "no other key"}},
	{fault: "keeps the first", cases: []string{"overwrite", "several puts in one response"}},
	{fault: "ends values at NUL", cases: []string{"any bytes"}},
	{fault: "wants text", cases: []string{"any bytes"}},
	{fault: "loses empty values", cases: []string{"any bytes"}},
	{fault: "ignores the case of keys", cases: []string{"keys are apart"}},
	{fault: "cuts keys", cases: []string{"keys are apart"}},
	{fault: "has one value for a browser", cases: []string{"keys are apart", "taken is gone", "cookies answer to their own key"}},
	{fault: "keeps the caller's slice", cases: []string{"copied in"}},
	{fault: "hands out its own slice", cases: []string{"copied out"}},
	{fault: "does not see its own cookie", cases: []string{"several puts in one response"}},
	{fault: "drops large values silently", cases: []string{"too large"}},
	{fault: "truncates large values", cases: []string{"too large"}},
	{fault: "has its own error for large values", cases: []string{"too large"}},
	{fault: "lets go of the value before refusing", cases: []string{"too large"}},
	{fault: "refuses long keys", cases: []string{"every key"}},
	{fault: "takes any key", cases: []string{"no other key"}},
	{fault: "fails on strange keys", cases: []string{"no other key"}},
	{fault: "takes any ttl", cases: []string{"no time to live"}},
	{fault: "finds nothing when canceled", cases: []string{"canceled request"}},
	{fault: "take peeks", cases: []string{"taken is gone", "one winner", "a copied cookie does not bring it back"}},
	{fault: "take removes everything", cases: []string{"taken is gone"}},
	{fault: "never again after a take", cases: []string{"put after take"}},
	{fault: "take does not see the response", cases: []string{"take after put"}},
	{fault: "take has a race window", cases: []string{"one winner"}},
	{fault: "take drops the cookie only", cases: []string{"one winner", "a copied cookie does not bring it back"}},
	{fault: "never expires", cases: []string{"found until the end", "expiry does not rest with the browser"}},
	{fault: "rounds the ttl down", cases: []string{"found until the end"}},
	{fault: "leaves expiry to the browser", cases: []string{"expiry does not rest with the browser"}},
	{fault: "keeps the first ttl", cases: []string{"put sets the ttl anew"}},
	{fault: "has one ttl for a browser", cases: []string{"each value has its own ttl"}},
	{fault: "has a cookie of the last ttl", cases: []string{"each value has its own ttl"}},
	{fault: "one ID for all", cases: []string{"another browser sees nothing", "each browser has its own"}},
	{fault: "fails on strange cookies", cases: []string{"altered cookies are no cookies"}},
	{fault: "compares the beginning of IDs", cases: []string{"altered cookies are no cookies", "planted cookies are not adopted"}},
	{fault: "adopts IDs", cases: []string{"planted cookies are not adopted"}},
	{fault: "has no HttpOnly", cases: []string{"cookie attributes"}},
	{fault: "has no SameSite", cases: []string{"cookie attributes"}},
	{fault: "has SameSite=None", cases: []string{"cookie attributes"}},
	{fault: "has another path", cases: []string{"cookie attributes"}},
	{fault: "has a domain", cases: []string{"cookie attributes"}},
	{fault: "breaks the prefix", cases: []string{"cookie attributes", "put and get"}},
	{fault: "sets the cookie again and again", cases: []string{"one line for each cookie"}},
	{fault: "sets all cookies", cases: []string{"one line for each cookie"}},
	{fault: "is full at ten", cases: []string{"many values"}},
	{fault: "lets go of the newest", cases: []string{"many values"}},
	{fault: "loses what other tabs put", cases: []string{"concurrent tabs"}},
	{fault: "loses what other browsers put", cases: []string{"concurrent browsers"}},
	{
		fault: "has handles that fit any key",
		store: func() sessionstore.Store { return &slotStore{slots: map[string][]byte{}} },
		cases: []string{"cookies answer to their own key", "many values"},
	},
	{
		fault: "has the values in plain cookies",
		store: func() sessionstore.Store { return &slotStore{plain: true, slots: map[string][]byte{}} },
		cases: []string{"nothing to read in cookies", "too large"},
	},
}

func TestSuiteFindsWrongStores(t *testing.T) {
	t.Parallel()
	for _, w := range wrong {
		t.Run(w.fault, func(t *testing.T) {
			t.Parallel()
			newStore := w.store
			if newStore == nil {
				newStore = func() sessionstore.Store { return newFakeStore(w.fault) }
			}
			for _, name := range w.cases {
				assert.Error(t, verdict(t, caseNamed(t, name), newStore), "case %q passes", name)
			}
		})
	}
}

// Without it a case that fails for every store would look sharp.
func TestSuitePassesRightStore(t *testing.T) {
	t.Parallel()
	Run(t, Config{New: func(*testing.T) sessionstore.Store { return newFakeStore("") }})
}

func TestEveryCaseIsNeeded(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, w := range wrong {
		for _, name := range w.cases {
			found[name] = true
		}
	}
	seen := map[string]bool{}
	for _, c := range allCases() {
		assert.True(t, found[c.name], "no wrong store is found out by case %q", c.name)
		assert.False(t, seen[c.name], "two cases are called %q", c.name)
		assert.True(t, strings.HasSuffix(strings.TrimSuffix(c.clause, ")"), "."), "the clause of %q is no sentence", c.name)
		seen[c.name] = true
	}
}

// A sealed cookie is a right store whose values lie in the browser: what is
// left out for such stores must be just what it cannot keep.
func TestBrowserStateLeavesOutWhatACookieCannot(t *testing.T) {
	t.Parallel()
	keys, err := seal.Parse(seal.NewKey())
	require.NoError(t, err)
	cookie, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: "https://app.example.com"})
	require.NoError(t, err)
	newStore := func() sessionstore.Store { return cookie }
	for _, c := range allCases() {
		err := verdict(t, c, newStore)
		assert.Equal(t, c.serverState, err != nil, "case %q: %v", c.name, err)
	}
	Run(t, Config{New: func(*testing.T) sessionstore.Store { return cookie }, BrowserState: true})
}

// verdict runs a case in a bubble without failing t.
func verdict(t *testing.T, c testCase, newStore func() sessionstore.Store) (err error) {
	synctest.Test(t, func(t *testing.T) {
		err = c.check(t.Context(), subject{store: newStore()})
	})
	return err
}

func caseNamed(t *testing.T, name string) testCase {
	t.Helper()
	for _, c := range allCases() {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("there is no case %q", name)
	return testCase{}
}
