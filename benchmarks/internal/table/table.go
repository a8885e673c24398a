// Package table writes the tables of the benchmark programs, for a terminal or
// in Markdown.
package table

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table has a head, and rows of as many cells.
type Table struct {
	// Head names the columns.
	Head []string
	// Rows are in the order in which they are written.
	Rows [][]string
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Write writes t to out. What out refuses is lost: it is a terminal or a buffer.
func (t *Table) Write(out io.Writer, markdown bool) {
	rows := append([][]string{t.Head}, t.Rows...)
	if !markdown {
		w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
		for _, row := range rows {
			_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
		}
		_ = w.Flush()
		return
	}
	for i, row := range rows {
		_, _ = fmt.Fprintln(out, "| "+strings.Join(row, " | ")+" |")
		if i == 0 {
			_, _ = fmt.Fprintln(out, strings.Repeat("|---", len(row))+"|")
		}
	}
}
