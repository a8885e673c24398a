package oauthreg

import "runtime/debug"

// guard runs f, in a goroutine that is no request's. There a panic in what the
// app has given (a Flow, a store, an Observer) would end the process with every
// request in it; in a handler net/http makes it end one. So it ends f.
func (g *Registrar) guard(what string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			g.log.Error("oauthreg: "+what+" panicked", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	f()
}
