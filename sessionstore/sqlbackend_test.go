package sessionstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

var sqlDialects = []sessionstore.Dialect{sessionstore.SQLite, sessionstore.PostgreSQL, sessionstore.MySQL}

// sqlFaults returns the fields that a constructor complained of, in order.
func sqlFaults(t *testing.T, err error) (fields []string) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "want joined faults, got %v", err)
	for _, fault := range joined.Unwrap() {
		ce, ok := errors.AsType[*sessionstore.ConfigError](fault)
		require.True(t, ok, "%v is not a ConfigError", fault)
		assert.NotEmpty(t, ce.Reason)
		fields = append(fields, ce.Field)
	}
	return fields
}

func TestNewSQLBackendFaults(t *testing.T) {
	t.Parallel()
	db := (&fakeSQL{}).open(t)
	for _, row := range []struct {
		name string
		cfg  sessionstore.SQLConfig
		want []string
	}{
		{"nothing", sessionstore.SQLConfig{}, []string{"DB", "Dialect"}},
		{"everything", sessionstore.SQLConfig{Dialect: "oracle", Table: "a b"}, []string{"DB", "Table", "Dialect"}},
		{"no database", sessionstore.SQLConfig{Dialect: sessionstore.SQLite}, []string{"DB"}},
		{"no dialect", sessionstore.SQLConfig{DB: db}, []string{"Dialect"}},
		{"a dialect in capitals", sessionstore.SQLConfig{DB: db, Dialect: "SQLite"}, []string{"Dialect"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b, err := sessionstore.NewSQLBackend(row.cfg)
			assert.Nil(t, b)
			assert.Equal(t, row.want, sqlFaults(t, err))
		})
	}
}

func TestSQLBackendTableNames(t *testing.T) {
	t.Parallel()
	for name, valid := range map[string]bool{
		"":                      true, // the default
		"sessions":              true,
		"_Sessions_2":           true,
		"select":                true, // it is quoted
		strings.Repeat("t", 48): true,
		strings.Repeat("t", 49): false,
		"2sessions":             false,
		"auth.sessions":         false,
		"a b":                   false,
		"sessions;":             false,
		"sessions\x00":          false,
		"sessions\n":            false,
		"s\u00f6ssions":         false,
		`a"b`:                   false,
		"a`b":                   false,
		"a-b":                   false,
	} {
		for _, dialect := range sqlDialects {
			f := &fakeSQL{}
			b, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{DB: f.open(t), Dialect: dialect, Table: name})
			if !valid {
				assert.Equal(t, []string{"Table"}, sqlFaults(t, err), "%q", name)
				continue
			}
			require.NoError(t, err, "%q", name)
			require.NoError(t, b.Migrate(t.Context()))
			require.NoError(t, b.Put(t.Context(), "key", nil, time.Hour))
			_, _, err = b.Take(t.Context(), "key")
			require.NoError(t, err)
			table := name
			if table == "" {
				table = "oauthreg_sessions"
			}
			quote := `"`
			if dialect == sessionstore.MySQL {
				quote = "`"
			}
			for _, text := range f.statements {
				if strings.Contains(text, " ") && !strings.Contains(text, "pg_advisory_xact_lock") {
					assert.Contains(t, text, quote+table+quote)
				}
			}
		}
	}
}

func TestSQLBackendWritesNoNullAndRoundsUp(t *testing.T) {
	t.Parallel()
	for _, dialect := range sqlDialects {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var put []any
				f := &fakeSQL{answer: func(verb string, args []any) fakeAnswer {
					if verb == "INSERT" {
						put = args
					}
					return fakeAnswer{}
				}}
				b := f.backend(t, dialect)
				require.NoError(t, b.Put(t.Context(), "key", nil, 1500*time.Microsecond))
				assert.Equal(t, []any{"key", []byte{}, time.Now().UnixMilli() + 2}, put)
				require.NoError(t, b.Put(t.Context(), "key", []byte("value"), time.Second))
				assert.Equal(t, []any{"key", []byte("value"), time.Now().UnixMilli() + 1000}, put)
				require.NoError(t, b.Put(t.Context(), "key", nil, math.MaxInt64))
				assert.Greater(t, put[2], time.Now().UnixMilli())
			})
		})
	}
}

func TestSQLBackendTooLarge(t *testing.T) {
	t.Parallel()
	f := &fakeSQL{}
	b := f.backend(t, sessionstore.PostgreSQL)
	require.NoError(t, b.Put(t.Context(), "key", make([]byte, 1<<20), time.Hour))
	before := f.count("INSERT")
	require.ErrorIs(t, b.Put(t.Context(), "key", make([]byte, 1<<20+1), time.Hour), sessionstore.ErrTooLarge)
	assert.Equal(t, before, f.count("INSERT"))
}

// What the database has undone is done again, anything else never: a Take that
// is done again would not find what it took itself.
func TestSQLBackendTriesAgainWhatWasUndone(t *testing.T) {
	t.Parallel()
	deadlock := errors.New("Error 1213 (40001): Deadlock found when trying to get lock; try restarting transaction")
	for _, row := range []struct {
		name  string
		err   error
		again bool
	}{
		{"serialization failure", stateError("40001"), true},
		{"deadlock", stateError("40P01"), true},
		{"deadlock of MySQL", deadlock, true},
		{"deadlock of MySQL, wrapped", fmt.Errorf("app: %w", deadlock), true},
		{"completion unknown", stateError("40003"), false},
		{"lost connection", errors.New("invalid connection"), false},
		{"lock wait timeout", errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), false},
	} {
		for _, dialect := range sqlDialects {
			t.Run(row.name+"/"+string(dialect), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					const losses = 3
					lost := map[string]int{}
					f := &fakeSQL{answer: func(verb string, _ []any) fakeAnswer {
						if lost[verb] < losses && (verb == "INSERT" || verb == "DELETE" || verb == "SELECT") {
							lost[verb]++
							return fakeAnswer{err: row.err}
						}
						return fakeAnswer{rows: fakeRow("value"), affected: 1}
					}}
					b := f.backend(t, dialect)
					_, found, err := b.Take(t.Context(), "key")
					if row.again {
						require.NoError(t, err)
						assert.True(t, found)
						require.NoError(t, b.Put(t.Context(), "key", nil, time.Hour))
						return
					}
					require.ErrorIs(t, err, row.err)
					assert.False(t, found)
					assert.Equal(t, 1, f.count("DELETE")+f.count("SELECT"))
					require.ErrorIs(t, b.Put(t.Context(), "key", nil, time.Hour), row.err)
					assert.Equal(t, 1, f.count("INSERT"))
				})
			})
		}
	}
}

func TestSQLBackendGivesUp(t *testing.T) {
	t.Parallel()
	t.Run("after ten attempts", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			f := &fakeSQL{answer: func(string, []any) fakeAnswer { return fakeAnswer{err: stateError("40001")} }}
			start := time.Now()
			require.ErrorIs(t, f.backend(t, sessionstore.PostgreSQL).Put(t.Context(), "key", nil, time.Hour), stateError("40001"))
			assert.Equal(t, 10, f.count("INSERT"))
			assert.Less(t, time.Since(start), 2*time.Second)
		})
	})
	t.Run("when its context is done", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		f := &fakeSQL{answer: func(string, []any) fakeAnswer {
			cancel()
			return fakeAnswer{err: stateError("40001")}
		}}
		err := f.backend(t, sessionstore.PostgreSQL).Put(ctx, "key", nil, time.Hour)
		require.ErrorIs(t, err, stateError("40001"))
		require.ErrorIs(t, err, context.Canceled)
		assert.LessOrEqual(t, f.count("INSERT"), 2)
	})
	t.Run("when others put each time", func(t *testing.T) {
		t.Parallel()
		f := &fakeSQL{answer: func(string, []any) fakeAnswer { return fakeAnswer{rows: fakeRow("value")} }}
		_, found, err := f.backend(t, sessionstore.MySQL).Take(t.Context(), "key")
		require.ErrorContains(t, err, "sessionstore: take: the value was replaced")
		assert.False(t, found)
		assert.Equal(t, 100, f.count("DELETE"))
	})
}

// MySQL's Take removes what it has read, or nothing.
func TestSQLBackendTakesWhatItRead(t *testing.T) {
	t.Parallel()
	values := []string{"first", "second"}
	var dropped []any
	f := &fakeSQL{}
	f.answer = func(verb string, args []any) fakeAnswer {
		if verb == "SELECT" {
			return fakeAnswer{rows: fakeRow(values[f.count("SELECT")-1])}
		}
		dropped = args
		if string(args[2].([]byte)) == "second" {
			return fakeAnswer{affected: 1}
		}
		return fakeAnswer{}
	}
	value, found, err := f.backend(t, sessionstore.MySQL).Take(t.Context(), "key")
	require.NoError(t, err)
	assert.True(t, found)
	assert.Equal(t, "second", string(value))
	assert.Equal(t, []any{"key", int64(1 << 50), []byte("second")}, dropped)
}

func TestSQLBackendFaultsOfTheDatabase(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk I/O error")
	fails := func(verbs ...string) func(string, []any) fakeAnswer {
		return func(verb string, _ []any) fakeAnswer {
			if strings.Contains(strings.Join(verbs, " "), verb) {
				return fakeAnswer{err: broken}
			}
			return fakeAnswer{rows: fakeRow("value"), affected: 1}
		}
	}
	after := func(string, []any) fakeAnswer { return fakeAnswer{rows: fakeRow("value"), rowsErr: broken} }
	badRow := func(string, []any) fakeAnswer {
		return fakeAnswer{rows: [][]driver.Value{{[]byte("value"), "tomorrow"}}}
	}
	put := func(ctx context.Context, b *sessionstore.SQLBackend) error { return b.Put(ctx, "key", nil, time.Hour) }
	get := func(ctx context.Context, b *sessionstore.SQLBackend) error {
		value, found, err := b.Get(ctx, "key")
		assert.False(t, found)
		assert.Nil(t, value)
		return err
	}
	take := func(ctx context.Context, b *sessionstore.SQLBackend) error {
		value, found, err := b.Take(ctx, "key")
		assert.False(t, found)
		assert.Nil(t, value)
		return err
	}
	migrate := func(ctx context.Context, b *sessionstore.SQLBackend) error { return b.Migrate(ctx) }
	cleanup := func(ctx context.Context, b *sessionstore.SQLBackend) error {
		_, err := b.Cleanup(ctx)
		return err
	}
	for _, row := range []struct {
		name    string
		dialect sessionstore.Dialect
		answer  func(string, []any) fakeAnswer
		call    func(context.Context, *sessionstore.SQLBackend) error
		want    string
	}{
		{"put", sessionstore.SQLite, fails("INSERT"), put, "sessionstore: put: disk I/O error"},
		{"get", sessionstore.SQLite, fails("SELECT"), get, "sessionstore: get: disk I/O error"},
		{"get, after the row", sessionstore.SQLite, after, get, "sessionstore: get: disk I/O error"},
		{"get, a column of another type", sessionstore.SQLite, badRow, get, "sessionstore: get: sql: Scan error"},
		{"take", sessionstore.SQLite, fails("DELETE"), take, "sessionstore: take: disk I/O error"},
		{"take, after the row", sessionstore.SQLite, after, take, "sessionstore: take: disk I/O error"},
		{"take, begin", sessionstore.PostgreSQL, fails("BEGIN"), take, "sessionstore: take: disk I/O error"},
		{"take, in the transaction", sessionstore.PostgreSQL, fails("DELETE"), take, "sessionstore: take: disk I/O error"},
		{"take, commit", sessionstore.PostgreSQL, fails("COMMIT"), take, "sessionstore: take: disk I/O error"},
		{"take, first half", sessionstore.MySQL, fails("SELECT"), take, "sessionstore: take: disk I/O error"},
		{"take, second half", sessionstore.MySQL, fails("DELETE"), take, "sessionstore: take: disk I/O error"},
		{"migrate", sessionstore.SQLite, fails("CREATE"), migrate, "sessionstore: migrate: disk I/O error"},
		{"migrate, begin", sessionstore.PostgreSQL, fails("BEGIN"), migrate, "sessionstore: migrate: disk I/O error"},
		{"migrate, lock", sessionstore.PostgreSQL, fails("SELECT"), migrate, "sessionstore: migrate: disk I/O error"},
		{"migrate, in the transaction", sessionstore.PostgreSQL, fails("CREATE"), migrate, "sessionstore: migrate: disk I/O error"},
		{"migrate, commit", sessionstore.PostgreSQL, fails("COMMIT"), migrate, "sessionstore: migrate: disk I/O error"},
		{"migrate, a table without the columns", sessionstore.MySQL, fails("SELECT"), migrate, "sessionstore: migrate: disk I/O error"},
		{"cleanup", sessionstore.MySQL, fails("DELETE"), cleanup, "sessionstore: cleanup: disk I/O error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := &fakeSQL{answer: row.answer}
			require.ErrorContains(t, row.call(t.Context(), f.backend(t, row.dialect)), row.want)
		})
	}
}

// A driver that breaks its promise to database/sql must not have a Take done
// twice: the second would find nothing.
func TestSQLBackendTakeOnABadConnection(t *testing.T) {
	t.Parallel()
	f := &fakeSQL{}
	f.answer = func(verb string, _ []any) fakeAnswer {
		if verb == "DELETE" && f.count("DELETE") == 1 {
			return fakeAnswer{err: driver.ErrBadConn}
		}
		return fakeAnswer{}
	}
	_, found, err := f.backend(t, sessionstore.PostgreSQL).Take(t.Context(), "key")
	require.ErrorIs(t, err, driver.ErrBadConn)
	assert.False(t, found)
}

// Drivers differ in what they say when they were interrupted.
func TestSQLBackendAddsTheErrorOfTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	interrupted := errors.New("interrupted (9)")
	f := &fakeSQL{answer: func(string, []any) fakeAnswer {
		cancel()
		return fakeAnswer{err: interrupted}
	}}
	err := f.backend(t, sessionstore.SQLite).Put(ctx, "key", nil, time.Hour)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, interrupted)
}

func TestSQLBackendSweeps(t *testing.T) {
	t.Parallel()
	for _, dialect := range sqlDialects {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSQL{answer: func(verb string, _ []any) fakeAnswer {
					if verb == "DELETE" {
						return fakeAnswer{err: errors.New("no right to delete"), affected: 1000}
					}
					return fakeAnswer{}
				}}
				b := f.backend(t, dialect)
				puts := func(n int) {
					for range n {
						require.NoError(t, b.Put(t.Context(), "key", nil, time.Hour), "a sweep's failure is nobody's")
					}
				}
				puts(1)
				assert.Equal(t, 1, f.count("DELETE"), "the first Put")
				puts(498)
				assert.Equal(t, 1, f.count("DELETE"), "no other")
				puts(1)
				assert.Equal(t, 2, f.count("DELETE"), "the 500th")
				time.Sleep(time.Minute - 1)
				puts(1)
				assert.Equal(t, 2, f.count("DELETE"), "within the minute")
				time.Sleep(time.Second)
				puts(2)
				assert.Equal(t, 3, f.count("DELETE"), "after it")
				puts(3000)
				assert.Equal(t, 9, f.count("DELETE"), "each 500th")
			})
		})
	}
}

func TestSQLBackendCleanupGoesOnWhileBatchesAreFull(t *testing.T) {
	t.Parallel()
	f := &fakeSQL{}
	f.answer = func(string, []any) fakeAnswer {
		if f.count("DELETE") < 4 {
			return fakeAnswer{affected: 1000}
		}
		return fakeAnswer{affected: 7}
	}
	n, err := f.backend(t, sessionstore.PostgreSQL).Cleanup(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 3007, n)
	for _, text := range f.statements {
		assert.Contains(t, text, "LIMIT 1000")
	}
}

func TestSQLBackendCleanupCountsWhatItDidBeforeItFailed(t *testing.T) {
	t.Parallel()
	f := &fakeSQL{}
	f.answer = func(string, []any) fakeAnswer {
		if f.count("DELETE") < 3 {
			return fakeAnswer{affected: 1000}
		}
		return fakeAnswer{err: errors.New("disk I/O error")}
	}
	n, err := f.backend(t, sessionstore.SQLite).Cleanup(t.Context())
	require.Error(t, err)
	assert.EqualValues(t, 2000, n)
}

func ExampleNewSQLBackend() {
	_, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{Table: "sign-ups"})
	fmt.Println(err)
	// Output:
	// sessionstore: DB: it is nil; open one with database/sql
	// sessionstore: Table: it is not made of at most 48 ASCII letters, digits and underscores with no digit in front
	// sessionstore: Dialect: "" is not one this library speaks; use sessionstore.SQLite, sessionstore.PostgreSQL or sessionstore.MySQL
}

// It needs a database.
func ExampleSQLBackend() {
	ctx := context.Background()
	db, err := sql.Open("pgx", "postgres://app@db.example.com/app")
	if err != nil {
		log.Fatal(err)
	}
	backend, err := sessionstore.NewSQLBackend(sessionstore.SQLConfig{DB: db, Dialect: sessionstore.PostgreSQL})
	if err != nil {
		log.Fatal(err)
	}
	if err := backend.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	sessions, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: "https://app.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	_ = sessions // for oauthreg.Config.Sessions
}
