package tokenstore

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// checkAccount returns an error for each part of a that the database would cut,
// alter, or refuse in words that quote it.
func (t *statements) checkAccount(a Account) error {
	var errs []error
	for _, part := range []struct {
		field, value string
		most         int
	}{
		{"Provider", a.Provider, t.maxKey},
		{"Subject", a.Subject, t.maxKey},
		{"UserID", a.UserID, t.maxKey},
		{"Username", a.Username, t.maxName},
	} {
		if reason := t.cannotKeep(part.value, part.most); reason != "" {
			errs = append(errs, fmt.Errorf("tokenstore: link: %s %s", part.field, reason))
		}
	}
	return errors.Join(errs...)
}

// cannotKeep says why the database cannot keep value exactly, and nothing if it
// can. It does not quote value.
func (t *statements) cannotKeep(value string, most int) string {
	switch {
	case most > 0 && len(value) > most:
		return fmt.Sprintf("has %d bytes; this database keeps at most %d of it", len(value), most)
	case t.utf8Only && !utf8.ValidString(value):
		return "is not UTF-8; this database could not keep it as it is"
	case t.noNUL && strings.ContainsRune(value, 0):
		return "contains a NUL; this database cannot keep one"
	}
	return ""
}

// holds reports whether these may be in the table at all. To ask the database
// for what it cannot even write down would be an error, or worse, a match.
func (t *statements) holds(keys ...string) bool {
	for _, key := range keys {
		if t.cannotKeep(key, t.maxKey) != "" {
			return false
		}
	}
	return true
}
