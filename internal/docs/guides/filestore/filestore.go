// Package filestore is a session backend on a directory, for
// docs/writing-a-store.md.
package filestore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/oauthreg/go/sessionstore"
)

const maxValue = 1 << 20

// Backend keeps each value in a file. Processes of one machine may share the
// directory. It is safe for concurrent use.
type Backend struct{ dir *os.Root }

var _ sessionstore.Backend = (*Backend)(nil)

// New returns a Backend in dir, which exists and is readable by the app only.
func New(dir string) (*Backend, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("filestore: %w", err)
	}
	return &Backend{root}, nil
}

// Close lets go of the directory. The files stay.
func (b *Backend) Close() error { return b.dir.Close() }

// name is in hexadecimal: keys are compared byte for byte, and not every file
// system tells "a" from "A".
func name(key string) string { return hex.EncodeToString([]byte(key)) + ".value" }

// Put writes a file of its own and renames it: a reader sees the old value or
// the new one, never half of one.
func (b *Backend) Put(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(value) > maxValue {
		return sessionstore.ErrTooLarge
	}
	record := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(ttl).UnixNano()))
	temporary := rand.Text() + ".new"
	if err := b.dir.WriteFile(temporary, append(record, value...), 0o600); err != nil {
		return fmt.Errorf("filestore: put: %w", err)
	}
	if err := b.dir.Rename(temporary, name(key)); err != nil {
		return fmt.Errorf("filestore: put: %w", err)
	}
	return nil
}

// Get implements [sessionstore.Backend].
func (b *Backend) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	return b.read("get", name(key), time.Now())
}

// Take renames the file to a name that nobody else has: of several one wins.
func (b *Backend) Take(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	mine := rand.Text() + ".taken"
	switch err := b.dir.Rename(name(key), mine); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil // not there is no error
	case err != nil:
		return nil, false, fmt.Errorf("filestore: take: %w", err)
	}
	value, found, err = b.read("take", mine, time.Now())
	return value, found, errors.Join(err, b.dir.Remove(mine))
}

// read finds a value that is good at a time.
func (b *Backend) read(op, file string, at time.Time) (value []byte, found bool, err error) {
	record, err := b.dir.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("filestore: %s: %w", op, err)
	case len(record) < 8:
		return nil, false, fmt.Errorf("filestore: %s: the file is damaged", op)
	}
	expires := time.Unix(0, int64(binary.BigEndian.Uint64(record)))
	if !at.Before(expires) {
		return nil, false, nil // too old is no error either
	}
	return record[8:], true, nil
}

// Cleanup removes what expired a minute ago or earlier: a key that is put again
// meanwhile is left alone. Call it now and then: nobody comes back for an
// attempt that was given up.
func (b *Backend) Cleanup() error {
	entries, err := fs.ReadDir(b.dir.FS(), ".")
	if err != nil {
		return fmt.Errorf("filestore: cleanup: %w", err)
	}
	var faults []error
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".value") {
			continue
		}
		if _, found, err := b.read("cleanup", e.Name(), time.Now().Add(-time.Minute)); err == nil && !found {
			if err := b.dir.Remove(e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}
