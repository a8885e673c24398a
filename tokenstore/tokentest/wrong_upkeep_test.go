package tokentest_test

import (
	"errors"
	"strings"
	"time"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// wrongUpkeep is every mistake about the optional powers, and a case that must
// find it.
var wrongUpkeep = []struct {
	name string
	bad  upkeep
	want string
}{
	{"pages in an order that ignores case", upkeep{pageOrder: func(a, b identity) int {
		return orderBytes(
			identity{Provider: strings.ToLower(a.Provider), Subject: strings.ToLower(a.Subject)},
			identity{Provider: strings.ToLower(b.Provider), Subject: strings.ToLower(b.Subject)})
	}}, "page"},
	{"pages in the order of UTF-16", upkeep{pageOrder: func(a, b identity) int {
		late := strings.NewReplacer("\uff5e", "\U0001f601")
		return orderBytes(identity{Provider: a.Provider, Subject: late.Replace(a.Subject)}, identity{Provider: b.Provider, Subject: late.Replace(b.Subject)})
	}}, "page"},
	{"pages by subject", upkeep{pageOrder: func(a, b identity) int {
		return orderBytes(identity{Provider: a.Subject, Subject: a.Provider}, identity{Provider: b.Subject, Subject: b.Provider})
	}}, "page"},
	{"pages by provider alone", upkeep{pageOrder: func(a, b identity) int {
		return strings.Compare(a.Provider, b.Provider)
	}}, "page"},
	{"a page with its beginning", upkeep{starts: true}, "page"},
	{"a page without limit", upkeep{pageEnd: func(n, _ int) int { return n }}, "page"},
	{"a page of one too few", upkeep{pageEnd: func(n, limit int) int { return min(n, max(limit-1, 1)) }}, "page"},
	{"pages of nothing", upkeep{pageLimit: func(int) error { return nil }}, "page"},
	{"a page hands out its own map", upkeep{pageKeeps: true}, "page_copies"},
	{"replace keeps the caller's map", upkeep{tokenKept: func(t provider.Token) provider.Token { return t }}, "page_copies"},

	{"replace dates the token anew", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		a, ok, err := replaceRight(a, old, token)
		a.UpdatedAt = time.Now().UTC().Truncate(time.Microsecond)
		return a, ok, err
	}}, "replace"},
	{"replace loses the refresh token", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		token.Refresh = provider.Secret{}
		return replaceRight(a, old, token)
	}}, "replace"},
	{"replace does nothing", upkeep{replaced: func(a account, old, _ provider.Token) (account, bool, error) {
		return a, equal(a.Token, old), nil
	}}, "replace"},
	{"replace by the same counts as nothing", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		same := equal(old, token)
		a, ok, err := replaceRight(a, old, token)
		return a, ok && !same, err
	}}, "replace"},
	{"replace where no token was does nothing", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		if a.Token.IsZero() {
			return a, false, nil
		}
		return replaceRight(a, old, token)
	}}, "replace"},
	{"replace does not look", upkeep{replaced: func(a account, _, token provider.Token) (account, bool, error) {
		return replaceRight(a, a.Token, token)
	}}, "replace_stale"},
	{"replace looks at the access token alone", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		if a.Token.Access.Reveal() == old.Access.Reveal() {
			old = a.Token
		}
		return replaceRight(a, old, token)
	}}, "replace_stale"},
	{"replace does not look at extras", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		old.Extra = a.Token.Extra
		return replaceRight(a, old, token)
	}}, "replace_stale"},
	{"replace takes an empty old for any", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		if old.IsZero() {
			old = a.Token
		}
		return replaceRight(a, old, token)
	}}, "replace_stale"},
	{"replace writes, then says no", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		_, ok, err := replaceRight(a, old, token)
		a.Token = token
		return a, ok, err
	}}, "replace_stale"},
	{"replace by nothing", upkeep{replaced: func(a account, old, token provider.Token) (account, bool, error) {
		if token.IsZero() && equal(a.Token, old) {
			a.Token = token
			return a, true, nil
		}
		return replaceRight(a, old, token)
	}}, "replace_stale"},

	{"a lease for all", upkeep{leaseFree: func(lease, string, time.Time) bool { return true }}, "lease"},
	{"a lease once", upkeep{leaseFree: func(l lease, _ string, _ time.Time) bool { return l.holder == "" }}, "lease"},
	{"holders compared without case", upkeep{leaseFree: func(l lease, holder string, at time.Time) bool {
		return leaseFreeRight(lease{strings.ToLower(l.holder), l.until}, strings.ToLower(holder), at)
	}}, "lease"},
	{"holders compared without blanks", upkeep{leaseFree: func(l lease, holder string, at time.Time) bool {
		return leaseFreeRight(l, strings.TrimRight(holder, " "), at)
	}}, "lease"},
	{"anybody may release", upkeep{released: func(lease, string) bool { return true }}, "lease"},
	{"release by a look-alike", upkeep{released: func(l lease, holder string) bool { return strings.EqualFold(l.holder, holder) }}, "lease"},
	{"release does nothing", upkeep{released: func(lease, string) bool { return false }}, "lease"},
	{"a lease of nothing", upkeep{anything: true}, "lease"},
	{"a lease of nothing is another error", upkeep{noAccount: errors.New("no rows")}, "lease"},
	{"a lease without end", upkeep{leaseFree: func(l lease, holder string, _ time.Time) bool {
		return l.holder == "" || l.holder == holder
	}}, "lease_ends"},
	{"a lease over at once", upkeep{leaseEnd: func(_ lease, at time.Time, _ time.Duration) time.Time { return at }}, "lease_ends"},
	{"a lease is not renewed", upkeep{leaseEnd: func(l lease, at time.Time, d time.Duration) time.Time {
		if l.until.After(at) {
			return l.until
		}
		return at.Add(d)
	}}, "lease_ends"},
	{"a lease is never shorter", upkeep{leaseEnd: func(l lease, at time.Time, d time.Duration) time.Time {
		if end := at.Add(d); end.After(l.until) {
			return end
		}
		return l.until
	}}, "lease_ends"},
	{"the dead release", upkeep{released: func(l lease, holder string) bool {
		return l.holder == holder || l.holder == "two" && holder == "one"
	}}, "lease_ends"},
	{"one lease for a provider", upkeep{leaseKey: func(id identity) identity { return identity{Provider: id.Provider} }}, "lease_apart"},
	{"one lease for a subject", upkeep{leaseKey: func(id identity) identity { return identity{Subject: id.Subject} }}, "lease_apart"},
	{"leases without case", upkeep{leaseKey: subject(strings.ToLower)}, "lease_apart"},
	{"a lease dates the token anew", upkeep{leased: func(a account) account {
		a.UpdatedAt = time.Now().UTC().Truncate(time.Microsecond)
		return a
	}}, "lease_binds_nobody"},
	{"a lease takes the token away", upkeep{leased: func(a account) account {
		a.Token = provider.Token{}
		return a
	}}, "lease_binds_nobody"},
	{"link ends the lease", upkeep{leaseFalls: true}, "lease_binds_nobody"},
	{"the lease outlives the account", upkeep{leaseStays: true}, "lease_binds_nobody"},
	{"a lease for nobody", upkeep{leaseCheck: func(_ string, d time.Duration) error {
		if d <= 0 {
			return errors.New("invalid")
		}
		return nil
	}}, "lease_invalid"},
	{"a lease for no time", upkeep{leaseCheck: func(holder string, d time.Duration) error {
		if holder == "" || d < 0 {
			return errors.New("invalid")
		}
		return nil
	}}, "lease_invalid"},
	{"a lease for less than no time", upkeep{leaseCheck: func(holder string, d time.Duration) error {
		if holder == "" || d == 0 {
			return errors.New("invalid")
		}
		return nil
	}}, "lease_invalid"},
}

// plain has a store's own methods only.
type plain struct{ tokenstore.Store }
