package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks"
)

// The whole command, with turns as short as can be.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	document, picture := filepath.Join(dir, "performance.md"), filepath.Join(dir, "performance.svg")
	require.NoError(t, os.WriteFile(document, []byte("before\n"+tablesBegin+"\nold\n"+tablesEnd+"\nafter\n"), 0o600))
	var out bytes.Buffer
	err := run(t.Context(), []string{"-rounds", "1", "-slice", "1ms", "-svg", picture, "-markdown", document}, &out, io.Discard)
	require.NoError(t, err)

	text, err := os.ReadFile(document)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(text), "before\n"+tablesBegin))
	assert.True(t, strings.HasSuffix(string(text), tablesEnd+"\nafter\n"))
	assert.NotContains(t, string(text), "old")
	for _, s := range benchmarks.Scenarios() {
		assert.Contains(t, string(text), s.Title)
		assert.Contains(t, out.String(), s.Title)
	}
	for _, k := range benchmarks.Kinds() {
		assert.Contains(t, out.String(), k.Name)
	}
	assert.Contains(t, out.String(), "Targets")

	drawn, err := os.ReadFile(picture)
	require.NoError(t, err)
	for d := xml.NewDecoder(bytes.NewReader(drawn)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	for _, word := range []string{"oauthreg-cookie", "goth", "prefers-color-scheme"} {
		assert.Contains(t, string(drawn), word)
	}
	assert.NotContains(t, string(drawn), "NaN")
}

func TestSteps(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-steps", "-only", "memory"}, &out, io.Discard))
	assert.Contains(t, out.String(), "oauthreg-memory")
	assert.NotContains(t, out.String(), "goth")
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"extra"}, {"-rounds", "0"}, {"-unknown"}} {
		require.Error(t, run(t.Context(), args, io.Discard, io.Discard), args)
	}
	require.Error(t, replaceTables(filepath.Join(t.TempDir(), "none.md"), &results{}, nil))
}

func TestFigures(t *testing.T) {
	for _, row := range []struct {
		name   string
		values []float64
		want   figures
	}{
		{"one", []float64{3}, figures{3, 3, 3}},
		{"two", []float64{4, 2}, figures{2.5, 3, 3.5}},
		{"five, not sorted", []float64{50, 10, 30, 20, 40}, figures{20, 30, 40}},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, figuresOf(row.values)) })
	}
}

// Own is what is above the replay of the same round, and a ratio to what may be
// noise is none.
func TestOwn(t *testing.T) {
	kind := func(name string) benchmarks.Kind { return benchmarks.Kind{Name: name} }
	samples := func(ns ...float64) (s []benchmarks.Sample) {
		for _, x := range ns {
			s = append(s, benchmarks.Sample{Nanoseconds: x})
		}
		return s
	}
	r := &result{kinds: []benchmarks.Kind{kind("floor"), kind("goth")}, samples: map[string][]benchmarks.Sample{
		"replay": samples(10, 20, 30), "floor": samples(12, 22, 32), "goth": samples(20, 40, 130),
	}}
	assert.InDelta(t, 20, r.own(kind("goth"), nanoseconds).median, 0)
	times, ok := r.timesOwn(kind("goth"), "floor", nanoseconds)
	assert.True(t, ok)
	assert.InDelta(t, 10, times, 0)
	assert.InDelta(t, 40.0/22, r.timesWhole("goth", "floor", nanoseconds), 1e-9)
	r.samples["floor"] = samples(9, 19, 29)
	_, ok = r.timesOwn(kind("goth"), "floor", nanoseconds)
	assert.False(t, ok)
}
