package oauthreg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

const (
	// DefaultUsernameMin and DefaultUsernameMax bound a username's length.
	DefaultUsernameMin, DefaultUsernameMax = 3, 20
	// DefaultUsernameCount is how many usernames are suggested.
	DefaultUsernameCount = 3
	// DefaultUsernameAlphabet is what usernames are made of.
	DefaultUsernameAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789_"
)

// Above what anybody needs, and below what a form or a query takes harm from.
const (
	maxUsername      = 64
	maxUsernameCount = 20
	maxAlphabet      = 1024
)

// UsernameRules are what the app's usernames have to be like. The zero value
// has the defaults. SuggestUsernames copies nothing of it and changes nothing.
type UsernameRules struct {
	_ [0]func() // no unkeyed literals, no comparison

	// Alphabet holds every character that a username may have, each once. If "_",
	// "-" or "." is among them, it separates words; otherwise words are joined.
	// [DefaultUsernameAlphabet] if empty.
	Alphabet string

	// Min and Max bound the length in characters (runes). [DefaultUsernameMin] and
	// [DefaultUsernameMax] if zero. Max is at most 64.
	Min, Max int

	// Reserved are words that nobody may have as a username, in any case. Neither
	// are those suggested that read like one: "adm1n", "a_d_m_i_n", "admin2".
	// [ReservedUsernames] if nil, none if empty.
	Reserved []string

	// Taken returns those of the candidates that are taken, as the app compares
	// them; that it compares without regard to case is assumed. It is asked once,
	// with all candidates (at most 150), so that one query does. An error ends the
	// suggesting. None are taken if nil.
	Taken func(ctx context.Context, candidates []string) (taken []string, err error)

	// Count is how many are suggested at most. [DefaultUsernameCount] if zero; at
	// most 20.
	Count int
}

// SuggestUsernames returns usernames for the person, best first, that obey
// rules, are not reserved and not taken: after their username at the provider,
// their name, their given and family name, and their e-mail address before "@"
// and "+". Never after its domain. Letters are written as rules allow, "Žofie" as
// "zofie", "Дмитрий" as "dmitriy". Then come the same with numbers, and last with
// random digits; of these alone if nothing of the person can be written so.
//
// A suggestion reserves nothing: the username may be taken by the time the form
// comes back. There are fewer than asked for, or none, if nearly everything is
// taken; that is no error. The errors are those of rules, as
// [*provider.ConfigError] values, joined, and of Taken.
//
// The part of an e-mail address that it suggests is not public yet. Show the
// suggestions to the person only.
func (p *Pending) SuggestUsernames(ctx context.Context, rules UsernameRules) ([]string, error) {
	if err := rules.check(); err != nil {
		return nil, err
	}
	rules = rules.withDefaults()
	writer := newUsernameWriter(rules)
	candidates := writer.candidates(p.usernameSources())
	if len(candidates) == 0 {
		return nil, nil
	}
	taken := map[string]bool{}
	if rules.Taken != nil {
		names, err := rules.Taken(ctx, slices.Clone(candidates))
		if err != nil {
			return nil, fmt.Errorf("oauthreg: which usernames are taken: %w", err)
		}
		for _, name := range names {
			taken[foldCase(name)] = true
		}
	}
	free := slices.DeleteFunc(candidates, func(name string) bool { return taken[foldCase(name)] })
	return slices.Clip(free[:min(len(free), rules.Count)]), nil
}

func (u *UsernameRules) withDefaults() UsernameRules {
	r := UsernameRules{Alphabet: cmp.Or(u.Alphabet, DefaultUsernameAlphabet), Reserved: u.Reserved, Taken: u.Taken}
	r.Max = cmp.Or(u.Max, max(DefaultUsernameMax, u.Min))
	r.Min = cmp.Or(u.Min, min(DefaultUsernameMin, r.Max))
	r.Count = cmp.Or(u.Count, DefaultUsernameCount)
	if r.Reserved == nil {
		r.Reserved = ReservedUsernames()
	}
	return r
}

// check returns every fault of u.
func (u *UsernameRules) check() error {
	var faults []error
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "oauthreg", Field: "UsernameRules." + field, Reason: reason})
	}
	letters := false
	seen := map[rune]bool{}
	for _, r := range u.Alphabet {
		letters = letters || unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case len(u.Alphabet) > maxAlphabet || !utf8.ValidString(u.Alphabet):
			add("Alphabet", fmt.Sprintf("it must be UTF-8 text of at most %d bytes", maxAlphabet))
		case !unicode.IsGraphic(r) || unicode.IsSpace(r) || unicode.IsMark(r) || r == '@':
			add("Alphabet", "it must not have blanks, controls, combining marks or \"@\"")
		case seen[r]:
			add("Alphabet", "it must have each character once; it is a list, not a pattern")
		default:
			seen[r] = true
			continue
		}
		break
	}
	if u.Alphabet != "" && !letters && len(faults) == 0 {
		add("Alphabet", "it must have a letter or a digit")
	}
	if u.Min < 0 || u.Max < 0 || u.Max > maxUsername || u.Min > maxUsername {
		add("Min, Max", fmt.Sprintf("they must be from 0, for the default, to %d", maxUsername))
	} else if u.Max != 0 && u.Min > u.Max {
		add("Min, Max", "Min must not be above Max")
	}
	if u.Count < 0 || u.Count > maxUsernameCount {
		add("Count", fmt.Sprintf("it must be from 0, for the default, to %d", maxUsernameCount))
	}
	return errors.Join(faults...)
}

// usernameSources are the texts that usernames are made from, best first.
func (p *Pending) usernameSources() []string {
	f := &p.Profile
	return []string{f.Username, f.Name, f.GivenName + " " + f.FamilyName, f.Email}
}

// beforeAt leaves out what makes an address of a name: a handle's "@", and an
// e-mail's domain, wherever a provider puts it.
func beforeAt(s string) string {
	local, _, isAddress := strings.Cut(strings.TrimLeft(strings.TrimSpace(s), "@"), "@")
	if isAddress {
		local, _, _ = strings.Cut(local, "+")
	}
	return local
}

// foldCase is equal for texts that differ in case only.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}
