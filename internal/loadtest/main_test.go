package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
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
		{"all", []string{"-people", "3", "-instances", "1", "-duration", "1s", "-kill", "0", "-sessions", "cookie", "-seed", "7"}, ""},
		{"nobody", []string{"-people", "0"}, "-people"},
		{"too many", []string{"-people", "100000"}, "-people"},
		{"no instance", []string{"-instances", "0"}, "-instances"},
		{"no time", []string{"-duration", "0"}, "-duration"},
		{"no such store", []string{"-sessions", "sql"}, "-sessions"},
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
			assert.NotZero(t, s.seed)
		})
	}
	_, err := parse([]string{"-h"}, &bytes.Buffer{})
	assert.ErrorIs(t, err, flag.ErrHelp)
}

func TestPicturesAreWritten(t *testing.T) {
	s := small(inCookie)
	s.duration, s.svg = 500*time.Millisecond, filepath.Join(t.TempDir(), "latency.svg")
	var out bytes.Buffer
	require.NoError(t, execute(t.Context(), s, &out), &out)
	picture, err := os.ReadFile(s.svg)
	require.NoError(t, err)
	_, _ = elements(t, picture)

	s.svg = filepath.Join(t.TempDir(), "no", "such", "directory.svg")
	assert.ErrorIs(t, execute(t.Context(), s, &out), os.ErrNotExist)
}

func TestRepeatsWhatPeopleWant(t *testing.T) {
	t.Parallel()
	w := &world{settings: settings{seed: 42}, people: []identity{anna, ben, anna, ben}}
	same, other := newPerson(w, 0), newPerson(w, 1)
	again := newPerson(w, 0)
	assert.Equal(t, same.rng.Perm(50), again.rng.Perm(50))
	assert.NotEqual(t, again.rng.Perm(50), other.rng.Perm(50))
}
