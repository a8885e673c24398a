package main

import (
	"bytes"
	"flag"
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
		{"all", []string{"-delay", "1s", "-runs", "1", "-crowd", "0", "-http1", "-markdown"}, ""},
		{"no delay", []string{"-delay", "0"}, "-delay"},
		{"no run", []string{"-runs", "0"}, "-runs"},
		{"no such flag", []string{"-x"}, "not defined"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(row.args, &bytes.Buffer{})
			if row.fault != "" {
				assert.ErrorContains(t, err, row.fault)
				return
			}
			assert.NoError(t, err)
		})
	}
	_, err := parse([]string{"-h"}, &bytes.Buffer{})
	assert.ErrorIs(t, err, flag.ErrHelp)
}

// All subjects are taken all the way, which fails if one of them does not get
// there, and what they waited for is at least what the distance makes it.
func TestEverybodyGetsThere(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(settings{delay: 10 * time.Millisecond, runs: 1, crowd: 4, markdown: true}, &out))
	rows := map[string]int{}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "|") {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
			rows[strings.TrimSpace(cells[0])]++
			if len(cells) == 8 && cells[7] != "opened" && strings.TrimSpace(cells[1]) == string(warm) {
				assert.Equal(t, "0", strings.TrimSpace(cells[7]), "a warm registration opens no connection: %s", line)
			}
		}
	}
	for _, name := range []string{"oauthreg, cookies", "oauthreg, memory", "dghubble/oauth1", "goth"} {
		assert.Equal(t, 5, rows[name], "three states and two protocols of %s", name)
	}
	assert.Equal(t, 1, rows["oauthreg, a store on a server"])
}

func TestStepsTakeTheirRoundTrips(t *testing.T) {
	const delay = 20 * time.Millisecond
	far, err := newFarX(delay, false)
	require.NoError(t, err)
	defer far.close()
	list, err := subjects()
	require.NoError(t, err)
	for _, sub := range list {
		var w waits
		require.NoError(t, w.register(far, sub, first), sub.name)
		assert.GreaterOrEqual(t, w.took[start][0], 3*delay, sub.name)
		assert.GreaterOrEqual(t, w.took[callback][0], 2*delay, sub.name)
		assert.GreaterOrEqual(t, w.took[returning][0], delay, sub.name)
		assert.Equal(t, []int64{1}, w.opened, sub.name)
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 3, roundTrips(312*time.Millisecond, 100*time.Millisecond))
	assert.Zero(t, roundTrips(time.Millisecond, 100*time.Millisecond))
	assert.Equal(t, int64(2), median([]int64{9, 2, 1}))
	assert.Equal(t, "0.5 ms", inMillis(500*time.Microsecond))
	assert.Equal(t, "305 ms", inMillis(305*time.Millisecond))
}
