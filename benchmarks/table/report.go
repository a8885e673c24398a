package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/oauthreg/go/benchmarks"
)

// table is what is printed, as text or as Markdown. Its first column is of
// names.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t table) text(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", t.title)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range append([][]string{t.head}, t.rows...) {
		fmt.Fprintf(columns, "%s\t\n", strings.Join(row, "\t"))
	}
	_ = columns.Flush() // the errors of w are those of the standard output
}

func (t table) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**\n\n| %s |\n|---|%s\n", t.title, strings.Join(t.head, " | "), strings.Repeat("---:|", len(t.head)-1))
	for _, row := range t.rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String() + "\n"
}

// report makes the tables.
func report(all *results) []table {
	var tables []table
	for _, r := range all.scenarios {
		tables = append(tables, r.table())
	}
	return append(tables, partsTable(all))
}

// table has a line for each subject.
func (r *result) table() table {
	t := table{title: r.scenario.Title, head: []string{
		"", "time", "own time", "quartiles", "own CPU", "own bytes", "own allocations",
		"own time × floor", "own CPU × floor", "time × floor", "CPU × floor",
	}}
	for _, k := range r.kinds {
		row := []string{k.Name, micros(r.whole(k.Name, nanoseconds).median)}
		if k.Replay {
			row = append(row, "", "", "("+micros(r.whole(k.Name, cpu).median)+")",
				"("+kilo(r.whole(k.Name, allocated).median)+")", fmt.Sprintf("(%.0f)", r.whole(k.Name, allocations).median), "", "", "", "")
			t.rows = append(t.rows, row)
			continue
		}
		own := r.own(k, nanoseconds)
		row = append(row, micros(own.median), micros(own.low)+" – "+micros(own.high), micros(r.own(k, cpu).median),
			kilo(r.own(k, allocated).median), fmt.Sprintf("%.0f", r.own(k, allocations).median))
		for _, of := range []func(benchmarks.Sample) float64{nanoseconds, cpu} {
			times, ok := r.timesOwn(k, "floor", of)
			if !ok {
				row = append(row, "–")
				continue
			}
			row = append(row, ratio(times))
		}
		row = append(row, ratio(r.timesWhole(k.Name, "floor", nanoseconds)), ratio(r.timesWhole(k.Name, "floor", cpu)))
		t.rows = append(t.rows, row)
	}
	return t
}

func partsTable(all *results) table {
	t := table{title: "Parts", head: []string{"", "by", "time", "quartiles", "CPU", "bytes", "allocations", "time × the library's"}}
	last, base := "", 0.0
	for _, p := range all.parts {
		samples := all.ofParts[p.Title+p.Name]
		took := figuresOf(each(samples, nanoseconds))
		row := []string{p.Title, p.Name, micros(took.median), micros(took.low) + " – " + micros(took.high),
			micros(figuresOf(each(samples, cpu)).median), kilo(figuresOf(each(samples, allocated)).median),
			fmt.Sprintf("%.0f", figuresOf(each(samples, allocations)).median), ""}
		if p.Title == last {
			row[0], row[7] = "", ratio(took.median/base)
		} else {
			last, base = p.Title, took.median
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// printSteps prints what each request of a sign-up allocates.
func printSteps(ctx context.Context, w io.Writer, kinds []benchmarks.Kind) error {
	t := table{title: "One sign-up by its requests, X in process: what the app allocates, calls of X included", head: []string{""}}
	for _, step := range benchmarks.StepNames() {
		t.head = append(t.head, step+": allocations", "bytes", "time")
	}
	for _, k := range kinds {
		if k.Name == "replay-two" {
			continue
		}
		steps, err := benchmarks.MeasureSteps(ctx, k, 400)
		if err != nil {
			return err
		}
		row := []string{k.Name}
		for _, name := range benchmarks.StepNames() {
			s, ok := steps[name]
			if !ok {
				row = append(row, "", "", "")
				continue
			}
			row = append(row, fmt.Sprintf("%.0f", s.Allocations), fmt.Sprintf("%.0f", s.Bytes), micros(s.Nanoseconds))
		}
		t.rows = append(t.rows, row)
	}
	t.text(w)
	return nil
}

// micros writes nanoseconds in a unit that is easy to compare.
func micros(ns float64) string {
	if x := ns / 1000; x >= 100 || x <= -100 {
		return fmt.Sprintf("%.0f µs", x)
	}
	return fmt.Sprintf("%.1f µs", ns/1000)
}

func kilo(bytes float64) string { return fmt.Sprintf("%.1f kB", bytes/1000) }

func ratio(x float64) string { return fmt.Sprintf("%.2f", x) }
