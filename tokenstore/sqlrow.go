package tokenstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/oauthreg/go/provider"
)

// exec returns how many rows the statement affected.
func (s *SQL) exec(ctx context.Context, op, text string, args ...any) (n int64, err error) {
	text, args = s.text.bind(text, args)
	err = s.retry(ctx, func() error {
		result, err := s.conn.ExecContext(ctx, text, args...)
		if err == nil {
			n, err = result.RowsAffected()
		}
		return wrapSQL(ctx, op, err)
	})
	return n, err
}

// orNull returns nil for no bytes: drivers differ in what a nil slice is.
func orNull(data []byte) any {
	if data == nil {
		return nil
	}
	return data
}

// accountRow is an account whose token is still encoded.
type accountRow struct {
	account Account
	token   []byte
}

func (r accountRow) decode(op string) (Account, error) {
	if len(r.token) == 0 {
		return r.account, nil
	}
	token, err := provider.DecodeToken(r.token)
	if err != nil {
		return r.account, fmt.Errorf("tokenstore: %s: %w: %w", op, ErrUnreadable, err)
	}
	r.account.Token = token
	return r.account, nil
}

// query returns accounts.
func (s *SQL) query(ctx context.Context, op, text string, args ...any) ([]accountRow, error) {
	return queryRows(ctx, s, op, func(rows *sql.Rows) (r accountRow, err error) {
		var linkedAt, updatedAt int64
		a := &r.account
		err = rows.Scan(&a.Provider, &a.Subject, &a.UserID, &a.Username, &r.token, &linkedAt, &updatedAt)
		a.LinkedAt, a.UpdatedAt = time.UnixMicro(linkedAt).UTC(), time.UnixMicro(updatedAt).UTC()
		return r, err
	}, text, args...)
}

// queryNames returns a column of texts.
func (s *SQL) queryNames(ctx context.Context, op, text string) ([]string, error) {
	return queryRows(ctx, s, op, func(rows *sql.Rows) (name string, err error) {
		err = rows.Scan(&name)
		return name, err
	}, text)
}

// queryRows reads all rows at once: a transaction can run nothing else while
// they are open.
func queryRows[T any](ctx context.Context, s *SQL, op string, scan func(*sql.Rows) (T, error), text string, args ...any) (list []T, err error) {
	text, args = s.text.bind(text, args)
	err = s.retry(ctx, func() error {
		list = nil
		rows, err := s.conn.QueryContext(ctx, text, args...)
		if err != nil {
			return wrapSQL(ctx, op, err)
		}
		defer func() { _ = rows.Close() }() // rows.Err has told all there is to tell
		for rows.Next() {
			row, err := scan(rows)
			if err != nil {
				return wrapSQL(ctx, op, err)
			}
			list = append(list, row)
		}
		return wrapSQL(ctx, op, rows.Err())
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// wrapSQL adds ctx's error where a driver reported only that it was
// interrupted. Of no error it makes none.
func wrapSQL(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("tokenstore: %s: %w: %w", op, cause, err)
	}
	return fmt.Errorf("tokenstore: %s: %w", op, err)
}
