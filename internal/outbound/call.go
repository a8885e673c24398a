package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

const (
	// MaxToken bounds the answer of a token endpoint.
	MaxToken = 64 << 10
	// MaxProfile bounds any other answer.
	MaxProfile = 1 << 20

	// retryPause is short: a person is waiting for the page.
	retryPause = 200 * time.Millisecond
)

// Caller makes calls for one flow. It is safe for concurrent use.
type Caller struct {
	// Name is the flow's, for errors.
	Name string
	// HTTP is from NewClient.
	HTTP *http.Client
	// Timeout bounds each call, with its retry if it has one.
	Timeout time.Duration
	// Diagnose says what a refusal means; nil means Refusal.Diagnosis.
	Diagnose func(provider.Refusal) provider.Error
}

// errTimeout tells the Caller's own time limit from that of its caller.
var errTimeout = errors.New("no answer in time")

// Bound returns ctx with the Caller's time limit.
func (c *Caller) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, c.Timeout, errTimeout)
}

// Request makes the request of a call, authorized anew for each attempt.
type Request func(ctx context.Context) (*http.Request, error)

// Once sends one request and returns the body of its answer. An answer with
// another status than 200, or 204 to OpRevoke, is an error.
func (c *Caller) Once(ctx context.Context, op provider.Op, request Request, limit int64, callbackURL string) ([]byte, error) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	return c.once(ctx, op, request, limit, callbackURL)
}

// once is Once within a time limit that its caller has set.
func (c *Caller) once(ctx context.Context, op provider.Op, request Request, limit int64, callbackURL string) ([]byte, error) {
	req, err := request(ctx)
	if err != nil {
		return nil, c.Fail(provider.Error{Op: op, Kind: provider.ErrRefused, Reason: "the request cannot be made", Err: inner(err)})
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, c.Transport(ctx, op, 0, err)
	}
	body, err := ReadAll(res, limit)
	if err != nil {
		return nil, c.Transport(ctx, op, res.StatusCode, err)
	}
	// What is gone needs no body to say so.
	gone := op == provider.OpRevoke && res.StatusCode == http.StatusNoContent
	if res.StatusCode != http.StatusOK && !gone {
		return nil, c.Refused(provider.Refusal{
			Op: op, Status: res.StatusCode, Header: res.Header, Body: body,
			CallbackURL: callbackURL, ReceivedAt: time.Now(),
		})
	}
	return body, nil
}

// Get is Once for a request that may be repeated: it is, once, after a failure
// that may pass.
func (c *Caller) Get(ctx context.Context, op provider.Op, request Request) ([]byte, error) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	var sends Sends
	body, err := c.once(sends.Trace(ctx), op, request, MaxProfile, "")
	if pause, ok := retryAfter(err, &sends); ok {
		select {
		case <-time.After(pause):
			body, err = c.once(ctx, op, request, MaxProfile, "")
		case <-ctx.Done():
			// The caller's own end is the caller's; if it is the Caller's, the first
			// answer is what is known.
			if !errors.Is(context.Cause(ctx), errTimeout) {
				err = c.Transport(ctx, op, 0, ctx.Err())
			}
		}
	}
	return body, err
}

// retryAfter says whether a GET that failed with err is worth repeating while
// a person waits.
func retryAfter(err error, sends *Sends) (pause time.Duration, ok bool) {
	e, isOurs := errors.AsType[*provider.Error](err)
	switch {
	case !isOurs:
		return 0, false
	case e.Kind == provider.ErrUnavailable || sends.Doubted(e.Status):
		return retryPause, true
	case e.Kind == provider.ErrRateLimited && !e.RetryAt.IsZero():
		wait := time.Until(e.RetryAt)
		return max(wait, retryPause), wait < 2*time.Second
	}
	return 0, false
}

// Transport says why there is no whole answer. The error of the caller's own
// context is passed through.
func (c *Caller) Transport(ctx context.Context, op provider.Op, status int, err error) error {
	switch {
	case errors.Is(err, errTooLong):
		return c.Fail(provider.Error{Op: op, Kind: provider.ErrProtocol, Status: status, Err: errTooLong})
	case errors.Is(context.Cause(ctx), errTimeout):
		return c.Fail(provider.Error{
			Op: op, Kind: provider.ErrUnavailable, Status: status,
			Reason: fmt.Sprintf("no answer within %v", c.Timeout),
		})
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %s: %w", c.Name, op, ctx.Err())
	}
	return c.Fail(provider.Error{Op: op, Kind: provider.ErrUnavailable, Status: status, Err: inner(err)})
}

// Refused turns a refusal into an error.
func (c *Caller) Refused(r provider.Refusal) error {
	diagnose := c.Diagnose
	if diagnose == nil {
		diagnose = provider.Refusal.Diagnosis
	}
	d := diagnose(r)
	if d.Kind == nil {
		d.Kind = r.Diagnosis().Kind
	}
	return c.Fail(provider.Error{
		Op: r.Op, Status: r.Status, Kind: d.Kind, Code: d.Code,
		Reason: d.Reason, Hint: d.Hint, RetryAt: d.RetryAt, RequestID: d.RequestID,
	})
}

// Fail completes e.
func (c *Caller) Fail(e provider.Error) error {
	e.Provider = c.Name
	return &e
}

// Own gives an error of package provider the flow's name and op. Any other
// error becomes the cause of one with kind.
func (c *Caller) Own(op provider.Op, status int, kind, err error) error {
	e := provider.Error{Kind: kind, Err: err}
	if known, ok := errors.AsType[*provider.Error](err); ok {
		e = *known
		e.Kind = cmp.Or(e.Kind, kind)
	}
	e.Op, e.Status = op, status
	return c.Fail(e)
}

var errTooLong = errors.New("the answer is too long")

// ReadAll reads and closes the body of res. More than limit is an error, but for
// an error page, of which the beginning will do. It is not drained: the
// connection is worth less than the time.
func ReadAll(res *http.Response, limit int64) ([]byte, error) {
	defer func() { _ = res.Body.Close() }()
	data, err := readUpTo(res.Body, limit, res.ContentLength)
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) <= limit:
		return data, nil
	case res.StatusCode == http.StatusOK:
		return nil, errTooLong
	}
	return data[:limit], nil
}

// readUpTo reads no more than limit bytes and one, which tells that there are
// more. It makes room at once for as many as announced.
func readUpTo(body io.Reader, limit, announced int64) ([]byte, error) {
	if announced < 0 || announced > limit {
		return io.ReadAll(io.LimitReader(body, limit+1))
	}
	data := make([]byte, 0, announced+1) // the one is for the end to show
	for len(data) < cap(data) {
		n, err := body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
	// More than announced, which a transport of net/http does not let through.
	more, err := io.ReadAll(io.LimitReader(body, limit-announced))
	return append(data, more...), err
}

// inner drops from an error of net/http what it repeats: the URL, which may
// carry parameters, and what it could not read of the answer, such as a Location
// with a token in it or a first line that is the body. What a proxy or a
// certificate says of itself stays, but moves no cursor of who reads it.
func inner(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	text := err.Error()
	for _, quote := range []string{`"`, " line: "} {
		text, _, _ = strings.Cut(text, quote)
	}
	text = strings.Map(printable, text[:min(len(text), maxCause)])
	if text == err.Error() {
		return err
	}
	return &curtError{strings.TrimRight(text, " :"), err}
}

// maxCause bounds the text of an error of net/http.
const maxCause = 400

// printable replaces what is not to be printed, and what is no UTF-8.
func printable(r rune) rune {
	if r == utf8.RuneError || !unicode.IsPrint(r) {
		return '?'
	}
	return r
}

// curtError is an error with less text.
type curtError struct {
	text string
	err  error
}

func (e *curtError) Error() string { return e.text }

func (e *curtError) Unwrap() error { return e.err }
