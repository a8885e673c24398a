package main

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Both ways to write a data source lead to the demo's schema, and say all else
// that they said.
func TestTheDemoHasASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, database := range []string{
		"postgres://app:pa%26ss@db.example.com:6543/fieldnotes?sslmode=disable&application_name=a%20b",
		"host=db.example.com port=6543 user=app password='pa&ss' dbname=fieldnotes sslmode=disable application_name='a b'",
	} {
		env := (&demoData{databaseURL: database, name: "fieldnotes_demo_x"}).env()
		own, ok := strings.CutPrefix(env[0], "DATABASE_URL=")
		require.True(t, ok)
		cfg, err := pgx.ParseConfig(own)
		require.NoError(t, err)
		assert.Equal(t, "fieldnotes_demo_x", cfg.RuntimeParams["search_path"])
		assert.Equal(t, "a b", cfg.RuntimeParams["application_name"])
		assert.Equal(t, []any{"db.example.com", uint16(6543), "app", "pa&ss", "fieldnotes"},
			[]any{cfg.Host, cfg.Port, cfg.User, cfg.Password, cfg.Database})
	}
}
