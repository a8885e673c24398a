package providertest

import "testing"

// Case gives the suite's own tests one case: what Run would find, and whether it
// would skip.
type Case struct {
	Name, Clause string
	Check        func(t *testing.T, cfg Config) (skippedFor string, found error)
}

// Cases are what Run runs.
func Cases() []Case {
	var list []Case
	for _, c := range cases() {
		list = append(list, Case{c.name, c.clause, func(t *testing.T, cfg Config) (string, error) {
			err := c.run(t, cfg)
			if reason, ok := err.(skipped); ok {
				return string(reason), nil
			}
			return "", err
		}})
	}
	return list
}
