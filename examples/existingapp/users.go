package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// user is somebody registered with this app.
type user struct {
	ID, Username, Email string

	// EmailVerified: the user has shown that the address is theirs.
	EmailVerified bool

	// PasswordHash is "" for a user without a password: no password is right then.
	PasswordHash string
}

// People sign in with their e-mail address, so it has one user. confirm_code is
// in the link that was sent to it.
const schema = `
CREATE TABLE IF NOT EXISTS users (
	id             TEXT PRIMARY KEY,
	username       TEXT NOT NULL UNIQUE COLLATE NOCASE,
	email          TEXT NOT NULL UNIQUE COLLATE NOCASE,
	email_verified INTEGER NOT NULL,
	password_hash  TEXT NOT NULL,
	confirm_code   TEXT NOT NULL,
	created_at     INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,
	data   BLOB NOT NULL,
	expiry REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_expiry ON sessions (expiry)`

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

var (
	errUsernameTaken = errors.New("somebody else has this username")
	errEmailTaken    = errors.New("somebody else has this e-mail address")
)

var usernamePattern = regexp.MustCompile(`^[a-z0-9_]{3,20}$`)

// faults says what is wrong with the fields that a person typed.
func (u user) faults() map[string]string {
	faults := map[string]string{}
	if !usernamePattern.MatchString(u.Username) {
		faults["username"] = "Please choose a username of 3 to 20 small letters, digits and _."
	}
	if a, err := mail.ParseAddress(u.Email); err != nil || a.Address != u.Email || len(u.Email) > 254 {
		faults["email"] = "Please enter an e-mail address, such as you@example.com."
	}
	return faults
}

// execer is a database or a transaction.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// insertUser returns errUsernameTaken or errEmailTaken if it is so.
func insertUser(ctx context.Context, db execer, u user, confirmCode string) error {
	_, err := db.ExecContext(ctx, `INSERT INTO users
		(id, username, email, email_verified, password_hash, confirm_code, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		u.ID, u.Username, u.Email, u.EmailVerified, u.PasswordHash, confirmCode, time.Now().Unix())
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		if strings.Contains(e.Error(), "users.email") {
			return errEmailTaken
		}
		return errUsernameTaken
	}
	return err
}

// userByID returns the zero user if there is none.
func (a *app) userByID(ctx context.Context, id string) (user, error) {
	return a.findUser(ctx, "id = ?", id)
}

// userByEmail returns the zero user if there is none.
func (a *app) userByEmail(ctx context.Context, email string) (user, error) {
	return a.findUser(ctx, "email = ?", email)
}

func (a *app) findUser(ctx context.Context, where, arg string) (u user, err error) {
	err = a.db.QueryRowContext(ctx, "SELECT id, username, email, email_verified, password_hash FROM users WHERE "+where, arg).
		Scan(&u.ID, &u.Username, &u.Email, &u.EmailVerified, &u.PasswordHash)
	if errors.Is(err, sql.ErrNoRows) {
		return user{}, nil
	}
	return u, err
}

func (a *app) setPassword(ctx context.Context, userID, hash string) error {
	_, err := a.db.ExecContext(ctx, "UPDATE users SET password_hash = ? WHERE id = ?", hash, userID)
	return err
}

// confirmEmail reports whether code was sent to the address of the user. The
// user has to be the one signed in: the owner of an address that somebody else
// registered would otherwise confirm it for them.
func (a *app) confirmEmail(ctx context.Context, userID, code string) (bool, error) {
	res, err := a.db.ExecContext(ctx, `UPDATE users SET email_verified = 1, confirm_code = ''
		WHERE id = ? AND confirm_code = ? AND confirm_code <> ''`, userID, code)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
