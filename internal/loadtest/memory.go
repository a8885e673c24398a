package main

import (
	"runtime"
	"time"
)

// sample is what the process holds at a moment.
type sample struct {
	heap       uint64 // live, after a collection
	goroutines int
}

func measure() sample {
	// The second collection frees what finalizers and pools let go of.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return sample{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine()}
}

// steady is the least of five samples of a busy process: what is in every one
// of them is kept, and not just passing through.
func steady() sample {
	least := measure()
	for range 4 {
		time.Sleep(50 * time.Millisecond)
		next := measure()
		least.heap = min(least.heap, next.heap)
	}
	return least
}

const (
	// settleTime is how long goroutines may take to end once all is closed.
	settleTime = 10 * time.Second

	// spareGoroutines may be there at the end and were not at the start: the
	// runtime's own.
	spareGoroutines = 3
)

// settle waits until about as many goroutines are left as there were before.
func settle(before sample) sample {
	deadline := time.Now().Add(settleTime)
	for runtime.NumGoroutine() > before.goroutines+spareGoroutines && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	return measure()
}

const (
	mebi = 1 << 20

	// The heap may be larger at the end of a run than in its middle by a quarter
	// and by heapSpare: the stand-in's memory of one shift, what is under way, and
	// the steps in which the session backend takes memory. A leak that is smaller
	// is not seen: run for longer.
	heapSpare = 12 * mebi

	// heapPerVisit is added for each visit of the second half if that is shorter
	// than recordTTL twice over: what is kept for a minute is then still adding up.
	heapPerVisit = 6 << 10
)

// heapBound is how large the heap may be at the end of a run.
func heapBound(middle sample, half time.Duration, visits int64) uint64 {
	bound := middle.heap + middle.heap/4 + heapSpare
	if half < 2*recordTTL {
		bound += uint64(max(visits, 0)) * heapPerVisit
	}
	return bound
}
