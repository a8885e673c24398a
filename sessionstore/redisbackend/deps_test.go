package redisbackend_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNobodyElseCompilesTheClient holds the reason why this is a module.
func TestNobodyElseCompilesTheClient(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, dir, packages string
		compiles            bool
	}{
		{"this package", ".", ".", true},
		{"all packages of the root module", "../..", "./...", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", row.packages)
			cmd.Dir = row.dir
			var complaints strings.Builder
			cmd.Stderr = &complaints
			out, err := cmd.Output()
			require.NoError(t, err, complaints.String())
			assert.Equal(t, row.compiles, strings.Contains(string(out), "github.com/redis/go-redis"))
		})
	}
}
