package provider_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

var ids = []struct {
	name, id string
	usable   bool
}{
	{"X", "2244994945", true},
	{"the replacement character", "42\ufffd", false},
	{"above 2^53", "9007199254740993", true},
	{"19 digits", "1234567890123456789", true},
	{"one digit", "7", true},
	{"leading zeros", "007", true},
	{"UUID", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", true},
	{"URL", "https://example.com/users/ann#me", true},
	{"punctuation", "auth0|ann@example.com:1", true},
	{"not ASCII", "\u00e9\u4e2d\U0001f600", true},
	{"255 bytes", strings.Repeat("x", 255), true},
	{"contains null", "nullable", true},
	{"contains undefined", "undefined1", true},

	{"empty", "", false},
	{"blank", " ", false},
	{"blanks", "\t \n", false},
	{"wide blank", "\u3000", false},
	{"blank in front", " 42", false},
	{"blank behind", "42 ", false},
	{"blank inside", "4 2", false},
	{"no-break space", "42\u00a0", false},
	{"line feed", "42\n", false},
	{"header injection", "42\r\nX: y", false},
	{"NUL", "42\x00", false},
	{"NUL only", "\x00", false},
	{"DEL", "42\x7f", false},
	{"C1 control", "42\u0085", false},
	{"not UTF-8", "42\xff", false},
	{"UTF-8 that is cut off", "42\xe2\x98", false},
	{"UTF-8 that is cut off within", "4\xe2\x982", false},
	{"UTF-8 that is longer than it need be", "42\xc0\xb0", false},
	{"half a surrogate pair", "42\xed\xa0\x80", false},
	{"above the last character", "42\xf4\x90\x80\x80", false},
	{"half a character", "\xc3", false},
	{"256 bytes", strings.Repeat("x", 256), false},
	{"256 bytes in 128 characters", strings.Repeat("\u00e9", 128), false},
	{"a megabyte", strings.Repeat("1", 1<<20), false},
	{"JSON's null", "null", false},
	{"null in capitals", "NULL", false},
	{"Go's nil", "<nil>", false},
	{"JavaScript's undefined", "undefined", false},
	{"not a number", "NaN", false},
}

func TestCheckID(t *testing.T) {
	t.Parallel()
	for _, row := range ids {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			checkID(t, row.id)
			assert.Equal(t, row.usable, provider.CheckID(row.id) == nil)
		})
	}
}

func FuzzCheckID(f *testing.F) {
	for _, row := range ids {
		f.Add(row.id)
	}
	f.Fuzz(checkID)
}

// checkID holds for any text: what is accepted stays itself on every road that
// an ID takes, and what is refused is refused in one way.
func checkID(t *testing.T, id string) {
	err := provider.CheckID(id)
	if err != nil {
		require.ErrorIs(t, err, provider.ErrIdentity)
		e, ok := errors.AsType[*provider.Error](err)
		require.True(t, ok)
		require.NotEmpty(t, e.Reason)
		require.Less(t, len(err.Error()), 200, "the text must not grow with the ID")
		return
	}
	require.True(t, utf8.ValidString(id))
	require.LessOrEqual(t, len(id), 255)
	require.Equal(t, []string{id}, strings.Fields(id), "one word, nothing around it")
	for _, r := range id {
		require.False(t, unicode.IsControl(r))
	}
	for _, word := range []string{"null", "<nil>", "undefined", "nan"} {
		require.False(t, strings.EqualFold(id, word))
	}
	data, err := json.Marshal(id)
	require.NoError(t, err)
	var again string
	require.NoError(t, json.Unmarshal(data, &again))
	require.Equal(t, id, again)
	query, err := url.ParseQuery(url.Values{"id": {id}}.Encode())
	require.NoError(t, err)
	require.Equal(t, id, query.Get("id"))
}

func TestCheckIdentity(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, subject, id string
		want              error
	}{
		{"agree", "42", "42", nil},
		{"token answer named nobody", "", "42", nil},
		{"profile names nobody", "42", "", provider.ErrIdentity},
		{"neither names anybody", "", "", provider.ErrIdentity},
		{"another person", "42", "43", provider.ErrIdentity},
		{"longer", "42", "420", provider.ErrIdentity},
		{"leading zero", "42", "042", provider.ErrIdentity},
		{"case", "abc", "ABC", provider.ErrIdentity},
		{"composed and decomposed", "\u00e9", "e\u0301", provider.ErrIdentity},
		{"digits lost beyond 2^53", "9007199254740993", "9007199254740992", provider.ErrIdentity},
		{"both without a value", "null", "null", provider.ErrIdentity},
		{"both blank", " ", " ", provider.ErrIdentity},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			token := provider.Token{Access: provider.NewSecret(accessValue), Subject: row.subject, Username: "ann"}
			// The same handle proves nothing.
			err := provider.CheckIdentity(token, provider.Profile{ID: row.id, Username: "ann"})
			require.ErrorIs(t, err, row.want)
			if err != nil {
				assertHidden(t, "the error", err.Error())
			}
		})
	}
}
