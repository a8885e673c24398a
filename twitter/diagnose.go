package twitter

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
)

// diagnose says what a refusal by X's OAuth 1.0a side means.
func diagnose(r provider.Refusal) provider.Error {
	c := readComplaint(r.Body)
	d := explain(r.Diagnosis(), c, r, sharedTable, table)
	// X has a code for a wrong clock, but where the signature is all it
	// complains of, a clock that is off is a likely cause.
	if skew := clockSkew(r).Abs(); c.code == "32" && skew > 2*time.Minute {
		d.Hint = clockHint(r)
	}
	return d
}

// explain adds to d, which goes by the status, what is known of X: by code
// first, then by its texts: the same code comes with different statuses, and
// texts change.
func explain(d provider.Error, c complaint, r provider.Refusal, tables ...[]entry) provider.Error {
	d.Code = c.code
	d.RequestID = requestID(r.Header)
	if at := rateLimitReset(r); !at.IsZero() {
		d.RetryAt = at
	}
	known := find(c, r, tables...)
	if known == nil {
		return d
	}
	if known.kind != nil {
		d.Kind = known.kind
	}
	d.Reason, d.Hint = known.reason, known.hint
	if known.hintFor != nil {
		d.Hint = known.hintFor(r)
	}
	return d
}

// read is diagnose for an answer of status 200 that holds errors. entries are
// what is known of the OAuth that the call is made with.
func read(body []byte, entries []entry) provider.Error {
	c := readComplaint(body)
	d := provider.Error{Op: provider.OpProfile, Status: http.StatusOK, Code: c.code}
	if known := find(c, provider.Refusal{Op: provider.OpProfile, Status: http.StatusOK}, sharedTable, entries); known != nil {
		d.Hint = known.hint
	}
	return d
}

// find returns the first entry of the tables that matches.
func find(c complaint, r provider.Refusal, tables ...[]entry) *entry {
	for _, entries := range tables {
		for i := range entries {
			if e := &entries[i]; (e.op == "" || e.op == r.Op) && e.matches(c, r.Status) {
				return e
			}
		}
	}
	return nil
}

func (e *entry) matches(c complaint, status int) bool {
	switch {
	case e.markup != c.markup || (e.status != 0 && e.status != status):
		return false
	case e.code != "" && e.code == c.code:
		return true
	case len(e.phrases) > 0:
		// A code that is there and another is the better witness.
		return (c.code == "" || e.code == "") && c.says(e.phrases...)
	}
	// What names neither goes by operation, status and markup alone.
	return e.code == ""
}

// rateLimitReset reads x-rate-limit-reset, in Unix seconds. X sends it with
// every answer; it matters with those about the limit.
func rateLimitReset(r provider.Refusal) time.Time {
	if r.Status != http.StatusTooManyRequests {
		return time.Time{}
	}
	seconds, err := strconv.ParseInt(r.Header.Get("x-rate-limit-reset"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	// The longest window is a day: anything else is not a time to wait for.
	at := time.Unix(seconds, 0)
	if wait := at.Sub(r.ReceivedAt); wait <= 0 || wait > 25*time.Hour {
		return time.Time{}
	}
	return at
}

// clockSkew is how far this machine is ahead of X, by the answer's Date.
func clockSkew(r provider.Refusal) time.Duration {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return r.ReceivedAt.Sub(date)
}

// requestID is the name X gave the request, or Cloudflare in front of it.
func requestID(h http.Header) string {
	for _, name := range []string{"x-transaction-id", "x-transaction", "cf-ray"} {
		id := h.Get(name)
		harmless := !strings.ContainsFunc(id, func(r rune) bool {
			return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		})
		if id != "" && len(id) <= 64 && harmless {
			return id
		}
	}
	return ""
}
