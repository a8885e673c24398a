package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/tokenstore"
)

var (
	anna = identityOf(1)
	ben  = identityOf(2)
)

func userOf(id string, who identity) user {
	return user{id: id, identity: tokenstore.Identity{Provider: providerName, Subject: who.subject}}
}

func TestLedgerFindsWhatPeopleSee(t *testing.T) {
	t.Parallel()
	registered := func(l *ledger) { l.told(anna); l.seen(anna, anna.subject, "u1", 1) }
	for _, row := range []struct {
		name string
		do   func(*ledger)
		want kind // "" for none
	}{
		{"registers and returns", func(l *ledger) {
			l.stranger(anna)
			registered(l)
			l.recognised(anna)
			l.seen(anna, anna.subject, "u1", 1)
		}, ""},
		{"closes and registers again", func(l *ledger) {
			registered(l)
			l.silence(anna)
			l.closed(anna)
			l.stranger(anna)
			l.seen(anna, anna.subject, "u2", 1)
		}, ""},
		{"unheard, and new", func(l *ledger) { l.silence(anna); l.stranger(anna) }, ""},
		{"unheard, and registered", func(l *ledger) { l.silence(anna); l.recognised(anna) }, ""},
		{"asked again after told", func(l *ledger) { l.told(anna); l.stranger(anna) }, lost},
		{"asked again after seen", func(l *ledger) { registered(l); l.stranger(anna) }, lost},
		{"another user", func(l *ledger) { registered(l); l.seen(anna, anna.subject, "u2", 1) }, doubled},
		{"two users", func(l *ledger) { l.told(anna); l.seen(anna, anna.subject, "u1", 2) }, doubled},
		{"somebody else's page", func(l *ledger) { l.told(anna); l.seen(anna, ben.subject, "u2", 1) }, mixedUp},
		{"somebody else's form", func(l *ledger) { l.form(anna, ben.handle, ben.email) }, mixedUp},
		{"somebody else's address", func(l *ledger) { l.form(anna, anna.handle, ben.email) }, mixedUp},
		{"own form", func(l *ledger) { l.form(anna, anna.handle, anna.email) }, ""},
		{"signed in as nobody", func(l *ledger) { l.recognised(anna) }, unexpected},
		{"recognised after closing", func(l *ledger) { registered(l); l.closed(anna); l.recognised(anna) }, unexpected},
		{"old callback", func(l *ledger) { registered(l); l.returned(anna) }, revived},
		{"odd answer", func(l *ledger) { l.surprise(anna, "answered %d", 500) }, unexpected},
		{"the first fault counts", func(l *ledger) { registered(l); l.stranger(anna); l.seen(anna, ben.subject, "u9", 7) }, lost},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var l ledger
			row.do(&l)
			assertKinds(t, &l, row.want)
		})
	}
}

func TestLedgerFindsWhatLiesInTheStores(t *testing.T) {
	t.Parallel()
	told := func(l *ledger) { l.told(anna) }
	seen := func(l *ledger) { l.seen(anna, anna.subject, "u1", 1) }
	nobody := func(*ledger) {}
	for _, row := range []struct {
		name   string
		before func(*ledger)
		users  []user
		owners map[identity]string
		want   kind
	}{
		{"as it should be", seen, []user{userOf("u1", anna)}, map[identity]string{anna: "u1"}, ""},
		{"nobody", nobody, nil, nil, ""},
		{"unheard, registered", func(l *ledger) { l.silence(anna) }, []user{userOf("u1", anna)}, map[identity]string{anna: "u1"}, ""},
		{"unheard, not registered", func(l *ledger) { l.silence(anna) }, nil, nil, ""},
		{"the link is gone", seen, []user{userOf("u1", anna)}, nil, lost},
		{"all is gone", told, nil, nil, lost},
		{"a user without identity", seen, []user{userOf("u1", anna), userOf("u2", anna)}, map[identity]string{anna: "u1"}, doubled},
		{"an identity without user", seen, nil, map[identity]string{anna: "u1"}, doubled},
		{"another user's", seen, []user{userOf("u2", anna)}, map[identity]string{anna: "u2"}, doubled},
		{"somebody else's", told, []user{userOf("u1", ben)}, map[identity]string{anna: "u1", ben: "u1"}, mixedUp},
		{"never registered", nobody, []user{userOf("u1", anna)}, map[identity]string{anna: "u1"}, unexpected},
		{"nobody's user", nobody, []user{userOf("u1", identityOf(77))}, nil, mixedUp},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var l ledger
			row.before(&l)
			if row.owners[ben] != "" {
				l.silence(ben)
			}
			err := l.audit([]identity{anna, ben}, row.users, func(who identity) (string, error) { return row.owners[who], nil })
			require.NoError(t, err)
			assertKinds(t, &l, row.want)
		})
	}
}

func TestAuditEndsWithTheStoresError(t *testing.T) {
	t.Parallel()
	var l ledger
	down := errors.New("down")
	assert.ErrorIs(t, l.audit([]identity{anna}, nil, func(identity) (string, error) { return "", down }), down)
}

func TestFirstFaultCanEndTheRun(t *testing.T) {
	t.Parallel()
	ended := 0
	l := ledger{onFault: func() { ended++ }}
	l.surprise(anna, "odd")
	assert.Equal(t, 1, ended)
}

// assertKinds wants one fault of a kind, or none.
func assertKinds(t *testing.T, l *ledger, want kind) {
	t.Helper()
	expected := map[kind]int{}
	if want != "" {
		expected[want] = 1
	}
	faults, counts := l.found()
	assert.Equal(t, expected, counts, faults)
	assert.Len(t, faults, len(expected))
}
