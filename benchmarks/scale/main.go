// Command scale shows how the cost of registering grows with the people who
// wait at the provider, and with those who register at the same time, for each
// kind of session store.
//
//	go run ./benchmarks/scale
//
// PostgreSQL and Redis have to run on this machine, or are left out with
// -stores cookie,memory,sqlite. What is written to them is removed at the end.
// With -profile DIR the people at once are profiled: see go tool pprof.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oauthreg/go/benchmarks/internal/table"
)

type settings struct {
	stores                   []string
	waiting, atOnce, sockets []int
	form                     int
	duration, patience       time.Duration
	postgresql, redis        string
	markdown                 bool
	svg, profile, into       string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	s, err := parse(os.Args[1:], os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		stop()
		return
	}
	if err == nil {
		err = execute(ctx, s, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func parse(args []string, usage io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("scale", flag.ContinueOnError)
	f.SetOutput(usage)
	stores := f.String("stores", strings.Join(allStores, ","), "the session stores")
	waiting := f.String("waiting", "1,1000,10000,100000,1000000", "how many people wait at the provider; empty leaves this out")
	atOnce := f.String("at-once", "1,10,100,1000,10000", "how many people register at once, without a network; empty leaves this out")
	sockets := f.String("sockets", "1,10,100,1000", "how many people register at once over loopback sockets; empty leaves this out")
	f.IntVar(&s.form, "form", 2000, "how many people wait over the form; 0 leaves this out")
	f.DurationVar(&s.duration, "duration", time.Second, "how long each row is measured, at least")
	f.DurationVar(&s.patience, "patience", 2*time.Minute, "how long the starts for a row may take")
	f.StringVar(&s.postgresql, "postgresql", cmp.Or(os.Getenv("OAUTHREG_TEST_POSTGRESQL"), "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"), "the PostgreSQL `URL`")
	f.StringVar(&s.redis, "redis", "127.0.0.1:6379", "the `address` of Redis")
	f.BoolVar(&s.markdown, "markdown", false, "write the tables in Markdown")
	f.StringVar(&s.svg, "svg", "", "a `directory` for the charts scale-waiting.svg and scale-at-once.svg")
	f.StringVar(&s.profile, "profile", "", "a `directory` for profiles of the people at once")
	f.StringVar(&s.into, "into", "", "a `document` that gets the tables in place of those it has")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	var errs [3]error
	s.stores = strings.Split(*stores, ",")
	s.waiting, errs[0] = sizes("waiting", *waiting)
	s.atOnce, errs[1] = sizes("at-once", *atOnce)
	s.sockets, errs[2] = sizes("sockets", *sockets)
	for _, name := range s.stores {
		if !slices.Contains(allStores, name) {
			return s, fmt.Errorf("-stores: there is no %q; there are %s", name, strings.Join(allStores, ", "))
		}
	}
	if s.duration <= 0 || s.form < 0 {
		return s, errors.New("-duration must be positive, and -form not negative")
	}
	return s, errors.Join(errs[:]...)
}

// sizes reads numbers, the smallest first.
func sizes(name, list string) ([]int, error) {
	var numbers []int
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-%s: %q is not a number of people", name, word)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// execute writes to out, or into the document.
func execute(ctx context.Context, s settings, out io.Writer) error {
	if s.into == "" {
		return run(ctx, s, out)
	}
	var text strings.Builder
	s.markdown = true
	if err := run(ctx, s, &text); err != nil {
		return err
	}
	return table.Replace(s.into, "scale", text.String())
}

// run measures everything and writes tables and charts.
func run(ctx context.Context, s settings, out io.Writer) error {
	waiting, err := runWaiting(ctx, s, out)
	if err != nil {
		return err
	}
	if s.form > 0 {
		t := table.Table{Head: formHead}
		for _, name := range s.stores {
			if err := measureForm(ctx, name, s, &t); err != nil {
				return fmt.Errorf("%s, at the form: %w", name, err)
			}
		}
		_, _ = fmt.Fprint(out, "While people wait over the form:\n\n")
		t.Write(out, s.markdown)
		_, _ = fmt.Fprintln(out)
	}
	atOnce, err := runAtOnce(ctx, s, out)
	if err != nil || s.svg == "" {
		return err
	}
	return errors.Join(draw(s.svg, "scale-waiting.svg", waitingChart(waiting)), draw(s.svg, "scale-at-once.svg", atOnceChart(atOnce)))
}

// draw writes a chart that has something in it: a run of one kind leaves the
// other kind's chart alone.
func draw(dir, name string, c chart) error {
	if len(c.lines) == 0 {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, name), c.svg(), 0o644)
}

func runWaiting(ctx context.Context, s settings, out io.Writer) (rows []waitingRow, err error) {
	if len(s.waiting) == 0 {
		return nil, nil
	}
	t := table.Table{Head: waitingHead}
	for _, name := range s.stores {
		more, err := measureWaiting(ctx, name, s)
		if err != nil {
			return nil, fmt.Errorf("%s, waiting: %w", name, err)
		}
		for _, row := range more {
			t.Add(row.cells()...)
		}
		rows = append(rows, more...)
	}
	_, _ = fmt.Fprint(out, "While people wait at the provider:\n\n")
	t.Write(out, s.markdown)
	_, _ = fmt.Fprintln(out)
	return rows, nil
}

func runAtOnce(ctx context.Context, s settings, out io.Writer) (rows []atOnceRow, err error) {
	t := table.Table{Head: atOnceHead}
	for _, kind := range []struct {
		sockets bool
		sizes   []int
	}{{false, s.atOnce}, {true, s.sockets}} {
		for _, name := range s.stores {
			for _, people := range kind.sizes {
				file := fmt.Sprintf("%s-%d", name, people)
				if kind.sockets {
					file += "-sockets"
				}
				err := profiled(s.profile, file, func() error {
					row, err := measureAtOnce(ctx, name, people, kind.sockets, s)
					rows = append(rows, row)
					return err
				})
				if err != nil {
					return nil, fmt.Errorf("%s, %d at once: %w", name, people, err)
				}
				t.Add(rows[len(rows)-1].cells()...)
			}
		}
	}
	if len(rows) > 0 {
		_, _ = fmt.Fprint(out, "Registering at once:\n\n")
		t.Write(out, s.markdown)
	}
	return rows, nil
}
