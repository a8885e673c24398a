package sessionstore

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ticket is the value of a [Server]'s cookie: when it was issued, in
// microseconds since 1970 in base 36, a dot, and a random ID. The time says
// which is the oldest. Whoever alters it has another ticket, which leads
// nowhere.
type ticket struct {
	text   string
	issued time.Time
}

const (
	// minTicketID is what rand.Text gives: 130 bits. It may come to give more.
	minTicketID = 26
	maxTicketID = 64

	// maxTicketAhead is how far an instance's clock may be ahead of ours. A time
	// beyond that is nobody's, and would keep its cookie from ever being the
	// oldest.
	maxTicketAhead = time.Hour

	// maxTickets bounds how many cookies of one name are tried.
	maxTickets = 4
)

func newTicket() ticket {
	issued := time.Now()
	return ticket{text: strconv.FormatInt(issued.UnixMicro(), 36) + "." + rand.Text(), issued: issued}
}

// parseTicket accepts what newTicket makes, and nothing else: it saves asking
// the backend for what it cannot have.
func parseTicket(text string) (t ticket, ok bool) {
	at, id, _ := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(at, 36, 64)
	if err != nil || micros <= 0 || strconv.FormatInt(micros, 36) != at {
		return ticket{}, false
	}
	if len(id) < minTicketID || len(id) > maxTicketID || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return ticket{}, false
	}
	issued := time.UnixMicro(micros)
	if time.Until(issued) > maxTicketAhead {
		return ticket{}, false
	}
	return ticket{text: text, issued: issued}, true
}

// newestTickets returns the tickets among values, the newest first, each once,
// and not too many. Of two with the same time the later one comes first, since
// browsers send older cookies first (RFC 6265 section 5.4).
func newestTickets(values []string) []ticket {
	var tickets []ticket
	for _, value := range slices.Backward(values) {
		if t, ok := parseTicket(value); ok {
			tickets = append(tickets, t)
		}
	}
	slices.SortStableFunc(tickets, func(a, b ticket) int {
		return cmp.Or(b.issued.Compare(a.issued), strings.Compare(a.text, b.text))
	})
	tickets = slices.CompactFunc(tickets, func(a, b ticket) bool { return a.text == b.text })
	return tickets[:min(maxTickets, len(tickets))]
}
