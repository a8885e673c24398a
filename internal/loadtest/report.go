package main

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// tally counts actions by how they ended. The zero tally is ready for use, also
// concurrently.
type tally struct {
	mu     sync.Mutex
	counts map[[2]string]int
}

func (t *tally) add(action, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[[2]string]int{}
	}
	t.counts[[2]string{action, outcome}]++
}

// report is what there is to say after a run.
type report struct {
	world    *world
	elapsed  time.Duration
	requests int64
	signUps  int64
	kept     sessionstore.MemoryStats

	memory struct {
		before, start, middle, end, settled sample // middle is zero if the run ended earlier
		bound                               uint64
	}
	visitsAtMiddle, visitsAtEnd int64
	complaints                  []string // about memory
}

func (r *report) judgeMemory() {
	m := &r.memory
	if m.settled.goroutines > m.before.goroutines+spareGoroutines {
		r.complaints = append(r.complaints, fmt.Sprintf("%d goroutines are left, and there were %d", m.settled.goroutines, m.before.goroutines))
	}
	if m.middle.heap == 0 {
		return
	}
	m.bound = heapBound(m.middle, r.elapsed/2, r.visitsAtEnd-r.visitsAtMiddle)
	if m.end.heap > m.bound {
		r.complaints = append(r.complaints, fmt.Sprintf("the heap grew from %s in the middle to %s at the end, over the bound of %s",
			inMiB(m.middle.heap), inMiB(m.end.heap), inMiB(m.bound)))
	}
}

func (r *report) failed() bool {
	_, counts := r.world.ledger.found()
	return len(counts) > 0 || len(r.complaints) > 0
}

func inMiB(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/mebi) }

// write writes everything as text. The errors of out are nobody's to hear.
func (r *report) write(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }

	line("\nACTION\tOUTCOME\tCOUNT")
	counts := r.world.tally.counts
	keys := make([][2]string, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, key := range keys {
		line("%s\t%s\t%d", key[0], key[1], counts[key])
	}
	_ = w.Flush()

	seconds := r.elapsed.Seconds()
	line("\n%.1f s, %d kills, %d sign-ups (%.1f/s), %d requests (%.1f/s)", seconds, r.world.kills.Load(),
		r.signUps, float64(r.signUps)/seconds, r.requests, float64(r.requests)/seconds)
	_ = w.Flush()

	line("\nLATENCY\tCOUNT\tP50\tP95\tP99\tMAX")
	for _, row := range r.histograms() {
		line("%s\t%d\t%s\t%s\t%s\t%s", row.name, row.h.count(), short(row.h.percentile(50)), short(row.h.percentile(95)),
			short(row.h.percentile(99)), short(row.h.longest()))
	}
	_ = w.Flush()

	m := r.memory
	line("\nMEMORY\tLIVE HEAP\tGOROUTINES")
	for _, row := range []struct {
		name string
		sample
	}{{"before", m.before}, {"start", m.start}, {"middle", m.middle}, {"end", m.end}, {"settled", m.settled}} {
		if row.heap > 0 {
			line("%s\t%s\t%d", row.name, inMiB(row.heap), row.goroutines)
		}
	}
	_ = w.Flush()
	if m.bound > 0 {
		line("bound at the end: %s; the session backend held %d values in %s", inMiB(m.bound), r.kept.Entries, inMiB(uint64(r.kept.Bytes)))
	}
	r.writeFaults(line)
	_ = w.Flush()
}

func (r *report) writeFaults(line func(string, ...any)) {
	faults, counts := r.world.ledger.found()
	if !r.failed() {
		line("\nNothing is lost, doubled or mixed up, and nothing unexpected happened.")
		return
	}
	line("\nWRONG")
	for _, k := range []kind{lost, doubled, mixedUp, revived, unexpected} {
		if counts[k] > 0 {
			line("%s\t%d", k, counts[k])
		}
	}
	for _, f := range faults {
		line("%s: %s", f.kind, f.text)
	}
	for _, complaint := range r.complaints {
		line("memory: %s", complaint)
	}
	line("to repeat it, as far as timing allows: -seed %d", r.world.settings.seed)
}

type namedHistogram struct {
	name string
	h    *histogram
}

func (r *report) histograms() []namedHistogram {
	l := &r.world.latency
	return []namedHistogram{{"start", &l.start}, {"callback", &l.callback}, {"form", &l.form}, {"return", &l.returning}}
}

// short writes a latency with three digits, which is more than there are.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
}
