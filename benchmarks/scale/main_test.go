package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		args  []string
		fault string
	}{
		{"none", nil, ""},
		{"sizes in any order", []string{"-waiting", "10,1,10", "-at-once", ""}, ""},
		{"no such store", []string{"-stores", "paper"}, "paper"},
		{"no number", []string{"-waiting", "many"}, "-waiting"},
		{"nobody", []string{"-sockets", "0"}, "-sockets"},
		{"no time", []string{"-duration", "0"}, "-duration"},
		{"no such flag", []string{"-x"}, "not defined"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, err := parse(row.args, &bytes.Buffer{})
			if row.fault != "" {
				assert.ErrorContains(t, err, row.fault)
				return
			}
			require.NoError(t, err)
			assert.IsNonDecreasing(t, s.waiting)
		})
	}
	_, err := parse([]string{"-h"}, &bytes.Buffer{})
	assert.ErrorIs(t, err, flag.ErrHelp)
}

// small is a run of one size. SQLite is the store that has copies made and bytes
// outside of the process, and needs no server.
func small(t *testing.T) settings {
	t.Helper()
	return settings{
		stores: []string{"cookie", "memory", "sqlite"}, waiting: []int{1, 1000}, atOnce: []int{8}, sockets: []int{4}, form: 20,
		duration: time.Millisecond, patience: time.Minute, markdown: true, svg: t.TempDir(), profile: t.TempDir(),
	}
}

func TestRunWritesTablesChartsAndProfiles(t *testing.T) {
	s := small(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), s, &out))
	width, rows := 0, 0
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "| store |") {
			width = strings.Count(line, "|")
		}
		if strings.HasPrefix(line, "|") {
			assert.Equal(t, width, strings.Count(line, "|"), line)
			rows++
		}
	}
	assert.Equal(t, 3*2+3*2+3+3+3, rows, "three heads with a rule each; two, one, one and one rows of three stores:\n%s", out.String())
	for _, name := range []string{"scale-waiting.svg", "scale-at-once.svg"} {
		picture, err := os.ReadFile(filepath.Join(s.svg, name))
		require.NoError(t, err)
		text, points := elements(t, picture)
		for _, want := range []string{"cookie", "memory", "sqlite", "(logarithmic)", "prefers-color-scheme: dark"} {
			assert.Contains(t, text, want, name)
		}
		assert.GreaterOrEqual(t, points, 3, name)
	}
	for _, name := range []string{"memory-8.cpu", "memory-8.mutex", "memory-8.block", "memory-8.allocs", "sqlite-4-sockets.cpu"} {
		assert.FileExists(t, filepath.Join(s.profile, name))
	}
}

func TestWaitingPeopleAreThere(t *testing.T) {
	s := small(t)
	for _, name := range []string{"cookie", "memory", "sqlite"} {
		rows, err := measureWaiting(t.Context(), name, s)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		for i, row := range rows {
			assert.Equal(t, s.waiting[i], row.waiting, name)
			assert.GreaterOrEqual(t, row.people, 10, name)
			assert.Positive(t, row.medians.sum(), name)
			assert.Positive(t, row.browser, name)
			assert.NotEmpty(t, row.pauses, name)
		}
		if name == "sqlite" {
			// Each record is more than its key of 43 bytes.
			assert.Greater(t, rows[1].held.outside, int64(43*1000))
		}
	}
}

func TestPatienceEnds(t *testing.T) {
	s := small(t)
	s.patience = 0
	rows, err := measureWaiting(t.Context(), "memory", s)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	assert.True(t, rows[0].short)
	assert.Contains(t, rows[0].cells()[1], "stopped")
}

func TestEverybodyAtOnceRegisters(t *testing.T) {
	s := small(t)
	for _, sockets := range []bool{false, true} {
		row, err := measureAtOnce(t.Context(), "memory", 8, sockets, s)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, row.done, 8)
		assert.Zero(t, row.failed, "%v", row.failure)
		assert.GreaterOrEqual(t, row.p99, row.p50)
		assert.GreaterOrEqual(t, row.peak.goroutines, 2)
	}
}

func TestAFailureIsCounted(t *testing.T) {
	s := small(t)
	p, err := openMemory(1)
	require.NoError(t, err)
	require.NoError(t, p.close()) // Puts fail from now on
	_, _, err = fill(t.Context(), p, 1, true, time.Minute)
	assert.ErrorContains(t, err, "start")
	assert.Contains(t, atOnceRow{store: "memory", failed: 2, failure: err, elapsed: s.duration}.cells()[8], "2 (")
}

func TestIntoADocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(file, []byte("<!-- scale -->\n<!-- end of scale -->\n"), 0o600))
	s := settings{stores: []string{"memory"}, atOnce: []int{2}, duration: time.Millisecond, into: file}
	require.NoError(t, execute(t.Context(), s, &bytes.Buffer{}))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(text), "| memory | none | 2 |")
}
