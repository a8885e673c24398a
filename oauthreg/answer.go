package oauthreg

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// maxHost is what a host name can have (RFC 1035 section 2.3.4). The header may
// have a megabyte.
const maxHost = 255

// private sets what every answer of a handshake carries: it is this person's,
// this once, and its URL is nobody else's business.
func private(w http.ResponseWriter) {
	values := []string{"no-store", "no-referrer", "nosniff"}
	h := w.Header()
	// Of one slice, each with no room behind it: who adds to one does not write
	// into the next.
	h["Cache-Control"], h["Referrer-Policy"], h["X-Content-Type-Options"] = values[0:1:1], values[1:2:2], values[2:3:3]
}

// redirect answers with 303, which turns a POST into a GET (RFC 9700 section
// 4.12 warns of 307). Unlike http.Redirect it does not rewrite location: what
// was found safe is what is sent.
func redirect(w http.ResponseWriter, location string) {
	w.Header().Set("Location", escapeNonASCII(location))
	w.WriteHeader(http.StatusSeeOther)
}

func escapeNonASCII(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

// fail returns the Result of a failure with its default answer.
func (g *Registrar) fail(name string, o Outcome, err error) Result {
	res := Result{Outcome: o, Provider: name, Err: err, Status: failures[o].page}
	if res.Status == 0 {
		res.Status, res.Location = http.StatusSeeOther, g.failureURL(name, o)
	}
	return res
}

// answer logs how it ended and answers, unless the app does.
func (g *Registrar) answer(w http.ResponseWriter, r *http.Request, res Result) {
	asJSON := negotiated(w, r)
	if asJSON {
		res.Status = jsonStatus(res.Outcome)
	}
	g.logResult(r, res)
	private(w)
	if g.cfg.OnOutcome != nil && g.cfg.OnOutcome(w, r, res) {
		return
	}
	switch {
	case asJSON:
		g.answerJSON(w, r, res)
	case res.Location != "":
		redirect(w, res.Location)
	default:
		g.failurePage(w, r, res)
	}
}

// logResult writes one line. Levels: a person's own decision is no fault, a
// stranger's request is worth a look, what a developer must mend is an error.
func (g *Registrar) logResult(r *http.Request, res Result) {
	level := slog.LevelInfo
	switch res.Outcome {
	case Mismatch, Malformed, CrossOrigin, TooMany, RateLimited, Unavailable, Barred:
		level = slog.LevelWarn
	case Misconfigured, Internal:
		level = slog.LevelError
	}
	if !g.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("outcome", string(res.Outcome)), slog.String("provider", res.Provider)}
	if res.Err != nil {
		attrs = append(attrs, slog.String("error", res.Err.Error()))
	}
	if e, ok := errors.AsType[*provider.Error](res.Err); ok {
		attrs = append(attrs, slog.String("op", string(e.Op)))
		if e.Status != 0 {
			attrs = append(attrs, slog.Int("status", e.Status))
		}
		if e.Code != "" {
			attrs = append(attrs, slog.String("code", e.Code))
		}
		if !e.RetryAt.IsZero() {
			attrs = append(attrs, slog.Time("retry_at", e.RetryAt))
		}
	}
	if hint := g.mismatchHint(r, res.Outcome); hint != "" {
		attrs = append(attrs, slog.String("hint", hint))
	}
	g.log.LogAttrs(r.Context(), level, "oauthreg: sign-up "+string(res.Outcome), attrs...)
}

// mismatchHint tells the usual cause of an attempt that was not found: cookies
// set for one host do not come back to another.
func (g *Registrar) mismatchHint(r *http.Request, o Outcome) string {
	switch {
	case o != Mismatch:
		return ""
	case r.Host != g.host:
		return fmt.Sprintf("the callback came to host %q, but BaseURL has %q: people must start on the host that the callback leads to",
			r.Host[:min(len(r.Host), maxHost)], g.host)
	case len(g.binding.slots(r, attemptKind)) == 0:
		return fmt.Sprintf("the browser brought no cookie of a start: if this happens to many, do they start on another spelling of the host than %q (localhost is not 127.0.0.1), "+
			"or over http where BaseURL has https?", g.host)
	case outbound.Loopback((&url.URL{Host: g.host}).Hostname()):
		return fmt.Sprintf("the browser's cookies are of other starts: was this one begun on another spelling of the host than %q (localhost is not 127.0.0.1)?", g.host)
	}
	return ""
}

// Notice returns the sentence for a person who was sent back to the page that
// r asks for ([Config.FailureURL], [Config.ConnectFailureURL]) because a sign-up
// or a connecting did not succeed, or "". It
// reads "error" and "provider" of the query; what is not in the closed set of
// codes and names is not there. [Config.Message] translates it.
func (g *Registrar) Notice(r *http.Request) string {
	o, name := g.Failure(r)
	if o == "" {
		return ""
	}
	return g.message(r, string(o), name)
}

// Failure returns the outcome and the provider that a person was sent back to
// r's page with, or "".
func (g *Registrar) Failure(r *http.Request) (o Outcome, providerName string) {
	query := r.URL.Query()
	o, providerName = Outcome(query.Get("error")), query.Get("provider")
	_, isFailure := failures[o]
	_, isProvider := g.cfg.Flows[providerName]
	if !isFailure || !isProvider {
		return "", ""
	}
	return o, providerName
}
