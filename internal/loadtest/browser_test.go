package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a request got is not the app's doing if somebody else's giving up, or a
// kill, ended it; if the person gave up, it is theirs.
func TestWhoseDoingAnErrorIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		err         error
		dead, ended bool
		cut, gaveUp bool
	}{
		{name: "refused", err: errors.New("connection refused")},
		{name: "killed", err: errors.New("connection reset"), dead: true, cut: true},
		{name: "another gave up", err: context.Canceled, cut: true},
		{name: "the person gave up", err: context.Canceled, ended: true, gaveUp: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			to := &incarnation{transport: &http.Transport{
				DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, tt.err },
			}}
			to.dead.Store(tt.dead)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.ended {
				cancel()
			}
			a := newBrowser().do(ctx, to, "1", http.MethodGet, "/", nil)
			assert.Error(t, a.err)
			assert.Equal(t, tt.cut, a.cut)
			assert.Equal(t, tt.gaveUp, a.gaveUp)
		})
	}
}
