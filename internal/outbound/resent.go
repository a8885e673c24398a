package outbound

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// Sends counts how often net/http has sent a request. One without a body that
// got no answer on a kept connection it sends again by itself, to the letter:
// with a nonce that the server may have seen. To keep it from that, the request
// would have to have a body of unknown length, which over HTTP/2 servers see.
type Sends struct {
	n     atomic.Int32
	trace httptrace.ClientTrace // in here, to allocate once
}

// Trace returns ctx for the request to count.
func (s *Sends) Trace(ctx context.Context) context.Context {
	s.trace.GotConn = func(httptrace.GotConnInfo) { s.n.Add(1) }
	return httptrace.WithClientTrace(ctx, &s.trace)
}

// Doubted reports whether an answer with status may be to the nonce alone (RFC
// 5849 section 3.2): then the request is worth signing anew.
func (s *Sends) Doubted(status int) bool { return status == http.StatusUnauthorized && s.n.Load() > 1 }
