package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync/atomic"
	"time"
)

// balancer hands requests to instances in turn. It is as much of a load
// balancer as the demo needs; in production use a real one.
type balancer struct {
	targets   []*target
	turn      atomic.Uint64
	transport *http.Transport
	log       *slog.Logger
}

// target is an instance, and what it last said of itself.
type target struct {
	addr  string
	ready atomic.Bool
	says  atomic.Value // string
}

func newBalancer(addrs []string, log *slog.Logger) *balancer {
	b := &balancer{log: log, transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     time.Minute, // shorter than the instances'
		DisableCompression:  true,
	}}
	for _, addr := range addrs {
		t := &target{addr: addr}
		t.says.Store("not asked yet")
		b.targets = append(b.targets, t)
	}
	return b
}

func (b *balancer) handler() http.Handler {
	return &httputil.ReverseProxy{
		Transport: b,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetXForwarded()
			p.Out.URL.Scheme = "http"
			// The app compares it with where its forms come from.
			p.Out.Host = p.In.Host
			p.Out.URL.Host = p.In.Host // RoundTrip chooses
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			b.log.Warn("no answer", "method", r.Method, "path", r.URL.Path, "error", err)
			http.Error(w, "We cannot be reached right now. Please try again in a minute.", http.StatusBadGateway)
		},
		ErrorLog: slog.NewLogLogger(b.log.Handler(), slog.LevelWarn),
	}
}

// RoundTrip sends r to the instance whose turn it is. One that refuses the
// connection has not seen the request; the next is asked, if the method is
// idempotent (RFC 9110 section 9.2.2) and there is no body that may be half
// read.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	var errs []error
	for _, t := range b.candidates() {
		out := r.Clone(r.Context())
		out.URL.Host = t.addr
		res, err := b.transport.RoundTrip(out)
		if err == nil {
			return res, nil
		}
		errs = append(errs, err)
		refused, ok := errors.AsType[*net.OpError](err)
		if !ok || refused.Op != "dial" {
			break
		}
		b.heard(t, false, "refuses connections")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			break
		}
	}
	return nil, errors.Join(errs...)
}

// candidates returns the instances that are ready, beginning with the one whose
// turn it is. If none is, all are asked: they have a page that says why.
func (b *balancer) candidates() []*target {
	var ready []*target
	for _, t := range b.targets {
		if t.ready.Load() {
			ready = append(ready, t)
		}
	}
	if len(ready) == 0 {
		ready = b.targets
	}
	first := int(b.turn.Add(1) % uint64(len(ready)))
	return append(ready[first:len(ready):len(ready)], ready[:first]...)
}

const watchInterval = 200 * time.Millisecond

// watch asks the instances whether they are ready until ctx ends.
func (b *balancer) watch(ctx context.Context) {
	client := &http.Client{Timeout: readyTimeout + 2*time.Second}
	for ctx.Err() == nil {
		for _, t := range b.targets {
			ready, says := ask(ctx, client, t.addr)
			b.heard(t, ready, says)
		}
		select {
		case <-ctx.Done():
		case <-time.After(watchInterval):
		}
	}
}

func ask(ctx context.Context, client *http.Client, addr string) (ready bool, says string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false, err.Error()
	}
	res, err := client.Do(req)
	if err != nil {
		return false, "does not answer"
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	return res.StatusCode == http.StatusOK, strings.TrimSpace(string(body))
}

func (b *balancer) heard(t *target, ready bool, says string) {
	t.says.Store(says)
	if t.ready.Swap(ready) != ready {
		b.log.Info("an instance is in or out", "instance_addr", t.addr, "in", ready, "says", says)
	}
}

// waitReady returns when all instances are ready.
func (b *balancer) waitReady(ctx context.Context, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for _, t := range b.targets {
		for !t.ready.Load() {
			if time.Now().After(deadline) {
				return fmt.Errorf("the instances are not ready: %s", t.says.Load())
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}
