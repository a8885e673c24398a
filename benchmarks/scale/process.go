package main

import (
	"bytes"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"sync"
	"time"
)

// held is what the process holds when nothing is under way, and what the store
// takes up outside of it.
type held struct{ heap, resident, outside int64 }

func (h held) less(other held) held {
	return held{h.heap - other.heap, h.resident - other.resident, h.outside - other.outside}
}

func hold() held {
	runtime.GC()
	debug.FreeOSMemory() // collects once more, which frees what pools let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return held{heap: int64(m.HeapAlloc), resident: resident()}
}

// resident is the process's memory as Linux counts it; 0 elsewhere.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmRSS:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kilobytes << 10
}

// pauses collects garbage again and again while do runs, and returns for how
// long each collection stopped the process, the shortest first. The collections
// that the runtime would begin by itself are off: they are more frequent the less
// there is, and shorter, since whoever begins one need not be stopped.
func pauses(do func()) []time.Duration {
	const kept = 256 // by the runtime
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after debug.GCStats
	debug.ReadGCStats(&before)
	done := make(chan struct{})
	var collecting sync.WaitGroup
	collecting.Go(func() {
		for {
			runtime.GC()
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	do()
	close(done)
	collecting.Wait()
	debug.ReadGCStats(&after)
	n := min(after.NumGC-before.NumGC, kept, int64(len(after.Pause)))
	return slices.Sorted(slices.Values(after.Pause[:n]))
}

// peak is the most that was seen.
type peak struct {
	heap       uint64
	goroutines int
}

// watch looks at the process while do runs.
func watch(do func()) peak {
	var p peak
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	look := func() {
		metrics.Read(sample)
		p.heap = max(p.heap, sample[0].Value.Uint64())
		p.goroutines = max(p.goroutines, runtime.NumGoroutine())
	}
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			look()
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	})
	do()
	close(done)
	watching.Wait()
	return p
}

// percentile of sorted values; zero if there are none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}
