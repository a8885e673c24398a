package oidcflow_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNobodyElseCompilesOpenIDConnect holds the reason why this is a module.
func TestNobodyElseCompilesOpenIDConnect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, dir string
		packages  []string
		compiles  bool
	}{
		{"this package", ".", []string{"."}, true},
		{"package twitter", "../..", []string{"./twitter"}, false},
		{"package oauthreg", "../..", []string{"./oauthreg"}, false},
		{"all packages of the root module", "../..", []string{"./..."}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps"}, test.packages...)...)
			cmd.Dir = test.dir
			var complaints strings.Builder
			cmd.Stderr = &complaints
			out, err := cmd.Output()
			require.NoError(t, err, complaints.String())
			for _, module := range []string{"github.com/coreos/go-oidc", "github.com/go-jose/go-jose"} {
				assert.Equal(t, test.compiles, strings.Contains(string(out), module), module)
			}
		})
	}
}
