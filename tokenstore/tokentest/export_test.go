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

// Power names the power that a case is about.
func Power(name string) string { return find(name).power.name }

// Runs tells whether a case is run, and if not, whether that is a fault.
func Runs(name string, s tokenstore.Store, cfg Config) (run, missed bool) {
	return find(name).power.of(s, cfg)
}

func find(name string) testCase {
	for _, c := range cases() {
		if c.name == name {
			return c
		}
	}
	panic("no case is called " + name)
}
