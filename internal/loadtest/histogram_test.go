package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var h histogram
	assert.Zero(t, h.percentile(99), "nothing was counted")
	for _, n := range rand.Perm(1000) {
		h.add(time.Duration(n+1) * time.Millisecond)
	}
	for percent, want := range map[float64]time.Duration{
		1: 10 * time.Millisecond, 50: 500 * time.Millisecond, 95: 950 * time.Millisecond, 99: 990 * time.Millisecond, 100: time.Second,
	} {
		got := h.percentile(percent)
		assert.GreaterOrEqual(t, got, want, percent)
		assert.LessOrEqual(t, got, time.Duration(float64(want)*bucketGrowth)+1, percent)
	}
	assert.Equal(t, time.Second, h.longest())
	assert.Equal(t, 1000, h.count())
}

func TestBucketsHoldWhatTheySay(t *testing.T) {
	t.Parallel()
	for d := time.Nanosecond; d < time.Minute; d += d/7 + 1 {
		n := bucketOf(d)
		assert.LessOrEqual(t, d, bucketEnd(n)+1, "%s", d)
		if n > 0 {
			assert.Greater(t, d+1, bucketEnd(n-1), "%s", d)
		}
	}
	assert.Equal(t, bucketCount-1, bucketOf(time.Hour))
}

func TestBarsHoldEverything(t *testing.T) {
	t.Parallel()
	var h histogram
	assert.Empty(t, h.bars())
	for _, d := range []time.Duration{time.Millisecond, 2 * time.Millisecond, time.Second, time.Hour} {
		h.add(d)
	}
	sum, bars := 0, h.bars()
	for i, b := range bars {
		sum += b.count
		assert.Less(t, b.from, b.to)
		if i > 0 {
			assert.Equal(t, bars[i-1].to, b.from)
		}
	}
	assert.Equal(t, 4, sum)
	assert.Positive(t, bars[0].count)
	assert.Positive(t, bars[len(bars)-1].count)
}
