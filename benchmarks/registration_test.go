package benchmarks_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks"
)

// world makes the X of a scenario.
func world(b *testing.B, s benchmarks.Scenario) *benchmarks.World {
	b.Helper()
	people := uint64(0)
	if s.Returning {
		people = 1
	}
	w := benchmarks.InProcess(people)
	if s.Loopback {
		var err error
		w, err = benchmarks.Loopback(people)
		require.NoError(b, err)
	}
	w.Enter()
	b.Cleanup(w.Close)
	return w
}

// each runs the subjects of a scenario, one person after the other.
func each(b *testing.B, s benchmarks.Scenario) {
	b.Helper()
	for _, kind := range benchmarks.Kinds() {
		if !s.Takes(kind) {
			continue
		}
		b.Run(kind.Name, func(b *testing.B) {
			w := world(b, s)
			subject, err := kind.New(w)
			require.NoError(b, err)
			browser := benchmarks.NewBrowser(b.Context(), subject)
			require.NoError(b, browser.Register(w.Approve))
			b.ReportAllocs()
			if s.Parallel {
				var failed atomic.Value
				b.RunParallel(func(pb *testing.PB) {
					browser := benchmarks.NewBrowser(b.Context(), subject)
					for pb.Next() {
						if err := browser.Register(w.Approve); err != nil {
							failed.Store(err)
						}
					}
				})
				require.Nil(b, failed.Load())
			} else {
				for b.Loop() {
					if err := browser.Register(w.Approve); err != nil {
						b.Fatal(err)
					}
				}
			}
			if !kind.Replay && !s.Returning {
				require.Equal(b, b.N+1, subject.Count())
			}
		})
	}
}

// BenchmarkRegistration is one whole registration of somebody new, in process.
func BenchmarkRegistration(b *testing.B) { each(b, benchmarks.Scenario{}) }

func BenchmarkRegistrationParallel(b *testing.B) { each(b, benchmarks.Scenario{Parallel: true}) }

func BenchmarkRegistrationLoopback(b *testing.B) { each(b, benchmarks.Scenario{Loopback: true}) }

func BenchmarkRegistrationLoopbackParallel(b *testing.B) {
	each(b, benchmarks.Scenario{Loopback: true, Parallel: true})
}

// BenchmarkReturning is a sign-in of somebody who has registered.
func BenchmarkReturning(b *testing.B) { each(b, benchmarks.Scenario{Returning: true}) }

func BenchmarkReturningLoopback(b *testing.B) {
	each(b, benchmarks.Scenario{Returning: true, Loopback: true})
}
