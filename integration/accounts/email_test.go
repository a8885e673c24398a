package accounts_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// Why oauthreg asks for the owner of no address that is not ASCII: addresses that
// NormalizeEmail leaves apart are one to a column of MariaDB as it is made by
// default.
func TestMariaDBTakesAddressesForEqual(t *testing.T) {
	p := at(t, mariadb)
	_, err := p.db.ExecContext(t.Context(), "CREATE TABLE "+p.table+" (id VARCHAR(20), email VARCHAR(255)) CHARACTER SET utf8mb4")
	require.NoError(t, err)
	_, err = p.db.ExecContext(t.Context(), "INSERT INTO "+p.table+" VALUES ('ada', 'ada@example.com')")
	require.NoError(t, err)
	for _, other := range []string{"ada@ex\u00e1mple.com", "ad\u00e1@example.com"} {
		email, ok := oauthreg.NormalizeEmail(other)
		require.True(t, ok)
		var id string
		err = p.db.QueryRowContext(t.Context(), "SELECT id FROM "+p.table+" WHERE email = ?", email).Scan(&id)
		require.NoError(t, err)
		assert.Equal(t, "ada", id, email)
	}
}
