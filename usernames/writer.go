package usernames

import (
	"crypto/rand"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxSource is how much of a source is looked at, in runes.
	maxSource = 256
	// separators are what may stand between words, the usual one first.
	separators = "_-."
	// lastNumber is the highest of the numbers that are tried in order.
	lastNumber = 9
	// neutralWord is for people whose name cannot be written.
	neutralWord = "user"
)

// writer writes usernames after rules.
type writer struct {
	rules     Rules // with the defaults
	allowed   map[rune]bool
	separator string   // "" if words are joined
	digits    []string // those allowed
	fillers   []string // for random parts: the digits, or else the letters
	reserved  map[string]bool

	seen map[string]bool // folded
	list []string
}

func newWriter(rules Rules) *writer {
	w := &writer{rules: rules, allowed: map[rune]bool{}, reserved: map[string]bool{}, seen: map[string]bool{}}
	var letters []string
	for _, r := range rules.Alphabet {
		w.allowed[r] = true
		switch {
		case r >= '0' && r <= '9':
			w.digits = append(w.digits, string(r))
		case !strings.ContainsRune(separators, r):
			letters = append(letters, string(r))
		}
	}
	for _, r := range separators {
		if w.allowed[r] {
			w.separator = string(r)
			break
		}
	}
	if w.fillers = w.digits; len(w.digits) < 2 {
		w.fillers = append(letters, w.digits...)
	}
	for _, word := range rules.Reserved {
		w.reserved[foldCase(word)], w.reserved[bare(word)] = true, true
	}
	return w
}

// candidates returns what may be suggested, best first, each once.
func (w *writer) candidates(sources []string) []string {
	var bases []string
	for _, source := range sources {
		if base := w.write(source); base != "" && !slices.Contains(bases, base) {
			bases = append(bases, base)
		}
	}
	for _, base := range bases {
		w.add(base, "")
	}
	if w.separator != "" {
		for _, base := range bases {
			w.add(strings.ReplaceAll(base, w.separator, ""), "")
		}
	}
	for n := 2; n <= lastNumber; n++ {
		for _, base := range bases {
			if number := strconv.Itoa(n); w.allowed[rune(number[0])] {
				w.add(base, number)
			}
		}
	}
	// Random at last: whoever took all before has not taken these.
	neutral := w.write(neutralWord)
	for _, length := range []int{4, 6, 8} {
		for range w.rules.Count {
			if len(bases) > 0 {
				w.add(bases[0], w.random(length))
			} else {
				w.add(neutral, w.random(length))
			}
		}
	}
	for range w.rules.Count {
		w.add(neutral, w.random(8))
		w.add("", w.random(w.rules.Max))
	}
	return w.list
}

// add adds base with suffix, cut so that both fit, unless the rules forbid it.
func (w *writer) add(base, suffix string) {
	room := w.rules.Max - utf8.RuneCountInString(suffix)
	if room < 0 || (base == "" && suffix == "") {
		return
	}
	if runes := []rune(base); len(runes) > room {
		base = string(runes[:room])
	}
	if base = strings.Trim(base, separators); suffix != "" && base != "" && strings.ContainsAny(base[len(base)-1:], "0123456789") {
		// "route66" and 2 is not "route662".
		if joined := base + w.separator + suffix; w.separator != "" && utf8.RuneCountInString(joined) <= w.rules.Max {
			suffix = w.separator + suffix
		}
	}
	name := base + suffix
	key := foldCase(name)
	if utf8.RuneCountInString(name) < w.rules.Min || w.seen[key] || w.isReserved(name) {
		return
	}
	w.seen[key] = true
	w.list = append(w.list, name)
}

// write returns source in the characters that are allowed, its words separated
// by one separator, or "".
func (w *writer) write(source string) string {
	var b strings.Builder
	between := "" // what separates from the word before
	var before rune
	for _, r := range beforeAt(plain(source)) {
		var text string
		switch {
		case strings.ContainsRune(separators, r):
			if between == "" && w.allowed[r] {
				between = string(r)
			} else if between == "" {
				between = w.separator
			}
			continue
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Pc, r), strings.ContainsRune("/|,;:&·•", r):
			if between == "" {
				between = w.separator
			}
			continue
		default:
			text = w.letter(r)
			if afterVowel(before, r) && strings.EqualFold(text, "y") && w.letter('u') != "" {
				text = w.letter('u')
			}
			before = r
		}
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(between)
		}
		between = ""
		b.WriteString(text)
	}
	return b.String()
}

// letter returns r as it is, in the other case, or in Latin letters: the first
// that is allowed, or "".
func (w *writer) letter(r rune) string {
	for _, form := range []rune{r, unicode.ToLower(r), unicode.ToUpper(r)} {
		if w.allowed[form] {
			return string(form)
		}
	}
	latin, upper := romanize(r)
	var b strings.Builder
	for _, l := range latin {
		forms := []rune{l, unicode.ToUpper(l)}
		if upper {
			slices.Reverse(forms)
		}
		for _, form := range forms {
			if w.allowed[form] {
				b.WriteRune(form)
				break
			}
		}
	}
	return b.String()
}

// random returns n characters that nobody can foresee. It takes no letters where
// there are digits, so that no word comes out.
func (w *writer) random(n int) string {
	var b strings.Builder
	n = min(n, w.rules.Max)
	for range n {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(len(w.fillers))))
		if err != nil {
			return "" // cannot be: crypto/rand ends the process first
		}
		b.WriteString(w.fillers[i.Int64()])
	}
	return b.String()
}
