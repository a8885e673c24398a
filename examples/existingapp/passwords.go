package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	minPassword = 10   // characters
	maxPassword = 1024 // bytes

	// PBKDF2 is in the standard library and, other than bcrypt, takes passwords of
	// any length. 600 000 rounds of HMAC-SHA256 are what OWASP's Password Storage
	// Cheat Sheet asks for. Each stored hash names its rounds, so that they can be
	// raised.
	passwordRounds = 600_000
	passwordScheme = "pbkdf2-sha256"
)

// passwordFault says what is wrong with a new password, or "".
func passwordFault(password string) string {
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fmt.Sprintf("Please choose a password of at least %d characters.", minPassword)
	case len(password) > maxPassword:
		return fmt.Sprintf("Please choose a password of at most %d bytes.", maxPassword)
	}
	return ""
}

// rounds is how often a password is hashed.
type rounds int

// hashPassword returns what is stored of a password.
func (r rounds) hashPassword(password string) (string, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	sum, err := pbkdf2.Key(sha256.New, password, salt, int(r), sha256.Size)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d$%s$%s", passwordScheme, r, b64(salt), b64(sum)), nil
}

// checkPassword reports whether stored was made of password. Where nothing is
// stored, no password is right; finding that out takes as long, so that the time
// does not tell who has one.
func (r rounds) checkPassword(stored, password string) bool {
	if len(password) > maxPassword {
		return false
	}
	n, salt, want, ok := r.parseHash(stored)
	sum, err := pbkdf2.Key(sha256.New, password, salt, n, sha256.Size)
	return err == nil && ok && subtle.ConstantTimeCompare(sum, want) == 1
}

// parseHash returns the parts of a stored hash, or others as expensive.
func (r rounds) parseHash(stored string) (n int, salt, sum []byte, ok bool) {
	parts := strings.Split(stored, "$")
	if len(parts) == 4 && parts[0] == passwordScheme {
		n, errRounds := strconv.Atoi(parts[1])
		salt, errSalt := base64.RawStdEncoding.DecodeString(parts[2])
		sum, errSum := base64.RawStdEncoding.DecodeString(parts[3])
		if errRounds == nil && errSalt == nil && errSum == nil && n > 0 && len(sum) == sha256.Size {
			return n, salt, sum, true
		}
	}
	return int(r), make([]byte, 16), nil, false
}
