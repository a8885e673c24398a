package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/oauthreg/go/provider"
)

// tokenFile is the path of a file with one token, for the file's owner alone.
type tokenFile string

// load reads the token. It is fs.ErrNotExist if there is none.
func (f tokenFile) load() (tok provider.Token, err error) {
	data, err := f.read()
	if err == nil {
		tok, err = provider.DecodeToken(data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s cannot be used; put it right, remove it, or give another -file: %w", f, err)
	}
	return tok, err
}

// read refuses a file that others may have read or planted, and a link, which
// may lead to anything.
func (f tokenFile) read() ([]byte, error) {
	named, err := os.Lstat(string(f))
	if err != nil {
		return nil, err
	}
	if !named.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	file, err := os.Open(string(f))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	opened, err := file.Stat()
	if err != nil {
		return nil, err
	}
	mode := opened.Mode().Perm() // Windows has no such bits; there the directory is the user's own
	if !os.SameFile(named, opened) || (mode&0o077 != 0 && runtime.GOOS != "windows") {
		return nil, fmt.Errorf("others may read or change it (mode %04o); it must be 0600", mode)
	}
	return io.ReadAll(io.LimitReader(file, 64<<10))
}

// save replaces the file by a new one of mode 0600, so that there is a whole one
// at any time, and nothing is written through a link.
func (f tokenFile) save(tok provider.Token) error {
	data, err := provider.EncodeToken(tok)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // there is none any more once it is renamed
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), string(f))
}
