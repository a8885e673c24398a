package providertest_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/provider/providertest"
)

// wrong is a Flow made wrong on purpose, with the cases that find it out: these
// and no others.
type wrong struct {
	fault string
	bend  func(b *bent, cfg *oauth2flow.Config)
	cases []string
	// more says that it is so wrong that other cases fail too.
	more bool
}

func allWrong() []wrong {
	return slices.Concat(wrongStarts(), wrongCallbacks(), wrongProfiles(), wrongManners(), wrongPowers())
}

// config tests the Flow that bend leaves.
func config(bend func(*bent, *oauth2flow.Config)) providertest.Config {
	return providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
		f := newFake()
		newBent := func() provider.Flow {
			b, cfg := &bent{serve: f.ServeHTTP}, oauth2Config(client, host)
			if bend != nil {
				bend(b, &cfg)
			}
			b.Flow = newOAuth2(t, cfg)
			return b
		}
		return f.around(newBent(), newBent())
	}}
}

func TestSuiteFindsWrongFlows(t *testing.T) {
	t.Parallel()
	for _, w := range allWrong() {
		t.Run(w.fault, func(t *testing.T) {
			t.Parallel()
			failed := map[string]error{}
			for _, c := range providertest.Cases() {
				if _, err := c.Check(t, config(w.bend)); err != nil {
					failed[c.Name] = err
				}
			}
			for _, name := range w.cases {
				assert.Contains(t, failed, name, "the case passes")
				delete(failed, name)
			}
			if !w.more {
				assert.Empty(t, failed, "other cases fail as well")
			}
		})
	}
}

// Without it a case that fails for every Flow would look sharp.
func TestSuitePassesRightFlow(t *testing.T) {
	t.Parallel()
	for _, c := range providertest.Cases() {
		skipped, err := c.Check(t, config(nil))
		require.NoError(t, err, c.Name)
		assert.Empty(t, skipped, c.Name)
	}
}

func TestEveryCaseIsNeeded(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, w := range allWrong() {
		for _, name := range w.cases {
			found[name] = true
		}
	}
	seen := map[string]bool{}
	for _, c := range providertest.Cases() {
		assert.True(t, found[c.Name], "no wrong Flow is found out by case %q", c.Name)
		assert.False(t, seen[c.Name], "two cases are called %q", c.Name)
		assert.True(t, strings.HasSuffix(strings.TrimSuffix(c.Clause, ")"), "."), "the clause of %q is no sentence", c.Name)
		seen[c.Name] = true
	}
	for name := range found {
		assert.True(t, seen[name], "there is no case %q", name)
	}
}

func TestIncompleteProviderIsRefused(t *testing.T) {
	t.Parallel()
	cfg := providertest.Config{New: func(*testing.T, *http.Client) providertest.Provider { return providertest.Provider{} }}
	_, err := providertest.Cases()[0].Check(t, cfg)
	for _, field := range []string{"Flow", "Handler", "CallbackURL", "Approve", "Subject"} {
		require.ErrorContains(t, err, "Provider."+field+" is required")
	}
	cfg.RealTime = true
	_, err = providertest.Cases()[0].Check(t, cfg)
	assert.NotContains(t, err.Error(), "Handler")
}

// broken names the variable that makes TestBroken fail.
const broken = "PROVIDERTEST_BROKEN"

// TestBroken is run by TestFailurePrintsTheClause, in another process.
func TestBroken(t *testing.T) {
	if os.Getenv(broken) == "" {
		return
	}
	providertest.Run(t, config(func(b *bent, _ *oauth2flow.Config) { b.Shown = clientSecret }))
}

func TestFailurePrintsTheClause(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$", "-test.v")
	cmd.Env = append(os.Environ(), broken+"=1")
	out, err := cmd.CombinedOutput()
	require.Error(t, err, "the broken Flow passes")
	text := string(out)
	assert.Contains(t, text, "--- FAIL: TestBroken/nothing_prints_a_secret")
	assert.Contains(t, text, "the Flow shows one of Provider.Secrets\n")
	assert.Contains(t, text, "clause: Neither the Flow nor a Handshake nor a Token shows a secret")
	assert.Equal(t, 1, bytes.Count(out, []byte("    --- FAIL")))
	assert.NotContains(t, text, clientSecret)
}
