package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oauthreg/go/benchmarks/internal/table"
	"github.com/oauthreg/go/sessionstore"
)

// waitingRow is what a store costs while so many people are at the provider.
type waitingRow struct {
	store   string
	waiting int
	short   bool // fewer than were asked for: starting them took too long

	people  int // who were measured
	medians took
	pauses  []time.Duration

	held       held // by all who wait
	hasOutside bool
	browser    int // bytes of one person's cookies
}

const origin = appURL

// pretended is an app over store, with an X in this process.
func pretended(store sessionstore.Store) (asker, error) {
	flow, err := newFlow("https://api.x.example", &fakeX{})
	if err != nil {
		return nil, err
	}
	app, err := newApp(flow, store)
	if err != nil {
		return nil, err
	}
	return inProcess(app), nil
}

// measureWaiting lets more and more people wait at the provider, and measures
// what a registration of somebody else costs meanwhile.
func measureWaiting(ctx context.Context, name string, s settings) (rows []waitingRow, err error) {
	p, err := open(ctx, name, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	others, err := p.hold(ctx) // what is not of those who wait
	if err != nil {
		return nil, err
	}
	have := 0
	for _, n := range s.waiting {
		row := waitingRow{store: name, hasOutside: p.bytes != nil}
		added, browser, err := fill(ctx, p, n-have, have == 0, s.patience)
		if err != nil {
			return nil, err
		}
		have += added
		row.waiting, row.short = have, have < n
		if row.browser = browser; browser == 0 && len(rows) > 0 {
			row.browser = rows[0].browser
		}
		full, err := p.hold(ctx)
		if err != nil {
			return nil, err
		}
		row.held = full.less(others)
		if err := row.sample(p, s); err != nil {
			return nil, err
		}
		left, err := p.hold(ctx)
		if err != nil {
			return nil, err
		}
		others = left.less(row.held)
		rows = append(rows, row)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if row.short {
			break
		}
	}
	return rows, nil
}

// fill lets n people start who do not come back. Where people are many and a
// database is asked for each, one starts, if nobody has, and the rest are copies
// of the record. It stops when patience is over.
func fill(ctx context.Context, p *place, n int, first bool, patience time.Duration) (added, browser int, err error) {
	ask, err := pretended(p.store)
	if err != nil {
		return 0, 0, err
	}
	byHand := n
	if p.copies != nil {
		byHand = 0
		if first {
			byHand = min(n, 1)
		}
	}
	var begun, done, cookies atomic.Int64
	var failed atomic.Pointer[error]
	deadline := time.Now().Add(patience)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for begun.Add(1) <= int64(byHand) && failed.Load() == nil && ctx.Err() == nil && time.Now().Before(deadline) {
				who := newPerson(ask, origin)
				if _, err := who.start(new(took)); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
				cookies.Store(int64(who.cookieBytes()))
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, 0, fmt.Errorf("start: %w", *err)
	}
	if first && p.learn != nil {
		if err := p.learn(ctx); err != nil {
			return 0, 0, fmt.Errorf("learn: %w", err)
		}
	}
	added = int(done.Load())
	if rest := n - byHand; rest > 0 {
		if err := p.copies(ctx, rest); err != nil {
			return 0, 0, fmt.Errorf("copies: %w", err)
		}
		added += rest
	}
	return added, int(cookies.Load()), nil
}

// sample takes people through, one after the other: first to see what they cost,
// and then others while garbage is collected.
func (row *waitingRow) sample(p *place, s settings) error {
	ask, err := pretended(p.store)
	if err != nil {
		return err
	}
	var all [steps][]time.Duration
	row.people, err = queue(ask, s.duration, func(t took) {
		for which, d := range t {
			all[which] = append(all[which], d)
		}
	})
	if err != nil {
		return err
	}
	for which := range all {
		slices.Sort(all[which])
		row.medians[which] = percentile(all[which], 50)
	}
	// With a little time in between, so that there are many collections before
	// there are too many people.
	row.pauses = pauses(func() { _, err = queue(ask, s.duration, func(took) { time.Sleep(2 * time.Millisecond) }) })
	return err
}

// queue takes one person after the other through until the time is over. Each
// leaves something in the store for some minutes, so they are not too many.
func queue(ask asker, duration time.Duration, each func(took)) (people int, err error) {
	const least, most = 10, 400
	end := time.Now().Add(duration)
	for people < least || people < most && time.Now().Before(end) {
		t, err := newPerson(ask, origin).register()
		if err != nil {
			return people, err
		}
		each(t)
		people++
	}
	return people, nil
}

var waitingHead = []string{
	"store", "waiting", "start", "callback", "form", "complete", "heap, a person", "resident, a person", "outside, a person", "in the browser", "GC pauses min, p50, p99, max",
}

func (row waitingRow) cells() []string {
	waiting := count(row.waiting)
	if row.short {
		waiting += " (stopped)"
	}
	each := func(bytes int64) string {
		if row.waiting < 1000 {
			return "-" // less than the noise
		}
		return fmt.Sprintf("%.0f B", max(0, float64(bytes)/float64(row.waiting)))
	}
	outside := "0 B"
	if row.hasOutside {
		outside = each(row.held.outside)
	}
	return []string{
		row.store, waiting, micros(row.medians[start]), micros(row.medians[callback]), micros(row.medians[form]), micros(row.medians[complete]),
		each(row.held.heap), each(row.held.resident), outside, fmt.Sprintf("%d B", row.browser),
		micros(percentile(row.pauses, 0)) + ", " + micros(percentile(row.pauses, 50)) + ", " + micros(percentile(row.pauses, 99)) + ", " + micros(percentile(row.pauses, 100)),
	}
}

// measureForm lets people wait over the form: that holds more of each.
func measureForm(ctx context.Context, name string, s settings, t *table.Table) (err error) {
	p, err := open(ctx, name, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	before, err := p.hold(ctx)
	if err != nil {
		return err
	}
	flow, err := newFlow("https://api.x.example", &fakeX{})
	if err != nil {
		return err
	}
	app, err := newApp(flow, p.store)
	if err != nil {
		return err
	}
	browser := 0
	for range s.form {
		who := newPerson(inProcess(app), origin)
		back, err := who.start(new(took))
		if err != nil {
			return err
		}
		if _, err := who.do(new(took), callback, http.MethodGet, "/x/callback?"+back, http.StatusSeeOther); err != nil {
			return err
		}
		browser = who.cookieBytes()
	}
	during, err := p.hold(ctx)
	if err != nil {
		return err
	}
	// What the Registrar keeps for a minute goes with it.
	runtime.KeepAlive(app)
	app = nil
	after, err := p.hold(ctx)
	if err != nil {
		return err
	}
	each := func(bytes int64) string { return fmt.Sprintf("%.0f B", max(0, float64(bytes)/float64(s.form))) }
	during, after = during.less(before), after.less(before)
	t.Add(name, count(s.form), each(during.heap), each(after.heap), each(after.outside), fmt.Sprintf("%d B", browser))
	return nil
}

var formHead = []string{"store", "at the form", "heap, a person, in the first minute", "later", "outside, a person", "in the browser"}
