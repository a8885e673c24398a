package tokentest

import (
	"context"

	"github.com/oauthreg/go/tokenstore"
)

// Cases gives the suite's own tests what Run checks, by name.
func Cases() map[string]func(context.Context, tokenstore.Store) error {
	checks := make(map[string]func(context.Context, tokenstore.Store) error)
	for _, c := range cases() {
		checks[c.name] = c.check
	}
	return checks
}
