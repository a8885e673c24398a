package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/oauthreg/go/tokenstore"
)

// user is somebody registered with this app.
type user struct {
	ID, Username, Email, FirstName, LastName, Name, AvatarURL string

	// EmailVerified: X vouches for the address and the person left it as it was.
	EmailVerified bool
}

// E-mail is not unique here, because nobody is recognised by it.
const schema = `
CREATE TABLE IF NOT EXISTS users (
	id             TEXT PRIMARY KEY,
	username       TEXT NOT NULL UNIQUE COLLATE NOCASE,
	email          TEXT NOT NULL,
	email_verified INTEGER NOT NULL,
	first_name     TEXT NOT NULL,
	last_name      TEXT NOT NULL,
	name           TEXT NOT NULL,
	avatar_url     TEXT NOT NULL,
	created_at     INTEGER NOT NULL
)`

// openDB opens or makes the database. Only this user can read it.
func openDB(ctx context.Context, path string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open -db: %w", err)
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: url.Values{
		"_pragma": {"journal_mode(WAL)", "busy_timeout(5000)", "synchronous(FULL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("cannot open -db %s: %w", path, err)
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("cannot use -db %s: %w", path, err)
	}
	return db, nil
}

var errUsernameTaken = errors.New("somebody else has this username")

// createUser makes the user and links the account: both or none. The identity
// comes first, because a second click of the same person must not look like
// somebody else with the same username.
func (a *app) createUser(ctx context.Context, u user, account tokenstore.Account) error {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := a.accounts.Over(a.accountTable.In(tx)).Link(ctx, account); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO users
		(id, username, email, email_verified, first_name, last_name, name, avatar_url, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		u.ID, u.Username, u.Email, u.EmailVerified, u.FirstName, u.LastName, u.Name, u.AvatarURL, time.Now().Unix())
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return errUsernameTaken
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// findUser returns sql.ErrNoRows if there is no such user.
func (a *app) findUser(ctx context.Context, id string) (u user, err error) {
	err = a.db.QueryRowContext(ctx, `SELECT id, username, email, email_verified, first_name, last_name, name, avatar_url
		FROM users WHERE id = ?`, id).
		Scan(&u.ID, &u.Username, &u.Email, &u.EmailVerified, &u.FirstName, &u.LastName, &u.Name, &u.AvatarURL)
	return u, err
}
