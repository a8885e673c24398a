//go:build unix

package benchmarks

import (
	"syscall"
	"time"
)

// cpuTime is what the process has used of the processors, with the collector of
// garbage. It does not grow while others have them, as the time of day does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
