package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

// atOnceRow is what came of so many people who register at the same time.
type atOnceRow struct {
	store   string
	sockets bool
	people  int

	done, failed int
	failure      error // of the first who failed
	elapsed      time.Duration
	p50, p99     time.Duration
	peak         peak
}

func (row atOnceRow) perSecond() float64 { return float64(row.done) / row.elapsed.Seconds() }

// measureAtOnce lets people register all at the same time, each again and again
// as somebody new until the time is over, and at least once.
func measureAtOnce(ctx context.Context, name string, people int, sockets bool, s settings) (row atOnceRow, err error) {
	p, err := open(ctx, name, s)
	if err != nil {
		return atOnceRow{}, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	w, err := newWorld(p.store, people, sockets)
	if err != nil {
		return atOnceRow{}, err
	}
	defer w.close()
	if err := ctx.Err(); err != nil {
		return atOnceRow{}, err
	}
	hold() // of what was before, nothing is collected now

	row = atOnceRow{store: name, sockets: sockets, people: people}
	all := make([][]time.Duration, people)
	var failed atomic.Int64
	var failure atomic.Pointer[error]
	row.peak = watch(func() {
		began := time.Now()
		end := began.Add(s.duration)
		var crowd sync.WaitGroup
		for i := range people {
			crowd.Go(func() {
				for once := true; (once || time.Now().Before(end)) && ctx.Err() == nil; once = false {
					began := time.Now()
					if _, err := newPerson(w.ask, w.origin).register(); err != nil {
						failed.Add(1)
						failure.CompareAndSwap(nil, &err)
						continue
					}
					all[i] = append(all[i], time.Since(began))
				}
			})
		}
		crowd.Wait()
		row.elapsed = time.Since(began)
	})
	took := slices.Concat(all...)
	slices.Sort(took)
	row.done, row.failed = len(took), int(failed.Load())
	row.p50, row.p99 = percentile(took, 50), percentile(took, 99)
	if err := failure.Load(); err != nil {
		row.failure = *err
	}
	return row, nil
}

// world is an app and its X.
type world struct {
	ask    asker
	origin string
	close  func()
}

// newWorld has no network in it, or sockets of this machine on both sides.
func newWorld(store sessionstore.Store, people int, sockets bool) (*world, error) {
	if !sockets {
		ask, err := pretended(store)
		return &world{ask: ask, origin: origin, close: func() {}}, err
	}
	x, err := serve(&fakeX{})
	if err != nil {
		return nil, err
	}
	out := keepAlive(people)
	flow, err := newFlow("http://"+x.address, out)
	if err != nil {
		x.close()
		return nil, err
	}
	app, err := newApp(flow, store)
	if err != nil {
		x.close()
		return nil, err
	}
	front, err := serve(app)
	if err != nil {
		x.close()
		return nil, err
	}
	in := keepAlive(people)
	return &world{ask: overNetwork(in), origin: "http://" + front.address, close: func() {
		in.CloseIdleConnections()
		front.close()
		out.CloseIdleConnections()
		x.close()
	}}, nil
}

// keepAlive keeps a connection for everybody: the usual two would have the
// machine run out of ports.
func keepAlive(people int) *http.Transport {
	return &http.Transport{
		MaxIdleConns: people, MaxIdleConnsPerHost: people, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: time.Minute}).DialContext,
	}
}

type server struct {
	address string
	close   func()
}

func serve(h http.Handler) (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(l) }) // until it is closed
	return &server{address: l.Addr().String(), close: func() {
		_ = s.Close() // the listener's error does not matter any more
		serving.Wait()
	}}, nil
}

var atOnceHead = []string{"store", "network", "at once", "registrations a second", "p50", "p99", "peak heap", "goroutines", "failed"}

func (row atOnceRow) cells() []string {
	network := "none"
	if row.sockets {
		network = "loopback"
	}
	failed := "0"
	if row.failed > 0 {
		failed = fmt.Sprintf("%d (%v)", row.failed, row.failure)
	}
	return []string{
		row.store, network, count(row.people), count(int(row.perSecond())), micros(row.p50), micros(row.p99),
		fmt.Sprintf("%.0f MiB", float64(row.peak.heap)/(1<<20)), count(row.peak.goroutines), failed,
	}
}
