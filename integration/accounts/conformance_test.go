package accounts_test

import (
	"testing"

	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("the suite takes its time on every database; run it without -short")
	}
	t.Parallel()
	for _, b := range all {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			tokentest.Run(t, tokentest.Config{
				New:      func(t *testing.T) tokenstore.Store { return at(t, b).migrated(t) },
				RealTime: true, Rewriter: true, Leaser: true,
			})
		})
	}
}
