package sessionstore_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// Whichever statement of Migrate fails, its error comes out and nothing comes
// after it: without the lock, two instances would make the table at once.
func TestMigrateStopsAtAnyFault(t *testing.T) {
	t.Parallel()
	boom := errors.New("the database went away")
	for _, dialect := range []sessionstore.Dialect{sessionstore.SQLite, sessionstore.PostgreSQL, sessionstore.MySQL} {
		for failAt := 1; ; failAt++ {
			n := 0
			f := &fakeSQL{answer: func(verb string, _ []any) fakeAnswer {
				if verb == "ROLLBACK" {
					return fakeAnswer{}
				}
				if n++; n == failAt {
					return fakeAnswer{err: boom}
				}
				return fakeAnswer{}
			}}
			err := f.backend(t, dialect).Migrate(t.Context())
			if n < failAt {
				require.NoError(t, err)
				break
			}
			what := fmt.Sprintf("%s, statement %d", dialect, failAt)
			require.ErrorIs(t, err, boom, what)
			assert.Equal(t, failAt, n, what)
		}
	}
}
