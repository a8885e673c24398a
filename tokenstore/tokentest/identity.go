package tokentest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/oauthreg/go/tokenstore"
)

func checkAbsent(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := mustNotFind(ctx, s, a.Identity); err != nil {
		return err
	}
	if _, err := mustList(ctx, s, "ann"); err != nil {
		return err
	}
	if err := wantError("Unlink of nothing", s.Unlink(ctx, "ann", a.Identity), tokenstore.ErrNotFound); err != nil {
		return err
	}
	// Also when there is something else.
	if err := link(ctx, s, a); err != nil {
		return err
	}
	if _, err := mustList(ctx, s, "bob"); err != nil {
		return err
	}
	return mustNotFind(ctx, s, tokenstore.Identity{Provider: twitter, Subject: "2"})
}

// checkIdentityBytes gives each of the look-alikes to a user of its own: any two
// that the store takes for one show as ErrTaken, or as the wrong user.
func checkIdentityBytes(ctx context.Context, s tokenstore.Store) error {
	subjects := []string{
		"abc", "ABC", "Abc", "abc ", " abc", "abc\t", "abc\n", "ab", "abcd",
		"\u00e9", "e\u0301", // one letter to the eye: composed, decomposed
		"e", "E", "\u00c9", "\u00e8", "abc\u00a0", "abc  ",
		"\uff21bc", "\u3042", "\u30a2", "\uff71", // wide, hiragana and katakana of one sound
		"\u212b", "\u00c5", // the sign for angstrom and the letter
		"stra\u00dfe", "strasse", "STRASSE",
		"I", "i", "\u0130", "\u0131",
		"7", "07", "007", "7.0", "+7", "7e0", "-7",
		"9007199254740992", "9007199254740993", // 2^53, and what a float64 makes of the next
		"18446744073709551616", "18446744073709551617", // 2^64 and the next
		"99999999999999999999999999999998", "99999999999999999999999999999999",
		"1e3", "1000", "0x3e8", "true", "1", "null", "NULL",
		"%", "_", "a%", "*", "?", "'", "\"", "\\", "\\\\", "$1", ":", "::",
		"\U0001f600", "\U0001f601", "\u200babc", "\ufeffabc",
	}
	providers := []string{twitter, "Twitter", "twitter ", "twitter:", "t"}
	var accounts []tokenstore.Account
	for i, subject := range subjects {
		accounts = append(accounts, account(fmt.Sprintf("user-%d", i), subject))
	}
	for i, name := range providers[1:] {
		a := account(fmt.Sprintf("user-of-%d", i), "abc")
		a.Provider = name
		accounts = append(accounts, a)
	}
	// Pairs that run together into one when they are joined.
	for i, id := range []tokenstore.Identity{
		{Provider: "t", Subject: "witter"}, {Provider: "tw", Subject: "itter"},
		{Provider: "x", Subject: "y:z"}, {Provider: "x:y", Subject: "z"},
		{Provider: "x", Subject: "y/z"}, {Provider: "x/y", Subject: "z"},
		{Provider: "x", Subject: "y|z"}, {Provider: "x|y", Subject: "z"},
	} {
		a := account(fmt.Sprintf("user-joined-%d", i), "")
		a.Identity = id
		accounts = append(accounts, a)
	}
	for _, a := range accounts {
		if err := mustNotFind(ctx, s, a.Identity); err != nil {
			return err
		}
		if err := link(ctx, s, a); err != nil {
			return err
		}
	}
	for _, a := range accounts {
		if err := findSame(ctx, s, a); err != nil {
			return err
		}
		if _, err := mustList(ctx, s, a.UserID, a.Identity); err != nil {
			return err
		}
	}
	return nil
}

// checkOddBytes leaves the store the choice that databases differ in: to keep
// such an identity, or to refuse it with an error.
func checkOddBytes(ctx context.Context, s tokenstore.Store) error {
	for i, subject := range []string{"odd\x00", "odd\x00a", "odd\x00b", "\x00", "odd\xfe", "odd\xff", "odd\xc3\x28"} {
		a := account(fmt.Sprintf("user-%d", i), "odd")
		a.Subject = subject
		if err := s.Link(ctx, a); errors.Is(err, tokenstore.ErrTaken) {
			return fmt.Errorf("a Link of subject %q: %w; it is taken for another identity", subject, err)
		} else if err != nil {
			continue
		}
		if err := findSame(ctx, s, a); err != nil {
			return err
		}
	}
	return mustNotFind(ctx, s, tokenstore.Identity{Provider: twitter, Subject: "odd"})
}

// checkLong links pairs that are equal as far as many a column reaches.
func checkLong(ctx context.Context, s tokenstore.Store) error {
	for _, row := range []struct {
		length int
		must   bool
	}{{64, true}, {191, true}, {255, true}, {256, false}, {300, false}, {10_000, false}, {70_000, false}} {
		for _, end := range []string{"a", "b"} {
			for _, long := range []func(string) tokenstore.Account{
				func(text string) tokenstore.Account { return account("user-"+end, text) },
				func(text string) tokenstore.Account {
					a := account("user-"+end, "1")
					a.Provider = text
					return a
				},
				func(text string) tokenstore.Account { return account(text, fmt.Sprint("of-", row.length, end)) },
			} {
				// Bytes count, and not characters.
				a := long(strings.Repeat("\u00e9", (row.length-1)/2) + strings.Repeat("x", (row.length-1)%2) + end)
				switch err := s.Link(ctx, a); {
				case errors.Is(err, tokenstore.ErrTaken):
					return fmt.Errorf("a Link with %d bytes: %w; it is taken for another", row.length, err)
				case err != nil && row.must:
					return fmt.Errorf("a Link with %d bytes: %w", row.length, err)
				case err != nil:
					if err := mustNotFind(ctx, s, a.Identity); err != nil {
						return err
					}
					continue
				}
				if err := findSame(ctx, s, a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkUserBytes(ctx context.Context, s tokenstore.Store) error {
	a := account("ann", "1")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	for _, other := range []string{"ANN", "Ann", "ann ", " ann", "an", "ann\u0301", "\u00e1nn", "ann\t", "ann\u00a0", "\uff41nn", "ann\U0001f600", "%"} {
		thief := account(other, "1")
		if err := wantError(fmt.Sprintf("Link by user %q", other), s.Link(ctx, thief), tokenstore.ErrTaken); err != nil {
			return err
		}
		if _, err := mustList(ctx, s, other); err != nil {
			return err
		}
		if err := wantError(fmt.Sprintf("Unlink by user %q", other), s.Unlink(ctx, other, a.Identity), tokenstore.ErrNotFound); err != nil {
			return err
		}
	}
	for i, userID := range []string{"7", "07", "9007199254740992", "9007199254740993", "\u00e9", "e\u0301", "\U0001f600", "\U0001f601"} {
		b := account(userID, fmt.Sprintf("of-%d", i))
		if err := link(ctx, s, b); err != nil {
			return err
		}
		if _, err := mustList(ctx, s, userID, b.Identity); err != nil {
			return err
		}
	}
	return findSame(ctx, s, a)
}

func checkTwoProviders(ctx context.Context, s tokenstore.Store) error {
	a, b := account("ann", "1"), account("bob", "1")
	b.Provider = "github"
	if err := errors.Join(link(ctx, s, a), link(ctx, s, b)); err != nil {
		return err
	}
	if err := s.Unlink(ctx, "bob", b.Identity); err != nil {
		return fmt.Errorf("unlink: %w", err)
	}
	return errors.Join(findSame(ctx, s, a), mustNotFind(ctx, s, b.Identity))
}

func checkSeveral(ctx context.Context, s tokenstore.Store) error {
	a, b := account("ann", "1"), account("ann", "2")
	if err := link(ctx, s, a); err != nil {
		return err
	}
	tick()
	if err := link(ctx, s, b); err != nil {
		return err
	}
	if err := errors.Join(findSame(ctx, s, a), findSame(ctx, s, b)); err != nil {
		return err
	}
	_, err := mustList(ctx, s, "ann", a.Identity, b.Identity)
	return err
}
