package oauthreg

import (
	"net/http"
	"strconv"
	"strings"
)

// negotiated reports whether the answer to r is to be JSON rather than a page or
// a redirect, and says that this hung on Accept (RFC 9110 section 12.5.5).
func negotiated(w http.ResponseWriter, r *http.Request) (asJSON bool) {
	w.Header().Add("Vary", "Accept")
	return prefersJSON(r)
}

// prefersJSON weighs the ranges of Accept (RFC 9110 section 12.5.1). A page is
// what everybody gets who does not ask for something else: browsers, whoever
// takes anything, and whoever takes neither. Of two that weigh the same, JSON
// wins only where it is named and a page is not, as with the
// "application/json, text/plain, */*" of many clients.
func prefersJSON(r *http.Request) bool {
	var page, data, problem weight
	for member := range members(strings.Join(r.Header.Values("Accept"), ",")) {
		if len(member) < len("*/*") {
			continue // a header may have a million of them
		}
		mediaType, q, ok := mediaRange(member)
		if !ok {
			continue
		}
		page.see("text/html", mediaType, q)
		data.see("application/json", mediaType, q)
		problem.see("application/problem+json", mediaType, q)
	}
	if problem.exactness == exact && problem.q > data.q {
		data = problem
	}
	return data.q > page.q || (data.q == page.q && data.q > 0 && data.exactness == exact && page.exactness < exact)
}

// weight is how much a media type is wanted, by the range that comes closest to
// it.
type weight struct {
	exactness int
	q         float64
}

// How close a range is to a media type.
const (
	anything = iota + 1 // */*
	kindred             // text/*
	exact
)

func (w *weight) see(mediaType, pattern string, q float64) {
	exactness := 0
	kind, _, _ := strings.Cut(mediaType, "/")
	switch pattern {
	case mediaType:
		exactness = exact
	case kind + "/*":
		exactness = kindred
	case "*/*":
		exactness = anything
	default:
		return
	}
	if exactness > w.exactness || (exactness == w.exactness && q > w.q) {
		*w = weight{exactness, q}
	}
}

// mediaRange reads one member of Accept. Parameters other than the weight are
// passed over: what is served has none that a client could choose. A member
// with a weight that is none counts for nothing.
func mediaRange(member string) (mediaType string, q float64, ok bool) {
	q, first := 1, true
	for part := range split(member, ';') {
		part = strings.Trim(part, " \t")
		if first {
			mediaType, first = strings.ToLower(part), false
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(name, "q") {
			q, ok = qvalue(value)
			return mediaType, q, ok
		}
	}
	return mediaType, q, true
}

// qvalue reads a weight (RFC 9110 section 12.4.2): 0 to 1, at most three
// decimals.
func qvalue(s string) (q float64, ok bool) {
	if len(s) > len("0.000") || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	if len(s) > 1 && s[1] != '.' {
		return 0, false
	}
	q, err := strconv.ParseFloat(s, 64)
	return q, err == nil && q <= 1
}

func members(list string) func(yield func(string) bool) { return split(list, ',') }

// split cuts s at each separator that is not within quotes.
func split(s string, separator byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		quoted, from := false, 0
		for i := 0; i < len(s); i++ {
			switch {
			case s[i] == '"':
				quoted = !quoted
			case s[i] == '\\' && quoted:
				i++
			case s[i] == separator && !quoted:
				if !yield(s[from:i]) {
					return
				}
				from = i + 1
			}
		}
		yield(s[from:])
	}
}
