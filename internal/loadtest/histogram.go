package main

import (
	"math"
	"sync"
	"time"
)

// Each bucket ends 5 % above the one before it, so that a percentile is at most
// 5 % too high. The first holds all that is faster than minLatency.
const (
	minLatency   = 10 * time.Microsecond
	bucketGrowth = 1.05
	bucketCount  = 340 // up to some two minutes
)

// histogram counts latencies. The zero histogram is empty and ready for use,
// also concurrently.
type histogram struct {
	mu     sync.Mutex
	counts [bucketCount]int
	total  int
	max    time.Duration
}

func bucketOf(d time.Duration) int {
	if d <= minLatency {
		return 0
	}
	n := int(math.Ceil(math.Log(float64(d)/float64(minLatency))/math.Log(bucketGrowth) - 1e-9))
	return min(n, bucketCount-1)
}

// bucketEnd is the longest latency in bucket n.
func bucketEnd(n int) time.Duration {
	return time.Duration(float64(minLatency) * math.Pow(bucketGrowth, float64(n)))
}

func (h *histogram) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[bucketOf(d)]++
	h.total++
	h.max = max(h.max, d)
}

// percentile returns a latency that p percent of all do not exceed, 0 if there
// are none.
func (h *histogram) percentile(p float64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	rank := max(int(math.Ceil(p/100*float64(h.total))), 1)
	seen := 0
	for n, count := range h.counts {
		if seen += count; seen >= rank {
			return min(bucketEnd(n), h.max)
		}
	}
	return 0
}

func (h *histogram) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

func (h *histogram) longest() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.max
}

// bar is how many latencies lie above from, up to to.
type bar struct {
	from, to time.Duration
	count    int
}

// bars joins the buckets by sixes, into 34 % steps, and leaves out empty ones at
// both ends.
func (h *histogram) bars() []bar {
	const step = 6
	h.mu.Lock()
	defer h.mu.Unlock()
	var bars []bar
	for n := 0; n < bucketCount; n += step {
		b := bar{to: bucketEnd(min(n+step, bucketCount) - 1)}
		if n > 0 {
			b.from = bucketEnd(n - 1)
		}
		for _, count := range h.counts[n:min(n+step, bucketCount)] {
			b.count += count
		}
		if b.count > 0 || len(bars) > 0 {
			bars = append(bars, b)
		}
	}
	for len(bars) > 0 && bars[len(bars)-1].count == 0 {
		bars = bars[:len(bars)-1]
	}
	return bars
}
