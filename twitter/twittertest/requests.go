package twittertest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Request is what an app sent, without what is worth stealing: signatures,
// verifiers, codes, tokens of OAuth 2.0, secrets and cookies are replaced by
// "[redacted]".
type Request struct {
	// Endpoint, Method and Path say where it went.
	Endpoint Endpoint
	Method   string
	Path     string

	// Query, Form and OAuth are the parameters of the URL, of a form-encoded
	// body, and of an Authorization header of OAuth 1.0a.
	Query, Form, OAuth url.Values

	// Header is the request's header, less Authorization.
	Header http.Header

	// Status is that of the answer: 0 while there is none, or if the connection
	// was closed instead.
	Status int

	// Reason is why the server refused the request, or "". Faults give none.
	Reason string
}

// maxRequests is how many requests of one endpoint are kept, so that a server
// that runs for weeks does not grow.
const maxRequests = 100

const redacted = "[redacted]"

// worthStealing are the parameters that are not shown.
var worthStealing = []string{
	"oauth_signature", "oauth_verifier", "code", "code_verifier", "token", "refresh_token", "access_token", "client_secret",
}

// journal remembers requests. The zero journal is empty.
type journal struct {
	mu    sync.Mutex
	calls map[Endpoint]int
	kept  map[Endpoint][]*Request
}

func (j *journal) open(ep Endpoint, r *http.Request, body []byte) *Request {
	ps, _ := readParams(r, body) // the handler tells what is wrong with them
	entry := &Request{
		Endpoint: ep, Method: r.Method, Path: r.URL.Path,
		Query: values(ps.query), Form: values(ps.body), OAuth: values(ps.header),
		Header: r.Header.Clone(),
	}
	for _, v := range []url.Values{entry.Query, entry.Form, entry.OAuth} {
		for _, name := range worthStealing {
			if v.Has(name) {
				v.Set(name, redacted)
			}
		}
	}
	entry.Header.Del("Authorization")
	if entry.Header.Get("Cookie") != "" {
		entry.Header.Set("Cookie", redacted)
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	if j.calls == nil {
		j.calls, j.kept = make(map[Endpoint]int), make(map[Endpoint][]*Request)
	}
	j.calls[ep]++
	kept := append(j.kept[ep], entry)
	if len(kept) > maxRequests {
		kept = slices.Delete(kept, 0, 1)
	}
	j.kept[ep] = kept
	return entry
}

func (j *journal) close(entry *Request, status int, reason string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entry.Status, entry.Reason = status, reason
}

// Calls returns how many requests the endpoint has received, refused and
// faulty ones too. "Nothing was asked of X" is Calls == 0 for each endpoint.
// [Server.Approve] and the like are requests to [Authenticate] as well.
func (s *Server) Calls(ep Endpoint) int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.calls[ep]
}

// Requests returns the last hundred requests the endpoint has received, the
// oldest first. They are copies.
func (s *Server) Requests(ep Endpoint) []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	var rs []Request
	for _, entry := range s.journal.kept[ep] {
		r := *entry
		r.Query, r.Form, r.OAuth = cloneValues(r.Query), cloneValues(r.Form), cloneValues(r.OAuth)
		r.Header = r.Header.Clone()
		rs = append(rs, r)
	}
	return rs
}

// LastQuery returns all parameters of the endpoint's last request, wherever
// they were: query, form body or Authorization header. It is nil if there was no
// request. [Server.Requests] tells the places apart.
func (s *Server) LastQuery(ep Endpoint) url.Values {
	rs := s.Requests(ep)
	if len(rs) == 0 {
		return nil
	}
	last := rs[len(rs)-1]
	all := make(url.Values)
	for _, v := range []url.Values{last.OAuth, last.Query, last.Form} {
		for name, vs := range v {
			all[name] = append(all[name], vs...)
		}
	}
	return all
}

func cloneValues(v url.Values) url.Values {
	c := maps.Clone(v)
	for name := range c {
		c[name] = slices.Clone(c[name])
	}
	return c
}
