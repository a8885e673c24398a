package usernames

import (
	"strings"
)

// reservedUsernames are names that speak for the app, that mail to a domain is
// addressed to (RFC 2142), or that are often a path or a host of the app.
const reservedUsernames = `
about abuse account accounts admin administrator administrators admins all anonymous anyone api app apps assets auth
billing blog bot callback cdn ceo compliance config connect contact copyright dashboard debug default delete demo dev
developer developers dns docs download downloads edit email everybody everyone example explore faq favicon feed feedback
files forgot ftp guest guests hello help helpdesk home host hostmaster hostname http https image images imap img index
info internal invite jobs join js legal list localhost login logout mail mailer mailerdaemon marketing media member
members me messages mod moderator moderators mods money mysql new news nobody none noreply notifications notify noc
null oauth official operator ops owner password pay payment payments police policy pop postmaster press privacy private
profile profiles public register registration report reports robots root rss safety sales search secure security self
server service services session settings setup shop signin signout signup site sitemap smtp ssl staff static stats
status store subscribe superuser support sys sysadmin sysop system team terms test tests tls tos trust undefined
unsubscribe update upload uploads usenet username users uucp verified verify web webmaster website wiki www you
`

// Reserved returns the words that are reserved where
// [Rules.Reserved] is nil, to add an app's own to: names that speak for
// the app, mailboxes of RFC 2142, common paths and hosts. They are no protection
// by themselves: check what the form posts against the same list.
func Reserved() []string { return strings.Fields(reservedUsernames) }

// lookAlikes are letters of other scripts in the shape of Latin ones.
var lookAlikes = strings.NewReplacer(
	"а", "a", "в", "b", "с", "c", "е", "e", "һ", "h", "н", "h", "і", "i", "ј", "j", "к", "k", "м", "m", "о", "o", "р", "p", "ѕ", "s",
	"т", "t", "у", "y", "х", "x", "α", "a", "ο", "o", "ν", "v", "ρ", "p", "υ", "u", "ι", "i", "κ", "k", "τ", "t",
)

// The ways in which digits and pairs of letters stand for letters.
var (
	digitsAsLetters = []*strings.Replacer{
		strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g"),
		strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g"),
	}
	pairsAsLetters = strings.NewReplacer("rn", "m", "vv", "w")
)

// bare is a word as one reads it: in small Latin letters, without separators.
func bare(word string) string {
	var b strings.Builder
	for _, r := range plain(word) {
		if latin, _ := romanize(r); latin != "" {
			b.WriteString(latin)
		}
	}
	return b.String()
}

// isReserved reports whether name is a reserved word, or reads like one.
func (w *writer) isReserved(name string) bool {
	if w.reserved[foldCase(name)] {
		return true
	}
	for _, text := range []string{bare(name), bare(lookAlikes.Replace(strings.ToLower(name)))} {
		for _, text := range []string{text, strings.TrimRight(text, "0123456789")} { // "admin2" is one more admin
			if w.reads(text) {
				return true
			}
			for _, digits := range digitsAsLetters {
				if word := digits.Replace(text); w.reads(word) || w.reads(pairsAsLetters.Replace(word)) {
					return true
				}
			}
		}
	}
	return false
}

// reads reports whether word is a reserved one without separators.
func (w *writer) reads(word string) bool { return word != "" && w.reserved[word] }
