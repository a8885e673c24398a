package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// The lines between which a document has the tables.
const (
	tablesBegin = "<!-- tables -->"
	tablesEnd   = "<!-- end of tables -->"
)

// replaceTables writes the tables into a document.
func replaceTables(file string, all *results, tables []table) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(data), tablesBegin)
	_, after, ended := strings.Cut(rest, tablesEnd)
	if !found || !ended {
		return fmt.Errorf("%s has no lines %s and %s", file, tablesBegin, tablesEnd)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s, %s/%s, %d processors (%s), %d rounds.\n\n",
		tablesBegin, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor(), all.rounds)
	for _, t := range tables {
		b.WriteString(t.markdown())
	}
	b.WriteString("| target, in times of the floor | at most | measured | |\n|---|---:|---:|---|\n")
	for _, t := range targets(all) {
		fmt.Fprintf(&b, "| %s | %g | %s | %s |\n", t.what, t.bound, ratio(t.got), t.statement)
	}
	return os.WriteFile(file, []byte(before+b.String()+"\n"+tablesEnd+after), 0o644)
}

// processor is what the system calls it, where that can be read.
func processor() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "of unknown make"
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "of unknown make"
}
