//go:build !unix

package benchmarks

import "time"

// cpuTime is not known here: the columns stay zero.
func cpuTime() time.Duration { return 0 }
