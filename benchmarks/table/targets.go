package main

import (
	"fmt"
	"io"

	"github.com/oauthreg/go/benchmarks"
)

// target is a bound that the library has set itself, in times of the floor.
type target struct {
	what      string
	bound     float64
	got       float64
	statement string
}

// targets are those of a sign-up with all checks on.
func targets(all *results) []target {
	var list []target
	for _, name := range []string{"oauthreg-cookie", "oauthreg-memory"} {
		for _, r := range all.scenarios {
			k, ok := r.kind(name)
			if !ok || r.scenario.Parallel || r.scenario.Returning {
				continue
			}
			if r.scenario.Loopback {
				list = append(list,
					target{what: name + ": whole time over loopback", bound: 1.3, got: r.timesWhole(name, "floor", nanoseconds)},
					target{what: name + ": the same, of the processor", bound: 1.3, got: r.timesWhole(name, "floor", cpu)})
				continue
			}
			for _, measure := range []struct {
				what  string
				bound float64
				of    func(benchmarks.Sample) float64
			}{
				{"own time in process", 2, nanoseconds},
				{"the same, of the processor", 2, cpu},
				{"own allocations in process", 2.5, allocations},
			} {
				if times, ok := r.timesOwn(k, "floor", measure.of); ok {
					list = append(list, target{what: name + ": " + measure.what, bound: measure.bound, got: times})
				}
			}
		}
	}
	for i, t := range list {
		list[i].statement = "not met"
		if t.got <= t.bound {
			list[i].statement = "met"
		}
	}
	return list
}

func printTargets(w io.Writer, list []target) {
	fmt.Fprintln(w, "\nTargets, in times of the floor")
	for _, t := range list {
		fmt.Fprintf(w, "  %s: %s, at most %g: %s\n", t.what, ratio(t.got), t.bound, t.statement)
	}
}
