package tokenstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Migrate makes the table and its index unless they are there, adds the columns
// that an earlier version of this library did not have, and checks that the
// table has what it reads. Run it at each start, in any number of processes at
// once. Where nothing is missing it only looks, and needs no right to change
// tables.
//
//	provider, subject      text, the primary key, compared byte for byte
//	user_id                text, indexed, compared byte for byte
//	username               text, '' if unknown
//	token                  bytes of provider.EncodeToken, NULL if there is none
//	linked_at, updated_at  integers, microseconds since 1970 in UTC
//	lease_holder           text, '' (the default) if the account is nobody's
//	lease_until            integer, microseconds since 1970, by default 0
//
// On [MySQL] the first three and lease_holder are VARBINARY(255), username is
// TEXT in utf8mb4 and token a LONGBLOB. Where the connection's sql_mode is not
// strict, less is an error: the database would cut what is too long, and say
// nothing.
//
// An app with migrations of its own may make the table in them instead, with
// more columns, or user_id as a foreign key, if it likes. Provider and subject
// must be its primary key, and nothing else of it unique. The tokens carry the
// version of their form themselves.
//
// In a transaction of the app, [SQL.In], the table is there when it commits;
// not so on [MySQL], which would commit what came before, so there it is an
// error.
func (s *SQL) Migrate(ctx context.Context) error {
	if s.text.noTxDDL && s.db == nil {
		return errors.New("tokenstore: migrate: this database commits the transaction when a table is made; call Migrate on the store outside of it")
	}
	if s.text.lock == "" {
		return s.migrate(ctx)
	}
	return s.inTx(ctx, "migrate", func(in *SQL) error {
		if _, err := in.exec(ctx, "migrate", in.text.lock); err != nil {
			return err
		}
		return in.migrate(ctx)
	})
}

func (s *SQL) migrate(ctx context.Context) error {
	have, err := s.queryNames(ctx, "migrate", s.text.have)
	if err != nil {
		return err
	}
	if len(have) > 0 {
		// Before anything is added to a table that is not this library's.
		if _, err := s.query(ctx, "migrate", s.text.find, "", ""); err != nil {
			return err
		}
	}
	for _, step := range s.text.steps {
		if slices.Contains(have, step.makes) {
			continue
		}
		_, failed := s.exec(ctx, "migrate", step.text)
		if failed != nil && s.text.lock != "" {
			return failed // and the transaction with it
		}
		// A step may make what later ones would, or lose a race to another process.
		if have, err = s.queryNames(ctx, "migrate", s.text.have); err != nil {
			return errors.Join(failed, err)
		}
		if failed != nil && !slices.Contains(have, step.makes) {
			return failed
		}
	}
	return s.checkTable(ctx)
}

// checkTable reads every column once, and asks for what would lose bytes.
func (s *SQL) checkTable(ctx context.Context) error {
	if _, err := s.query(ctx, "migrate", s.text.find, "", ""); err != nil {
		return err
	}
	if s.text.faults == "" {
		return nil
	}
	columns, err := s.queryNames(ctx, "migrate", s.text.faults)
	if err != nil {
		return err
	}
	if len(columns) > 0 {
		slices.Sort(columns)
		return fmt.Errorf("tokenstore: migrate: the database could alter what is written to %s without an error; make IDs VARBINARY(255), or text in utf8mb4 of at least 255 characters, username TEXT in utf8mb4, token LONGBLOB, and connect with charset=utf8mb4",
			strings.Join(columns, ", "))
	}
	return nil
}
