package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/oauthreg/go/tokenstore"
)

// user is somebody registered with this app.
type user struct {
	ID, Username, Email, FirstName, LastName string

	// EmailVerified: X vouches for the address and the person left it as it was.
	EmailVerified bool
}

// E-mail is not unique here, because nobody is recognised by it.
const schema = `
CREATE TABLE users (
	id             text PRIMARY KEY,
	username       text NOT NULL,
	email          text NOT NULL,
	email_verified boolean NOT NULL,
	first_name     text NOT NULL,
	last_name      text NOT NULL,
	created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_username ON users (lower(username))`

// schemaLock keeps instances that start at once from making the tables at once:
// CREATE TABLE IF NOT EXISTS alone would fail for one of them. Any number does
// that the database is not locked with elsewhere.
const schemaLock = 7_415_301_922

// openDB opens the database. Nothing is asked of it yet.
func openDB(cfg *pgx.ConnConfig) *sql.DB {
	// A connection that died while it was idle, since PostgreSQL restarted, is
	// found out before a query is lost with it. That costs a round trip.
	db := stdlib.OpenDB(*cfg, stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return true }))
	// All instances together must stay below max_connections, 100 by default. More
	// than a few for each processor of the database do not make it faster.
	db.SetMaxOpenConns(10)
	// As many: otherwise connections are made and closed all the time under load.
	db.SetMaxIdleConns(10)
	db.SetConnMaxIdleTime(5 * time.Minute)
	// So that all move in time to a database that has come in place of another.
	db.SetConnMaxLifetime(30 * time.Minute)
	return db
}

// makeTables makes what is missing. It looks first, so that the program need
// not have the right to make tables.
func makeTables(ctx context.Context, db *sql.DB, accounts *tokenstore.SQL) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("cannot reach the database of DATABASE_URL: %w", err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", schemaLock); err != nil {
		return fmt.Errorf("cannot lock the database of DATABASE_URL: %w", err)
	}
	var missing bool
	if err := tx.QueryRowContext(ctx, "SELECT to_regclass('users') IS NULL").Scan(&missing); err != nil {
		return fmt.Errorf("cannot use the database of DATABASE_URL: %w", err)
	}
	if missing {
		if _, err := tx.ExecContext(ctx, schema); err != nil {
			return fmt.Errorf("cannot make the table of users: %w", err)
		}
	}
	if err := accounts.In(tx).Migrate(ctx); err != nil {
		return fmt.Errorf("cannot make the table of accounts: %w", err)
	}
	return tx.Commit()
}

var errUsernameTaken = errors.New("somebody else has this username")

// createUser makes the user and links the account: both or none. The identity
// comes first, because a second click of the same person must not look like
// somebody else with the same username. Whoever sends the form again because
// the answer to the commit was lost meets tokenstore.ErrTaken here.
func (a *app) createUser(ctx context.Context, u user, account tokenstore.Account) error {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := a.accounts.Over(a.accountTable.In(tx)).Link(ctx, account); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO users (id, username, email, email_verified, first_name, last_name)
		VALUES ($1, $2, $3, $4, $5, $6)`, u.ID, u.Username, u.Email, u.EmailVerified, u.FirstName, u.LastName)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "23505" && e.ConstraintName == "users_username" {
		return errUsernameTaken
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// findUser returns sql.ErrNoRows if there is no such user.
func (a *app) findUser(ctx context.Context, id string) (u user, err error) {
	err = a.db.QueryRowContext(ctx, "SELECT id, username, email, email_verified, first_name, last_name FROM users WHERE id = $1", id).
		Scan(&u.ID, &u.Username, &u.Email, &u.EmailVerified, &u.FirstName, &u.LastName)
	return u, err
}
