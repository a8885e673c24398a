package oauthreg

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

// Lengths in runes, above what any provider documents and below what harms a
// page or a column.
const (
	maxShort = 256
	maxLong  = 1024
	maxURL   = 2048
	maxEmail = 254 // RFC 5321 section 4.5.3.1.3, less the angle brackets
)

// cleanProfile makes the normalised view fit to be shown and stored. Raw stays
// as it came.
func cleanProfile(p provider.Profile) provider.Profile {
	p.Username = cleanText(p.Username, maxShort)
	p.Name = cleanText(p.Name, maxShort)
	p.GivenName = cleanText(p.GivenName, maxShort)
	p.FamilyName = cleanText(p.FamilyName, maxShort)
	p.Location = cleanText(p.Location, maxShort)
	p.Description = cleanText(p.Description, maxLong)
	p.URL = cleanURL(p.URL, "http", "https")
	p.AvatarURL = cleanURL(p.AvatarURL, "https")
	email, ok := NormalizeEmail(p.Email)
	p.Email, p.EmailVerified = email, ok && p.EmailVerified
	p.Incomplete = nil // it was for the log
	return p
}

// cleanText drops what could disturb the text around it: control characters
// and those that change the direction of what follows. The joiners that
// scripts and emoji need stay.
func cleanText(s string, limit int) string {
	if len(s) <= limit && isClean(s) {
		return strings.TrimSpace(s)
	}
	s = strings.ToValidUTF8(s, "")
	var b strings.Builder
	n := 0
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			r = ' '
		case isHidden(r):
			continue
		}
		if n == limit {
			break
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// isClean reports whether there is nothing in s to drop or replace.
func isClean(s string) bool {
	for _, r := range s {
		// A byte that is no UTF-8 looks like the character for that: so be it.
		if r == utf8.RuneError || isHidden(r) {
			return false
		}
	}
	return true
}

// isHidden tells what nobody sees, and what shows text as another: controls,
// separators of lines, the byte order mark, and what turns the direction.
func isHidden(r rune) bool {
	return unicode.IsControl(r) || isDirection(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}

// isDirection tells the characters of Unicode's bidirectional algorithm that
// embed, override or isolate (UAX #9 section 2).
func isDirection(r rune) bool {
	return (r >= '\u202a' && r <= '\u202e') || (r >= '\u2066' && r <= '\u2069')
}

// cleanURL returns s if it is an absolute URL of one of the schemes, else "".
func cleanURL(s string, schemes ...string) string {
	if len(s) > maxURL || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || isHidden(r) }) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || !slices.Contains(schemes, u.Scheme) {
		return ""
	}
	return s
}

// NormalizeEmail returns an address in the one form in which addresses may be
// compared: the part before "@" as it is, the host in lower case. It refuses
// what some mail system or database takes for another address, or for two:
// more than one "@", look-alikes of "@", blanks, controls, commas, quotes
// (CVE-2022-35924). Letters beyond ASCII stay, and databases compare many of them
// as if they were others: give a column of addresses a binary collation. It does
// not prove that mail arrives.
func NormalizeEmail(email string) (string, bool) {
	local, host, ok := strings.Cut(email, "@")
	if !ok || local == "" || host == "" || len(email) > maxEmail || !utf8.ValidString(email) {
		return "", false
	}
	if strings.ContainsFunc(email, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`,;:"<>()[]\`+"\uff20\ufe6b", r)
	}) {
		return "", false
	}
	if strings.Contains(host, "@") || strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return "", false
	}
	return local + "@" + strings.Map(lowerASCII, host), true
}

// lowerASCII is how the domain name system compares (RFC 4343). Unicode's
// small letters would make "github" out of "gİthub", a host of somebody else.
func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
