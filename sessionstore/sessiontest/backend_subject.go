package sessiontest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"sync"
	"time"
)

// keySource hands out keys of the form that a Server has. The zero keySource is
// ready, and safe for concurrent use.
type keySource struct {
	mu   sync.Mutex
	made map[string]string
}

// of returns the same key for the same name.
func (s *keySource) of(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.made = map[string]string{}
	}
	if s.made[name] == "" {
		s.made[name] = randomKey()
	}
	return s.made[name]
}

const keyLen = 43

// randomKey returns keyLen characters of A-Z, a-z, 0-9, "-" and "_".
func randomKey() string {
	var bytes [32]byte
	_, _ = rand.Read(bytes[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(bytes[:])
}

// with returns the subject as a caller with another context sees it.
func (s *backendSubject) with(ctx context.Context) backendCaller {
	return backendCaller{ctx: ctx, subject: s}
}

// The methods below take a name for a key, or a key in full.

func (s *backendSubject) put(name string, value []byte, ttl time.Duration) error {
	return s.with(s.ctx).put(name, value, ttl)
}

// has wants Get to find value.
func (s *backendSubject) has(name string, want []byte) error {
	value, found, err := s.with(s.ctx).get(name)
	return wants("Get", name, want, value, found, err)
}

// takes wants Take to find value.
func (s *backendSubject) takes(name string, want []byte) error {
	value, found, err := s.with(s.ctx).take(name)
	return wants("Take", name, want, value, found, err)
}

// lacks wants Get to find nothing.
func (s *backendSubject) lacks(name string) error {
	value, found, err := s.with(s.ctx).get(name)
	return wantsNone("Get", name, value, found, err)
}

// takesNone wants Take to find nothing.
func (s *backendSubject) takesNone(name string) error {
	value, found, err := s.with(s.ctx).take(name)
	return wantsNone("Take", name, value, found, err)
}

func (s *backendSubject) key(name string) string {
	if len(name) == keyLen {
		return name
	}
	return s.keys.of(name)
}

type backendCaller struct {
	ctx     context.Context
	subject *backendSubject
}

func (c backendCaller) put(name string, value []byte, ttl time.Duration) error {
	if err := c.subject.backend.Put(c.ctx, c.subject.key(name), value, ttl); err != nil {
		return fmt.Errorf("Put(%q, %d bytes, %v): %w", name, len(value), ttl, err)
	}
	return nil
}

func (c backendCaller) get(name string) (value []byte, found bool, err error) {
	value, found, err = c.subject.backend.Get(c.ctx, c.subject.key(name))
	if err != nil {
		return nil, false, fmt.Errorf("Get(%q): %w", name, err)
	}
	return value, found, nil
}

func (c backendCaller) take(name string) (value []byte, found bool, err error) {
	value, found, err = c.subject.backend.Take(c.ctx, c.subject.key(name))
	if err != nil {
		return nil, false, fmt.Errorf("Take(%q): %w", name, err)
	}
	return value, found, nil
}
