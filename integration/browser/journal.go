package browser

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// journal is what a tab did that does not show on its pages.
type journal struct {
	mu         sync.Mutex
	requests   []Request
	complaints []Complaint
	paused     func(fetch.EventRequestPaused)
}

// Request is one request for a page, a redirect's included.
type Request struct {
	// Method and URL are the request line's.
	Method string
	URL    string
}

// Path is the path of the request's URL.
func (r Request) Path() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return ""
	}
	return u.Path
}

// Complaint is a warning or an error in the tab's console: of a script, of the
// Content-Security-Policy, of something that could not be loaded.
type Complaint struct {
	// Source says what complained, Text about what, URL where.
	Source, Text, URL string
}

// String returns one line.
func (c Complaint) String() string { return fmt.Sprintf("%s: %s (%s)", c.Source, c.Text, c.URL) }

// note is called for each event of the tab.
func (j *journal) note(event any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument {
			j.requests = append(j.requests, Request{Method: e.Request.Method, URL: e.Request.URL})
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			j.complaints = append(j.complaints, Complaint{Source: e.Entry.Source.String(), Text: e.Entry.Text, URL: e.Entry.URL})
		}
	case *runtime.EventExceptionThrown:
		j.complaints = append(j.complaints, Complaint{Source: "exception", Text: e.ExceptionDetails.Text, URL: e.ExceptionDetails.URL})
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			j.complaints = append(j.complaints, Complaint{Source: "console", Text: fmt.Sprint(len(e.Args), " arguments")})
		}
	case *fetch.EventRequestPaused:
		if j.paused != nil {
			j.paused(*e)
		}
	}
}

func (j *journal) last() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.requests) == 0 {
		return "nowhere"
	}
	return j.requests[len(j.requests)-1].Path()
}

// Requests returns the pages asked for so far, in order.
func (t *Tab) Requests() []Request {
	t.journal.mu.Lock()
	defer t.journal.mu.Unlock()
	return slices.Clone(t.journal.requests)
}

// Callbacks returns the callback URLs with a query that were asked for.
func (t *Tab) Callbacks() []string {
	var found []string
	for _, r := range t.Requests() {
		if strings.HasSuffix(r.Path(), "/callback") && strings.Contains(r.URL, "?") {
			found = append(found, r.URL)
		}
	}
	return found
}

// Complaints returns what the console shows that a person's visit must not
// cause. Left out is that the pictures of made-up people cannot be loaded:
// their hosts do not exist.
func (t *Tab) Complaints() []Complaint {
	t.journal.mu.Lock()
	defer t.journal.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(t.journal.complaints), func(c Complaint) bool {
		u, err := url.Parse(c.URL)
		return err == nil && c.Source == log.EntrySourceNetwork.String() && strings.HasSuffix(u.Hostname(), ".example")
	})
}

// Before calls f before each request for a page, redirects included, one after
// the other, and the request waits until f returns. The caller must call stop,
// which waits for an f under way.
func (t *Tab) Before(f func(Request)) (stop func(), err error) {
	var running sync.WaitGroup
	var turn sync.Mutex
	paused := func(e fetch.EventRequestPaused) {
		// The goroutine that reports events must not wait.
		running.Go(func() {
			turn.Lock()
			defer turn.Unlock()
			f(Request{Method: e.Request.Method, URL: e.Request.URL})
			ctx, cancel := context.WithTimeout(t.ctx, stepTimeout)
			defer cancel()
			// If this fails the tab has gone, and whoever waits for the page
			// hears of it.
			_, _ = chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: e.RequestID})
		})
	}
	t.journal.pause(paused)
	stop = func() {
		t.journal.pause(nil)
		running.Wait()
	}
	_, err = run(t, "watch the requests", func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, fetch.Enable, fetch.EnableParams{
			Patterns: []*fetch.RequestPattern{{ResourceType: network.ResourceTypeDocument, RequestStage: fetch.RequestStageRequest}},
		})
		return chromedp.Void{}, err
	})
	return stop, err
}

func (j *journal) pause(f func(fetch.EventRequestPaused)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.paused = f
}
