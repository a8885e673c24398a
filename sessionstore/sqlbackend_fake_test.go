package sessionstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// fakeSQL is a database that answers what a test tells it to. That the
// statements are right is tested with real databases, in the integration
// module; here is what no real one does on demand.
type fakeSQL struct {
	// answer is called with each statement, the first word of it and its
	// arguments.
	answer func(verb string, args []any) fakeAnswer

	mu         sync.Mutex
	statements []string
	verbs      []string
}

type fakeAnswer struct {
	err      error
	rows     [][]driver.Value
	rowsErr  error // after the rows
	affected int64
}

func (f *fakeSQL) open(t *testing.T) *sql.DB {
	db := sql.OpenDB(f)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// backend returns one on a fake database.
func (f *fakeSQL) backend(t *testing.T, dialect sessionstore.Dialect) *sessionstore.SQLBackend {
	t.Helper()
	b, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{DB: f.open(t), Dialect: dialect})
	require.NoError(t, err)
	return b
}

// count returns how many statements began with verb.
func (f *fakeSQL) count(verb string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range f.verbs {
		if v == verb {
			n++
		}
	}
	return n
}

func (f *fakeSQL) ask(text string, named []driver.NamedValue) fakeAnswer {
	verb, _, _ := strings.Cut(text, " ")
	var args []any
	for _, arg := range named {
		args = append(args, arg.Value)
	}
	f.mu.Lock()
	f.statements = append(f.statements, text)
	f.verbs = append(f.verbs, verb)
	f.mu.Unlock()
	if f.answer == nil {
		return fakeAnswer{}
	}
	return f.answer(verb, args)
}

func (f *fakeSQL) Connect(context.Context) (driver.Conn, error) { return f, nil }
func (f *fakeSQL) Driver() driver.Driver                        { return nil }
func (f *fakeSQL) Close() error                                 { return nil }
func (f *fakeSQL) Begin() (driver.Tx, error)                    { return f, f.ask("BEGIN", nil).err }
func (f *fakeSQL) Commit() error                                { return f.ask("COMMIT", nil).err }
func (f *fakeSQL) Rollback() error                              { return f.ask("ROLLBACK", nil).err }
func (f *fakeSQL) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("not used") }

func (f *fakeSQL) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	a := f.ask(text, args)
	return driver.RowsAffected(a.affected), a.err
}

func (f *fakeSQL) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	a := f.ask(text, args)
	return &fakeSQLRows{a}, a.err
}

type fakeSQLRows struct{ fakeAnswer }

func (r *fakeSQLRows) Columns() []string { return []string{"value", "expires"} }
func (r *fakeSQLRows) Close() error      { return nil }

func (r *fakeSQLRows) Next(dest []driver.Value) error {
	if len(r.rows) == 0 {
		if r.rowsErr != nil {
			return r.rowsErr
		}
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}

// fakeRow is a row that a database returns.
func fakeRow(value string) [][]driver.Value { return [][]driver.Value{{[]byte(value), int64(1 << 50)}} }

// stateError is what errors of PostgreSQL's drivers are like.
type stateError string

func (e stateError) Error() string    { return "pg: " + string(e) }
func (e stateError) SQLState() string { return string(e) }
