package benchmarks

import (
	"runtime"
	"time"
)

// Sample is what one registration took, on the average of a turn.
type Sample struct {
	// Nanoseconds went by on the clock, CPU of them were the process's own.
	Nanoseconds, CPU float64
	// Bytes and Allocations are of the whole process: over loopback, the fake's
	// are among them.
	Bytes, Allocations float64
}

// meter measures what happens between its begin and its end.
type meter struct {
	memory runtime.MemStats
	cpu    time.Duration
	began  time.Time
}

// begin collects the garbage first, so that nobody pays for the one before.
func (m *meter) begin() {
	runtime.GC()
	m.start()
}

func (m *meter) start() {
	runtime.ReadMemStats(&m.memory)
	m.cpu, m.began = cpuTime(), time.Now()
}

// end returns a share for each of n.
func (m *meter) end(n int) Sample {
	took, cpu := time.Since(m.began), cpuTime()-m.cpu
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	each := 1 / float64(n)
	return Sample{
		Nanoseconds: float64(took) * each, CPU: float64(cpu) * each,
		Bytes:       float64(after.TotalAlloc-m.memory.TotalAlloc) * each,
		Allocations: float64(after.Mallocs-m.memory.Mallocs) * each,
	}
}
