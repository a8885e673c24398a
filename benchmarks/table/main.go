// Command table takes people through every subject of package benchmarks, in
// rounds, and prints what a registration costs as tables: medians over the
// rounds, with quartiles, and how many times the floor that is.
//
//	go run ./benchmarks/table                    # about a minute and a half
//	go run ./benchmarks/table -short             # ten seconds, rough
//	go run ./benchmarks/table -steps             # what each request of a sign-up costs
//	go run ./benchmarks/table -svg docs/images/performance.svg -markdown docs/performance.md
//
// Each subject has to register people at a strict X before it is timed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/oauthreg/go/benchmarks"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("table", flag.ContinueOnError)
	flags.SetOutput(stderr)
	rounds := flags.Int("rounds", 20, "how many `times` each subject has its turn")
	slice := flags.Duration("slice", 30*time.Millisecond, "how `long` a turn is, about")
	short := flags.Bool("short", false, "5 rounds of 15 ms")
	steps := flags.Bool("steps", false, "print what each request of a sign-up costs, and no more")
	svg := flags.String("svg", "", "`file` for a chart")
	markdown := flags.String("markdown", "", "`file` in which to replace the tables between the lines "+tablesBegin+" and "+tablesEnd)
	only := flags.String("only", "", "subjects whose name contains `text`, beside floors and replays")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 {
		return fmt.Errorf("unexpected argument %q, or less than one round", flags.Args())
	}
	if *short {
		*rounds, *slice = 5, 15*time.Millisecond
	}
	kinds := choose(*only)
	for _, kind := range kinds {
		if kind.Replay {
			continue
		}
		if err := benchmarks.Check(ctx, kind); err != nil {
			return fmt.Errorf("not timed, because it is not correct: %w", err)
		}
	}
	fmt.Fprintln(stderr, "every subject registers people at the strict X; now their time is taken")
	if *steps {
		return printSteps(ctx, stdout, kinds)
	}
	results, err := measure(ctx, kinds, *rounds, *slice, stderr)
	if err != nil {
		return err
	}
	tables := report(results)
	for _, t := range tables {
		t.text(stdout)
	}
	printTargets(stdout, targets(results))
	if *markdown != "" {
		if err := replaceTables(*markdown, results, tables); err != nil {
			return err
		}
	}
	if *svg != "" {
		return os.WriteFile(*svg, []byte(chart(results)), 0o644)
	}
	return nil
}

// choose returns the subjects to measure. The replays and floors are always
// among them: all the others are measured by them.
func choose(only string) []benchmarks.Kind {
	var kinds []benchmarks.Kind
	for _, k := range benchmarks.Kinds() {
		if k.Replay || strings.HasPrefix(k.Name, "floor") || strings.Contains(k.Name, only) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}
