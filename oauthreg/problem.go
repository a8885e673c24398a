package oauthreg

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// problemTypes is what the types of problems begin with; the outcome follows. It
// leads to what the type means (RFC 9457 section 4), and never changes.
const problemTypes = "https://github.com/oauthreg/go/blob/main/docs/json.md#"

// problem is a failure as RFC 9457 has it. Its members are those of
// docs/problem.schema.json: constants, texts of the app, and nothing of what was
// sent.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Outcome  string `json:"outcome,omitempty"`
	Provider string `json:"provider,omitempty"`
	// Location is where a browser would have been sent.
	Location string `json:"location,omitempty"`
	// RetryAfter is in seconds.
	RetryAfter int64 `json:"retry_after,omitempty"`
}

// problem returns what there is to tell of a failure.
func (g *Registrar) problem(r *http.Request, res Result) problem {
	code := string(res.Outcome)
	return problem{
		Type: problemTypes + code, Title: g.message(r, code+".title", res.Provider), Status: jsonStatus(res.Outcome),
		Detail: g.message(r, code, res.Provider), Outcome: code, Provider: res.Provider,
		Location: escapeNonASCII(res.Location), RetryAfter: seconds(res.retryAfter),
	}
}

func (g *Registrar) writeProblem(w http.ResponseWriter, r *http.Request, res Result) {
	if res.retryAfter == 0 {
		res.retryAfter = retryAfter(res.Err)
	}
	if res.retryAfter > 0 {
		setRetryAfter(w, res.retryAfter)
	}
	p := g.problem(r, res)
	g.writeJSON(w, p.Status, "application/problem+json", p)
}

// WriteProblem answers r with problem details (RFC 9457) for an error of
// [Registrar.Pending], [Registrar.Complete], [Registrar.ConnectPending],
// [Registrar.Cancel] or [Registrar.Disconnect]: for the JSON endpoints that an
// app has of its own. The set of problems is closed, and none holds anything of
// err's text. [tokenstore.ErrNotFound] is a plain 404: a second click, or the
// identity of somebody else. What is no decision of a person or of the app is
// told as [Internal], and logged. It does not read r's body.
func (g *Registrar) WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	private(w)
	if errors.Is(err, tokenstore.ErrNotFound) && g.origins.Check(r) == nil {
		g.log.WarnContext(r.Context(), "oauthreg: a request of the app's own is about nothing that is there", "error", err)
		g.writeBare(w, http.StatusNotFound)
		return
	}
	g.writeProblem(w, r, g.errorResult(r, err))
}

// errorResult is how an error is told that no start and no callback ended in.
func (g *Registrar) errorResult(r *http.Request, err error) Result {
	res := Result{Err: err}
	if p, missing := g.waiting(r, cmp.Or(r.PostForm.Get(PendingField), r.Header.Get(PendingHeader))); missing == nil {
		res.Provider = p.Provider // it stays on every error
	}
	switch {
	case g.origins.Check(r) != nil:
		res.Outcome = CrossOrigin
	case errors.Is(err, errMalformed):
		res.Outcome = Malformed
	case errors.Is(err, ErrNoPending):
		res.Outcome = noPending
	case errors.Is(err, ErrSignInFirst):
		res.Outcome = SignInFirst
	case errors.Is(err, tokenstore.ErrTaken):
		res.Outcome = AccountInUse
	case errors.Is(err, ErrLastWayIn):
		res.Outcome, res.Provider = lastWayIn, "" // it is not about what waits
	default:
		res.Outcome = vetoed(err)
	}
	if res.Outcome == Internal {
		g.log.ErrorContext(r.Context(), "oauthreg: a request of the app's own failed", "error", err)
	}
	return res
}

// bareProblem is a status that no outcome stands for (RFC 9457 section 4.2.1).
func (g *Registrar) bareProblem(w http.ResponseWriter, r *http.Request, status int) {
	private(w)
	if !negotiated(w, r) {
		http.Error(w, http.StatusText(status), status)
		return
	}
	g.writeBare(w, status)
}

func (g *Registrar) writeBare(w http.ResponseWriter, status int) {
	g.writeJSON(w, status, "application/problem+json", problem{Type: "about:blank", Title: http.StatusText(status), Status: status})
}

func (g *Registrar) methodNotAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	g.bareProblem(w, r, http.StatusMethodNotAllowed)
}

func (g *Registrar) notFound(w http.ResponseWriter, r *http.Request) {
	g.bareProblem(w, r, http.StatusNotFound)
}

// retryAfter is how long the provider wants to be left alone, if it said so.
func retryAfter(err error) time.Duration {
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		return 0
	}
	return max(time.Until(e.RetryAt), 0) // 0 for the zero time
}

func setRetryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.FormatInt(seconds(wait), 10))
}

// seconds rounds up: who comes back on time must not be early. The longest
// duration there is, which a date far away makes, has no room for more.
func seconds(d time.Duration) int64 {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return whole
}
