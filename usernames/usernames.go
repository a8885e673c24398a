package usernames

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
	// DefaultMin and DefaultMax bound a username's length.
	DefaultMin, DefaultMax = 3, 20
	// DefaultCount is how many usernames are suggested.
	DefaultCount = 3
	// DefaultAlphabet is what usernames are made of.
	DefaultAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789_"
)

// Above what anybody needs, and below what a form or a query takes harm from.
const (
	maxLength   = 64
	maxCount    = 20
	maxAlphabet = 1024
)

// Rules are what the app's usernames have to be like. The zero value has the
// defaults. Suggest changes nothing in it.
type Rules struct {
	_ [0]func() // no unkeyed literals, no comparison

	// Alphabet holds every character that a username may have, each once. If "_",
	// "-" or "." is among them, it separates words; otherwise words are joined.
	// [DefaultAlphabet] if empty.
	Alphabet string

	// Min and Max bound the length in characters (runes). [DefaultMin] and
	// [DefaultMax] if zero. Max is at most 64.
	Min, Max int

	// Reserved are words that nobody may have as a username, in any case. Neither
	// are those suggested that read like one: "adm1n", "a_d_m_i_n", "admin2".
	// Those of the function Reserved if nil, none if empty.
	Reserved []string

	// Taken returns those of the candidates that are taken, as the app compares
	// them; that it compares without regard to case is assumed. It is asked once,
	// with all candidates (at most 150), so that one query does. An error ends the
	// suggesting. None are taken if nil.
	Taken func(ctx context.Context, candidates []string) (taken []string, err error)

	// Count is how many are suggested at most. [DefaultCount] if zero; at
	// most 20.
	Count int
}

// Suggest returns usernames for the person, best first, that obey rules, are not
// reserved and not taken: after their username at the provider, their name,
// their given and family name, and their e-mail address before "@" and "+". Never after its domain. Letters are written as rules allow, "Žofie" as
// "zofie", "Дмитрий" as "dmitriy". Then come the same with numbers, and last with
// random digits; of these alone if nothing of the person can be written so.
//
// A suggestion reserves nothing: the username may be taken by the time the form
// comes back. There are fewer than asked for, or none, if nearly everything is
// taken; that is no error. The errors are those of rules, as
// [*provider.ConfigError] values, joined, and of Taken.
//
// It is safe for concurrent use.
func Suggest(ctx context.Context, profile provider.Profile, rules Rules) ([]string, error) {
	if err := rules.check(); err != nil {
		return nil, err
	}
	rules = rules.withDefaults()
	candidates := newWriter(rules).candidates(sources(profile))
	if len(candidates) == 0 {
		return nil, nil
	}
	taken := map[string]bool{}
	if rules.Taken != nil {
		names, err := rules.Taken(ctx, slices.Clone(candidates))
		if err != nil {
			return nil, fmt.Errorf("usernames: which are taken: %w", err)
		}
		for _, name := range names {
			taken[foldCase(name)] = true
		}
	}
	free := slices.DeleteFunc(candidates, func(name string) bool { return taken[foldCase(name)] })
	return slices.Clip(free[:min(len(free), rules.Count)]), nil
}

func (u *Rules) withDefaults() Rules {
	r := Rules{Alphabet: cmp.Or(u.Alphabet, DefaultAlphabet), Reserved: u.Reserved, Taken: u.Taken}
	r.Max = cmp.Or(u.Max, max(DefaultMax, u.Min))
	r.Min = cmp.Or(u.Min, min(DefaultMin, r.Max))
	r.Count = cmp.Or(u.Count, DefaultCount)
	if r.Reserved == nil {
		r.Reserved = Reserved()
	}
	return r
}

// check returns every fault of u.
func (u *Rules) check() error {
	var faults []error
	add := func(field, reason string) {
		faults = append(faults, &provider.ConfigError{Package: "usernames", Field: "Rules." + field, Reason: reason})
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
	if u.Min < 0 || u.Max < 0 || u.Max > maxLength || u.Min > maxLength {
		add("Min, Max", fmt.Sprintf("they must be from 0, for the default, to %d", maxLength))
	} else if u.Max != 0 && u.Min > u.Max {
		add("Min, Max", "Min must not be above Max")
	}
	if u.Count < 0 || u.Count > maxCount {
		add("Count", fmt.Sprintf("it must be from 0, for the default, to %d", maxCount))
	}
	return errors.Join(faults...)
}

// sources are the texts that usernames are made from, best first.
func sources(f provider.Profile) []string {
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

// foldCase is equal for texts that differ in case only, whichever way an app
// compares: by small letters, by capitals, or by Unicode's folding, which keeps
// the Turkish letters i apart.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(unicode.ToUpper(r))
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}
