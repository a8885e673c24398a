package tokentest_test

import (
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/tokenstore/tokentest"
)

type (
	account  = tokenstore.Account
	identity = tokenstore.Identity
)

// subject returns a key that compares f of the subject.
func subject(f func(string) string) func(identity) identity {
	return func(id identity) identity { return identity{Provider: id.Provider, Subject: f(id.Subject)} }
}

func asNumber(s string) string {
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return s
}

func foldMarks(s string) string { return strings.ReplaceAll(s, "e\u0301", "\u00e9") }

type mistake struct {
	name string
	bad  func() *broken
	want string
}

// wrong is every mistake, and a case that must find it.
var wrong = []mistake{
	{"subject in lower case", func() *broken { return &broken{key: subject(strings.ToLower)} }, "identity_bytes"},
	{"subject without blanks at the end", func() *broken {
		return &broken{key: subject(func(s string) string { return strings.TrimRight(s, " ") })}
	}, "identity_bytes"},
	{"subject normalised", func() *broken { return &broken{key: subject(foldMarks)} }, "identity_bytes"},
	{"subject as a number", func() *broken { return &broken{key: subject(asNumber)} }, "identity_bytes"},
	{"subject cut at NUL", func() *broken {
		return &broken{stored: func(a account) account {
			a.Subject, _, _ = strings.Cut(a.Subject, "\x00")
			return a
		}}
	}, "identity_odd_bytes"},
	{"subject made valid UTF-8", func() *broken {
		return &broken{key: subject(func(s string) string { return strings.ToValidUTF8(s, "\ufffd") })}
	}, "identity_odd_bytes"},
	{"provider in lower case", func() *broken {
		return &broken{key: func(id identity) identity {
			return identity{Provider: strings.ToLower(id.Provider), Subject: id.Subject}
		}}
	}, "identity_bytes"},
	{"provider and subject run together", func() *broken {
		return &broken{key: func(id identity) identity { return identity{Subject: id.Provider + ":" + id.Subject} }}
	}, "identity_bytes"},
	{"subject alone", func() *broken {
		return &broken{key: func(id identity) identity { return identity{Subject: id.Subject} }}
	}, "two_providers"},
	{"one identity for a provider", func() *broken {
		return &broken{key: func(id identity) identity { return identity{Provider: id.Provider} }}
	}, "several_of_one"},
	{"subject cut at 255 bytes", func() *broken {
		return &broken{key: subject(func(s string) string { return s[:min(len(s), 255)] })}
	}, "identity_long"},
	{"subject of at most 100 bytes", func() *broken {
		return &broken{check: func(a account) error {
			if a.Provider == "" || a.Subject == "" || a.UserID == "" || len(a.Subject) > 100 {
				return errors.New("invalid")
			}
			return nil
		}}
	}, "identity_long"},
	{"user cut at 255 bytes", func() *broken {
		return &broken{stored: func(a account) account {
			a.UserID = a.UserID[:min(len(a.UserID), 255)]
			return a
		}}
	}, "identity_long"},
	{"username without what is beyond the BMP", func() *broken {
		return &broken{stored: func(a account) account {
			a.Username = strings.Map(func(r rune) rune { return min(r, '\uffff') }, a.Username)
			return a
		}}
	}, "username"},
	{"username of blanks is empty", func() *broken {
		return &broken{merge: func(old, a account) account {
			a.Username = strings.TrimSpace(a.Username)
			return mergeRight(old, a)
		}}
	}, "username"},
	{"user in lower case", func() *broken { return &broken{user: strings.ToLower} }, "user_bytes"},
	{"user as a number", func() *broken { return &broken{user: asNumber} }, "user_bytes"},
	{"gives the identity to whoever asks", func() *broken {
		return &broken{foreign: func(_, a account) (account, error) { return a, nil }}
	}, "taken"},
	{"writes the token before it says taken", func() *broken {
		return &broken{foreign: func(old, a account) (account, error) {
			old.Token = a.Token
			return old, tokenstore.ErrTaken
		}}
	}, "taken"},
	{"moves UpdatedAt before it says taken", func() *broken {
		return &broken{foreign: func(old, a account) (account, error) {
			old.UpdatedAt = a.UpdatedAt
			return old, tokenstore.ErrTaken
		}}
	}, "taken"},
	{"does not say taken", func() *broken {
		return &broken{foreign: func(old, _ account) (account, error) { return old, nil }}
	}, "taken"},
	{"keeps the first token", func() *broken {
		return &broken{merge: func(old, _ account) account { return old }}
	}, "refresh"},
	{"dates the link anew", func() *broken {
		return &broken{merge: func(old, a account) account {
			at := a.LinkedAt
			a = mergeRight(old, a)
			a.LinkedAt = at
			return a
		}}
	}, "refresh"},
	{"does not date the refresh", func() *broken {
		return &broken{merge: func(old, a account) account {
			a = mergeRight(old, a)
			a.UpdatedAt = old.UpdatedAt
			return a
		}}
	}, "refresh"},
	{"mixes two tokens", func() *broken {
		return &broken{merge: func(old, a account) account {
			a = mergeRight(old, a)
			a.Token.Extra = old.Token.Extra
			return a
		}}
	}, "refresh"},
	{"empty replaces the username", func() *broken {
		return &broken{merge: func(old, a account) account {
			name := a.Username
			a = mergeRight(old, a)
			a.Username = name
			return a
		}}
	}, "empty_keeps"},
	{"empty replaces the token", func() *broken {
		return &broken{merge: func(old, a account) account {
			token := a.Token
			a = mergeRight(old, a)
			a.Token = token
			return a
		}}
	}, "empty_keeps"},
	{"empty dates the token anew", func() *broken {
		return &broken{merge: func(old, a account) account {
			at := a.UpdatedAt
			a = mergeRight(old, a)
			a.UpdatedAt = at
			return a
		}}
	}, "empty_keeps"},
	{"empty stays empty", func() *broken {
		return &broken{merge: func(old, a account) account {
			a = mergeRight(old, a)
			if old.Token.IsZero() {
				a.Token = provider.Token{}
			}
			return a
		}}
	}, "empty_filled"},
	{"newest first", func() *broken {
		return &broken{order: func(a, b account) int { return -orderRight(a, b) }}
	}, "order"},
	{"by name only", func() *broken {
		return &broken{order: func(a, b account) int {
			return slices.Compare([]string{a.Provider, a.Subject}, []string{b.Provider, b.Subject})
		}}
	}, "order"},
	{"names in an order that ignores case", func() *broken {
		return &broken{order: func(a, b account) int {
			a.Provider, b.Provider = strings.ToLower(a.Provider), strings.ToLower(b.Provider)
			return orderRight(a, b)
		}}
	}, "order"},
	{"subjects in the order of numbers", func() *broken {
		return &broken{order: func(a, b account) int {
			a.Subject, b.Subject = "0000"[len(a.Subject):]+a.Subject, "0000"[len(b.Subject):]+b.Subject
			return orderRight(a, b)
		}}
	}, "order"},
	{"anybody may unlink", func() *broken {
		return &broken{unlinked: func(_ account, found, _ bool) (bool, error) {
			if !found {
				return false, tokenstore.ErrNotFound
			}
			return true, nil
		}}
	}, "unlink"},
	{"unlink of somebody else's looks done", func() *broken {
		return &broken{unlinked: func(_ account, found, own bool) (bool, error) {
			if !found {
				return false, tokenstore.ErrNotFound
			}
			return own, nil
		}}
	}, "unlink"},
	{"unlink of nothing looks done", func() *broken {
		return &broken{unlinked: func(_ account, found, own bool) (bool, error) {
			if found && !own {
				return false, tokenstore.ErrNotFound
			}
			return found, nil
		}}
	}, "absent"},
	{"unlink does nothing", func() *broken {
		return &broken{unlinked: func(account, bool, bool) (bool, error) { return false, nil }}
	}, "unlink"},
	{"absent is an error", func() *broken { return &broken{absent: sql.ErrNoRows} }, "absent"},
	{"removed accounts come back", func() *broken { return &broken{keepsDeleted: true} }, "relink"},
	{"looks, then writes", func() *broken { return &broken{window: true} }, "race_users"},
	{"turns a second writer away", func() *broken { return &broken{alwaysBusy: true} }, "race_owner"},
	{"drops extras", func() *broken {
		return &broken{stored: func(a account) account {
			a.Token.Extra = nil
			return a
		}}
	}, "token"},
	{"drops an empty secret's token", func() *broken {
		return &broken{stored: func(a account) account {
			if a.Token.Secret.IsZero() {
				a.Token = provider.Token{}
			}
			return a
		}}
	}, "token"},
	{"cuts the token", func() *broken {
		return &broken{stored: func(a account) account {
			if access := a.Token.Access.Reveal(); len(access) > 255 {
				a.Token.Access = provider.NewSecret(access[:255])
			}
			return a
		}}
	}, "token"},
	{"loses a part of the token", func() *broken {
		return &broken{returned: func(a account) account {
			a.Token.Username = ""
			return a
		}}
	}, "token"},
	{"accepts anything", func() *broken { return &broken{check: func(account) error { return nil }} }, "invalid"},
	{"calls the invalid taken", func() *broken {
		return &broken{check: func(a account) error {
			if a.Provider == "" || a.Subject == "" || a.UserID == "" {
				return tokenstore.ErrTaken
			}
			return nil
		}}
	}, "invalid"},
	{"does not look at the context", func() *broken { return &broken{ignoresCtx: true} }, "canceled"},
	{"pages without a look at the context", func() *broken { return &broken{ignoresCtx: true} }, "rewrite_canceled"},
	{"leases without a look at the context", func() *broken { return &broken{ignoresCtx: true} }, "lease_canceled"},
	{"looks, then replaces", func() *broken { return &broken{window: true} }, "race_replace"},
	{"looks, then leases", func() *broken { return &broken{window: true} }, "race_lease"},
	{"replaces a look-alike's", func() *broken { return &broken{key: subject(strings.ToLower)} }, "replace_stale"},
	{"keeps the caller's map", func() *broken {
		return &broken{stored: func(a account) account { return a }}
	}, "copies"},
	{"hands out its own map", func() *broken {
		return &broken{returned: func(a account) account { return a }}
	}, "copies"},
	{"nanoseconds", func() *broken { return &broken{clock: func() time.Time { return time.Now().UTC() }} }, "find"},
	{"whole seconds", func() *broken {
		return &broken{clock: func() time.Time { return time.Now().UTC().Truncate(time.Second) }}
	}, "find"},
	{"another time zone", func() *broken {
		return &broken{clock: func() time.Time {
			return time.Now().Truncate(time.Microsecond).In(time.FixedZone("", 3600))
		}}
	}, "find"},
	{"loses the username", func() *broken {
		return &broken{stored: func(a account) account {
			a.Username = ""
			return a
		}}
	}, "find"},
}

func TestSuitePassesARightStore(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		cfg  tokentest.Config
	}{
		{"fake time", tokentest.Config{}},
		{"real time", tokentest.Config{RealTime: true}},
		{"powers demanded", tokentest.Config{Rewriter: true, Leaser: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.cfg.New = func(*testing.T) tokenstore.Store { return right(&broken{}) }
			tokentest.Run(t, row.cfg)
		})
	}
}

// A power that is demanded and missing fails; one that is not demanded may be
// missing.
func TestSuiteDemandsPowers(t *testing.T) {
	t.Parallel()
	whole, bare := right(&broken{}), plain{right(&broken{})}
	seen := map[string]int{}
	for name := range tokentest.Cases() {
		power := tokentest.Power(name)
		seen[power]++
		for _, row := range []struct {
			store    tokenstore.Store
			cfg      tokentest.Config
			run, bad bool
		}{
			{whole, tokentest.Config{}, true, false},
			{whole, tokentest.Config{Rewriter: true, Leaser: true}, true, false},
			{bare, tokentest.Config{}, power == "", false},
			{bare, tokentest.Config{Rewriter: true}, power == "", power == "Rewriter"},
			{bare, tokentest.Config{Leaser: true}, power == "", power == "Leaser"},
		} {
			run, bad := tokentest.Runs(name, row.store, row.cfg)
			assert.Equal(t, row.run, run, name)
			assert.Equal(t, row.bad, bad, name)
		}
	}
	assert.Len(t, seen, 3)
}

func TestSuiteHasTeeth(t *testing.T) {
	t.Parallel()
	cases := tokentest.Cases()
	all := slices.Clone(wrong)
	for _, row := range wrongUpkeep {
		all = append(all, mistake{row.name, func() *broken { return &broken{upkeep: row.bad} }, row.want})
	}
	for _, row := range all {
		t.Run(row.name, func(t *testing.T) {
			check, known := cases[row.want]
			require.True(t, known, "no case is called %q", row.want)
			synctest.Test(t, func(t *testing.T) {
				err := check(t.Context(), right(row.bad()))
				require.Error(t, err, "the case lets this mistake through")
				assert.NotContains(t, err.Error(), "secret-", "a failure must not print tokens")
			})
		})
	}
}

// A case that no mistake can fail proves nothing.
func TestEveryCaseHasATooth(t *testing.T) {
	t.Parallel()
	caught := map[string]bool{}
	for _, row := range wrong {
		caught[row.want] = true
	}
	for _, row := range wrongUpkeep {
		caught[row.want] = true
	}
	for _, name := range slices.Sorted(maps.Keys(tokentest.Cases())) {
		assert.True(t, caught[name], "no wrong store is written for case %q", name)
	}
}
