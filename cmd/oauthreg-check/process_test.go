package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProcess runs the built command: without colour into a pipe, with colour on
// a terminal unless NO_COLOR says no, and with its exit statuses.
func TestProcess(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "oauthreg-check")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, env := start(t)
	process := func(t *testing.T, more []string, name string, args ...string) (string, int) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm"}, more...)
		for name, value := range env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			require.IsType(t, &exec.ExitError{}, err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}

	t.Run("pipe", func(t *testing.T) {
		out, status := process(t, nil, binary)
		assert.Equal(t, fine, status, out)
		assert.Contains(t, out, "\nOK: X accepts")
		assert.NotContains(t, out, "\x1b")

		out, status = process(t, nil, binary, "-callback", "https://app.example/")
		assert.Equal(t, toFix, status, out)
		assert.Contains(t, out, `add exactly "https://app.example/"`)

		_, status = process(t, nil, binary, "-no-such-flag")
		assert.Equal(t, usage, status)
	})
	t.Run("terminal", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("script, which makes a terminal, has other flags on this system")
		}
		script, err := exec.LookPath("script")
		if err != nil {
			if os.Getenv("OAUTHREG_REQUIRE_SERVICES") == "1" {
				t.Fatal("script is not installed; install bsdutils or util-linux")
			}
			t.Skip("script, which makes a terminal, is not installed; install bsdutils or util-linux")
		}
		require.NotContains(t, binary, "'")
		onTerminal := func(more ...string) (string, int) {
			return process(t, more, script, "-qec", "'"+binary+"'", "/dev/null")
		}
		out, status := onTerminal()
		assert.Equal(t, fine, status, out)
		assert.Contains(t, out, "\x1b[1;32mOK\x1b[0m: X accepts")

		out, status = onTerminal("NO_COLOR=1")
		assert.Equal(t, fine, status, out)
		assert.NotContains(t, out, "\x1b")
		assert.Contains(t, out, "OK: X accepts")
	})
}

// What decides about colour.
func TestColourful(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer null.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for _, pair := range pairs {
				if value, found := strings.CutPrefix(pair, name+"="); found {
					return value
				}
			}
			return ""
		}
	}
	assert.True(t, colourful(null, env()), "a character device")
	assert.True(t, colourful(null, env("NO_COLOR=", "TERM=xterm")), "an empty NO_COLOR does not count")
	assert.False(t, colourful(null, env("NO_COLOR=0")))
	assert.False(t, colourful(null, env("TERM=dumb")))
	assert.False(t, colourful(file, env()))
	assert.False(t, colourful(&strings.Builder{}, env()))
}
