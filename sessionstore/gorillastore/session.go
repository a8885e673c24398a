package gorillastore

import (
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/oauthreg/go/sessionstore"
)

// field is where in a session's Values the value is.
const field = "oauthreg"

// newSession returns a session that nothing has been saved in. Not from
// sessions.NewSession, since only the store knows what it wants of one.
func (s *Store) newSession(r *http.Request, name string) (*sessions.Session, error) {
	session, err := s.own().New(requestWith(r, nil), name)
	if err != nil {
		return nil, fmt.Errorf("gorillastore: new session: %w", curt(err))
	}
	if session == nil {
		return nil, errors.New("gorillastore: the store made no session")
	}
	return session, nil
}

// load returns the session that cookie stands for and what is in it. One that
// the store does not have, or that does not open, is not found.
func (s *Store) load(r *http.Request, cookie *http.Cookie) (session *sessions.Session, e envelope, found bool, err error) {
	session, err = s.own().New(requestWith(r, cookie), cookie.Name)
	switch {
	case err != nil && !isUnknown(err):
		return nil, envelope{}, false, fmt.Errorf("gorillastore: load session: %w", curt(err))
	case err != nil || session == nil || session.IsNew:
		return nil, envelope{}, false, nil
	}
	var sealed []byte
	switch v := session.Values[field].(type) {
	case []byte:
		sealed = v
	case string:
		// What a store with a JSON serializer makes of bytes.
		sealed, _ = base64.StdEncoding.DecodeString(v)
	}
	e, found = s.open(cookie.Name, sealed)
	return session, e, found, nil
}

// save returns the cookie of the saved session. It is not in the response yet.
func (s *Store) save(r *http.Request, session *sessions.Session) (*http.Cookie, error) {
	w := headerOnly{}
	if err := s.own().Save(requestWith(r, nil), w, session); err != nil {
		if isTooLong(err) {
			return nil, fmt.Errorf("%w: %w; keep less in it, or use a store that keeps its values on the server",
				sessionstore.ErrTooLarge, err)
		}
		return nil, fmt.Errorf("gorillastore: save session: %w", curt(err))
	}
	cookie, found := pendingCookie(http.Header(w), session.Name())
	if !found {
		return nil, errors.New("gorillastore: the store has set no cookie; " +
			"it has to set one named like the session, as the stores of gorilla/sessions do")
	}
	return cookie, nil
}

// erase removes the session from the store. That cookies are dropped from the
// browser is up to the caller.
func (s *Store) erase(r *http.Request, session *sessions.Session) error {
	session.Options = s.options(session.Options, -1)
	session.Values = map[any]any{}
	if err := s.own().Save(requestWith(r, nil), headerOnly{}, session); err != nil {
		return fmt.Errorf("gorillastore: delete session: %w", curt(err))
	}
	return nil
}

// curt drops the name of a file from an error: that of a session's file has the
// session's ID in it, which is as good as its cookie's.
func curt(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}

// requestWith returns r as one that brings this cookie alone. So the store sees
// what the response so far has set, and of several cookies the one that is
// meant.
func requestWith(r *http.Request, cookie *http.Cookie) *http.Request {
	r = r.WithContext(r.Context())
	r.Header = http.Header{}
	if cookie != nil {
		r.Header.Set("Cookie", cookie.Name+"="+cookie.Value)
	}
	return r
}

// isUnknown reports whether err says that there is no such session, and not
// that the store could not tell.
func isUnknown(err error) bool {
	decoding, ok := errors.AsType[securecookie.Error](err)
	return ok && decoding.IsDecode() || isTooLong(err) ||
		errors.Is(err, fs.ErrNotExist) || errors.Is(err, sql.ErrNoRows)
}

// isTooLong goes by the text: securecookie and redistore have no error for it
// that a program could compare.
func isTooLong(err error) bool {
	return strings.Contains(err.Error(), "the value is too long") ||
		strings.Contains(err.Error(), "the value to store is too big")
}

// headerOnly is a response of which only the header is wanted.
type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}
