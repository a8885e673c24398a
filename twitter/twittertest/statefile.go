package twittertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// loadLedger reads the state file. No name and no file both mean a fresh start.
func loadLedger(name string) (*ledger, error) {
	l := newLedger()
	if name == "" {
		return l, nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return nil, configError("StateFile", err.Error())
	}
	if err := json.Unmarshal(data, l); err != nil || !l.whole() {
		// The decoder's text could quote what is in the file.
		return nil, configError("StateFile", fmt.Sprintf("%s is not a state file of this package; delete it to start afresh", name))
	}
	return l, nil
}

// whole reports whether a decoded ledger can be worked with: JSON can leave a
// map, or an entry of one, nil.
func (l *ledger) whole() bool {
	if l.RequestTokens == nil || l.AccessTokens == nil || l.Nonces == nil {
		return false
	}
	return !hasNil(l.RequestTokens) && !hasNil(l.AccessTokens) && l.wholeOAuth2()
}

func hasNil[T any](m map[string]*T) bool {
	for _, entry := range m {
		if entry == nil {
			return true
		}
	}
	return false
}

// save replaces the state file. Writing beside it and renaming leaves either
// the old state or the new one, whenever the program is killed. There is no
// fsync: it is the program that may die, not the machine.
func (l *ledger) save(name string) error {
	if name == "" {
		return nil
	}
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	// One fixed name, so that a kill does not litter; made anew each time, so
	// that nobody else's mode or link is written through.
	temp := name + ".tmp"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(temp, name)
}
