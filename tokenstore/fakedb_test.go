package tokenstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
)

// fakeDB is a database that answers what a test tells it to. That the
// statements are right is tested with real databases, in the integration
// module; here is what no real one does on demand.
type fakeDB struct {
	affected    int64
	affectedErr error
	execErr     error
	onExec      func()
	queryErr    error
	rows        [][]driver.Value
	rowsErr     error
	beginErr    error
	commitErr   error
	failAt      int // which statement fails with failErr, from 1
	failErr     error
	answers     func(text string) [][]driver.Value // in place of rows, unless nil
	args        [][]driver.NamedValue

	statements []string
	counts     []int // of arguments
}

func (f *fakeDB) open(t *testing.T) *sql.DB {
	db := sql.OpenDB(f)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (f *fakeDB) Connect(context.Context) (driver.Conn, error) { return f, nil }
func (f *fakeDB) Driver() driver.Driver                        { return nil }
func (f *fakeDB) Close() error                                 { return nil }
func (f *fakeDB) Begin() (driver.Tx, error)                    { return f, f.beginErr }
func (f *fakeDB) Commit() error                                { return f.commitErr }
func (f *fakeDB) Rollback() error                              { return nil }

func (f *fakeDB) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not used") }

func (f *fakeDB) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	f.statements = append(f.statements, text)
	f.counts = append(f.counts, len(args))
	f.args = append(f.args, args)
	if f.onExec != nil {
		f.onExec()
	}
	if len(f.statements) == f.failAt {
		return nil, f.failErr
	}
	return f, f.execErr
}

func (f *fakeDB) LastInsertId() (int64, error) { return 0, errors.New("not used") }
func (f *fakeDB) RowsAffected() (int64, error) { return f.affected, f.affectedErr }

func (f *fakeDB) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	f.statements = append(f.statements, text)
	f.counts = append(f.counts, len(args))
	f.args = append(f.args, args)
	if len(f.statements) == f.failAt {
		return nil, f.failErr
	}
	if f.queryErr != nil {
		return nil, f.queryErr
	}
	rows := f.rows
	if f.answers != nil {
		rows = f.answers(text)
	}
	return &fakeRows{rows: rows, err: f.rowsErr}, nil
}

type fakeRows struct {
	rows [][]driver.Value
	err  error
}

func (r *fakeRows) Columns() []string {
	if len(r.rows) > 0 && len(r.rows[0]) < 7 {
		return make([]string, len(r.rows[0]))
	}
	return []string{"provider", "subject", "user_id", "username", "token", "linked_at", "updated_at"}
}

func (r *fakeRows) Close() error { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if len(r.rows) == 0 {
		if r.err != nil {
			return r.err
		}
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}
