package cookies_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/internal/cookies"
)

type pair struct{ name, value string }

func all(lines ...string) (found []pair) {
	for name, value := range cookies.All(http.Header{"Cookie": lines}) {
		found = append(found, pair{name, value})
	}
	return found
}

func TestAll(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		lines []string
		want  []pair
	}{
		{"none", nil, nil},
		{"an empty line", []string{""}, nil},
		{"one", []string{"a=1"}, []pair{{"a", "1"}}},
		{"several, of one name too", []string{"a=1; b=2;a=3"}, []pair{{"a", "1"}, {"b", "2"}, {"a", "3"}}},
		{"several lines (RFC 9113 section 8.2.3)", []string{"a=1", "b=2; c=3"}, []pair{{"a", "1"}, {"b", "2"}, {"c", "3"}}},
		{"an equals sign in the value", []string{"a=1=2"}, []pair{{"a", "1=2"}}},
		{"in quotes", []string{`a="1"; b="; c=""`}, []pair{{"a", "1"}, {"b", `"`}, {"c", ""}}},
		{"no value, no name", []string{"a; =b; ;; c="}, []pair{{"a", ""}, {"c", ""}}},
		{"tabs and blanks", []string{"\ta = 1 ;b=2\t"}, []pair{{"a", " 1"}, {"b", "2"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, all(tt.lines...))
		})
	}
	assert.Len(t, all(strings.Repeat("a=1;", 5000)), 3000, "a request may bring a megabyte of them")
	assert.Empty(t, all(strings.Repeat(";", 5000)+"a=1"), "or of separators")
	assert.Empty(t, all(strings.Repeat("=;", 5000)+"a=1"))
	for range cookies.All(http.Header{"Cookie": {"a=1; b=2"}}) {
		break // and no more is asked for
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	h.Add("Set-Cookie", "other=1; Path=/x")
	h.Add("Set-Cookie", "a=1; Path=/")
	before := h["Set-Cookie"]
	cookies.Set(h, cookies.Cookie{Name: "a", Value: "2", MaxAge: 60})
	assert.Equal(t, []string{"other=1; Path=/x", "a=2; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"}, h["Set-Cookie"])
	assert.Equal(t, []string{"other=1; Path=/x", "a=1; Path=/"}, before, "the old slice is somebody's")
}

// The line is the one that net/http would write.
func TestSetWritesAsNetHTTP(t *testing.T) {
	t.Parallel()
	for _, c := range []cookies.Cookie{
		{Name: "__Host-a", Value: "x-_.A1", MaxAge: 900, Secure: true}, {Name: "a", MaxAge: -1}, {Name: "a", Value: "b", MaxAge: -1, Secure: true},
		{Name: "a", Value: strings.Repeat("v", 4000), MaxAge: 1},
	} {
		h := http.Header{}
		cookies.Set(h, c)
		want := http.Cookie{Name: c.Name, Value: c.Value, MaxAge: c.MaxAge, Secure: c.Secure, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
		assert.Equal(t, []string{want.String()}, h["Set-Cookie"])
	}
	for _, sealed := range [][]byte{{}, {0xff}, bytes.Repeat([]byte{0xfb, 0xf0}, 1500)} {
		h, plain := http.Header{}, http.Header{}
		cookies.Set(h, cookies.Cookie{Name: "a", Sealed: sealed, Value: "not this", MaxAge: 1})
		cookies.Set(plain, cookies.Cookie{Name: "a", Value: base64.RawURLEncoding.EncodeToString(sealed), MaxAge: 1})
		assert.Equal(t, plain, h)
	}
}

// Whatever net/http finds is found, with the same value, in the same order; what
// it leaves out has characters that no cookie may have.
func FuzzAll(f *testing.F) {
	for _, seed := range []string{"", "a=1", "a=1; b=2", `a="1"`, "a=1=2;;b", "a = 1", "é=1", "a=\x01", "a=1,2; b=3", `a="`, `a="b c"`, "a\t=\t1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		ours := all(line)
		for _, c := range (&http.Request{Header: http.Header{"Cookie": {line}}}).Cookies() {
			i := 0
			for i < len(ours) && ours[i] != (pair{c.Name, c.Value}) {
				i++
			}
			if i == len(ours) {
				t.Fatalf("net/http finds %s=%q in %q", c.Name, c.Value, line)
			}
			ours = ours[i+1:]
		}
	})
}
