package oauthreg_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
)

var emails = []struct{ in, want string }{
	{"ada@example.com", "ada@example.com"},
	{"Ada@EXAMPLE.Com", "Ada@example.com"},
	{"o'brien@example.com", "o'brien@example.com"},
	{"ada+x.y_z-1@sub.example.com", "ada+x.y_z-1@sub.example.com"},
	{"ada@localhost", "ada@localhost"},
	{"пример@пример.рф", "пример@пример.рф"},
	{"ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
	{"a@b", "a@b"},
	{strings.Repeat("a", 248) + "@b.com", strings.Repeat("a", 248) + "@b.com"},

	{"", ""}, {"@", ""}, {"ada", ""}, {"ada@", ""}, {"@example.com", ""}, {strings.Repeat("a", 249) + "@b.com", ""},
	{"ada@evil.example@example.com", ""}, {"ada@@example.com", ""}, {"ada＠example.com", ""}, {"ada﹫example.com", ""},
	{"ada@evil＠example.com", ""}, {"ada@evil.example,ada@example.com", ""}, {"ada,bob@example.com", ""}, {"ada;bob@example.com", ""},
	{`"ada"@example.com`, ""}, {`"ada@evil.example"@example.com`, ""}, {"Ada <ada@example.com>", ""}, {"<ada@example.com>", ""},
	{"ada(x)@example.com", ""}, {"ada@[127.0.0.1]", ""}, {`ada\@example.com`, ""}, {"ada:x@example.com", ""},
	{" ada@example.com", ""}, {"ada@example.com\n", ""}, {"ada@example.com\r\nBcc: eve@evil.example", ""}, {"a\tda@example.com", ""},
	{"ada\x00@example.com", ""}, {"ada@example.com\x00.evil.example", ""}, {"ada\u00a0@example.com", ""}, {"ada\u200b@example.com", ""},
	{"ada\u202e@example.com", ""}, {"ada\u00ad@example.com", ""}, {"ada@exam\ufeffple.com", ""}, {"ada\xff@example.com", ""},
	{"ada@.example.com", ""}, {"ada@example.com.", ""}, {"ada@example..com", ""}, {"ada@.", ""},
}

func TestNormalizeEmail(t *testing.T) {
	t.Parallel()
	for _, row := range emails {
		got, ok := oauthreg.NormalizeEmail(row.in)
		assert.Equal(t, row.want, got, "%q", row.in)
		assert.Equal(t, row.want != "", ok, "%q", row.in)
	}
}

// Small letters in the sense of Unicode make hosts out of others: "İ" becomes
// "i", and the Kelvin sign "k". Who owns one of them must not pass for the
// owner of the other.
func TestNormalizeEmailMakesNoHostOutOfAnother(t *testing.T) {
	t.Parallel()
	for other, real := range map[string]string{
		"ada@g\u0130thub.com":      "ada@github.com",
		"ada@faceboo\u212a.com":    "ada@facebook.com",
		"ada@face\u0412ook.com":    "ada@facebook.com",
		"ada@\uff47ithub.com":      "ada@github.com",
		"\u212aim@example.com":     "kim@example.com",
		"KIM@example.com":          "kim@example.com",
		"ada@gma\u0131l.com":       "ada@gmail.com",
		"ada@stra\u1e9ee.example":  "ada@stra\u00dfe.example",
		"ada@example.com\u3002org": "ada@example.com.org",
	} {
		got, _ := oauthreg.NormalizeEmail(other)
		assert.NotEqual(t, real, got, "%q", other)
	}
}

func TestEmailVerifiedIsForTheUntouchedAddressAlone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, email string
		verified    bool
		posted      string
		want        bool
	}{
		{"untouched", "ada@example.com", true, "ada@example.com", true},
		{"with blanks around", "ada@example.com", true, " ada@example.com ", true},
		{"host in capitals", "ada@example.com", true, "ada@EXAMPLE.com", true},
		{"as the provider wrote it", "ada@Example.COM", true, "ada@Example.COM", true},
		{"name in capitals", "ada@example.com", true, "ADA@example.com", false},
		{"edited", "ada@example.com", true, "eve@example.com", false},
		{"another host", "ada@example.com", true, "ada@example.org", false},
		{"two", "ada@example.com", true, "ada@example.com,eve@evil.example", false},
		{"empty", "ada@example.com", true, "", false},
		{"not vouched for", "ada@example.com", false, "ada@example.com", false},
		{"no address", "", true, "", false},
		{"no address, one posted", "", true, "ada@example.com", false},
		{"a bad address", "ada@evil@example.com", true, "ada@evil@example.com", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newCookieStore(t))
			b := a.browser()
			a.toForm(b, provider.Profile{ID: "1", Email: row.email, EmailVerified: row.verified})
			assert.Equal(t, row.want, a.pending(b).EmailVerified(row.posted))
		})
	}
}

func FuzzNormalizeEmail(f *testing.F) {
	for _, row := range emails {
		f.Add(row.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, ok := oauthreg.NormalizeEmail(in)
		if !ok {
			if got != "" {
				t.Fatalf("%q: refused, and returned %q", in, got)
			}
			return
		}
		if again, ok := oauthreg.NormalizeEmail(got); !ok || again != got {
			t.Fatalf("%q: %q is not its own normal form, %q", in, got, again)
		}
		if !strings.EqualFold(got, in) || len(got) != len(in) || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", in, got)
		}
		local, host, _ := strings.Cut(in, "@")
		if !strings.HasPrefix(got, local+"@") || strings.ContainsFunc(host, func(r rune) bool { return r == '@' || r == '.' && host[0] == '.' }) {
			t.Fatalf("%q became %q", in, got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune("＠﹫,;\"<>()\\", r) {
				t.Fatalf("%q holds %q", in, r)
			}
		}
	})
}
