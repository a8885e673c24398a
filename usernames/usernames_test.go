package usernames_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/usernames"
)

var ada = provider.Profile{ID: "9007199254740881", Username: "ada_quill", Name: "Ada Quill", Email: "ada@example.com"}

// suggest returns the suggestions for a profile.
func suggest(t testing.TB, f provider.Profile, rules usernames.Rules) []string {
	t.Helper()
	names, err := usernames.Suggest(t.Context(), f, rules)
	require.NoError(t, err)
	return names
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	type profile = provider.Profile
	type rules = usernames.Rules
	taken := func(names ...string) rules {
		return rules{Taken: func(context.Context, []string) ([]string, error) { return names, nil }}
	}
	for _, tt := range []struct {
		name    string
		profile profile
		rules   rules
		want    []string // what comes first
	}{
		{"the provider's username", profile{Username: "ada_quill"}, rules{}, []string{"ada_quill", "adaquill", "ada_quill2"}},
		{"every source in order", profile{Username: "aq1815", Name: "Ada Quill", GivenName: "Augusta", FamilyName: "King", Email: "countess@example.com"},
			rules{Count: 4}, []string{"aq1815", "ada_quill", "augusta_king", "countess"}},
		{"sources that say the same", profile{Username: "ada", Name: "Ada", Email: "ADA@example.com"}, rules{}, []string{"ada", "ada2", "ada3"}},
		{"taken", profile{Username: "ada", Name: "Ada Lovelace"}, taken("ada"), []string{"ada_lovelace", "adalovelace", "ada2"}},
		{"taken in another case", profile{Username: "ada"}, taken("Ada", "ADA2"), []string{"ada3", "ada4", "ada5"}},
		{"taken up to the last number", profile{Username: "ada"}, taken("ada", "ada2", "ada3", "ada4", "ada5", "ada6", "ada7", "ada8"), []string{"ada9"}},
		{"e-mail before the plus", profile{Email: "ada.quill+shop@example.com"}, rules{Count: 1}, []string{"ada_quill"}},
		{"e-mail given as username", profile{Username: "ada@corp.example"}, rules{Count: 1}, []string{"ada"}},
		{"e-mail given as name, full-width", profile{Name: "ada+x＠corp.example"}, rules{Count: 1}, []string{"ada"}},
		{"handle with its sign", profile{Username: "@ada"}, rules{Count: 1}, []string{"ada"}},
		{"capitals", profile{Username: "AdaQuill"}, rules{Count: 1}, []string{"adaquill"}},
		{"capitals allowed", profile{Username: "AdaQuill"}, rules{Count: 1, Alphabet: "adquilAQUIL"}, []string{"AdaQuill"}},
		{"capitals only", profile{Name: "Ésa"}, rules{Count: 1, Alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, []string{"ESA"}},
		{"capital, marked, allowed without", profile{Name: "Élan"}, rules{Count: 1, Alphabet: "abcdefghijklmnopqrstuvwxyzE"}, []string{"Elan"}},
		{"diacritics", profile{Name: "Žofie Dvořáková"}, rules{Count: 1}, []string{"zofie_dvorakova"}},
		{"diacritics that combine", profile{Name: "Zofie\u030c Dvor\u030ca\u0301k"}, rules{Count: 1}, []string{"zofie_dvorak"}},
		{"letters that are not composed", profile{Name: "Łukasz Ðæþøß"}, rules{Count: 1}, []string{"lukasz_daethoss"}},
		{"Turkish", profile{Name: "İrem Işık"}, rules{Count: 1}, []string{"irem_isik"}},
		{"Vietnamese", profile{Name: "Nguyễn Đức"}, rules{Count: 1}, []string{"nguyen_duc"}},
		{"German capital", profile{Name: "STRAẞE"}, rules{Count: 1}, []string{"strasse"}},
		{"Cyrillic", profile{Name: "Дмитрий Щукин"}, rules{Count: 1}, []string{"dmitriy_shchukin"}},
		{"Ukrainian", profile{Name: "Юлія Ґонта"}, rules{Count: 1}, []string{"yuliya_gonta"}},
		{"Serbian", profile{Name: "Љубиша Ђокић"}, rules{Count: 1}, []string{"ljubisha_djokic"}},
		{"Greek", profile{Name: "Γιώργος Παπαδοπούλου"}, rules{Count: 1, Max: 30}, []string{"giorgos_papadopoulou"}},
		{"Greek, upsilon by itself", profile{Name: "Λυδία Ταΰγετος"}, rules{Count: 1}, []string{"lydia_taygetos"}},
		{"small commercial at", profile{Username: "ada\ufe6bcorp.example"}, rules{Count: 1}, []string{"ada"}},
		{"a dash of typography", profile{Name: "Ada\u2014Quill"}, rules{Count: 1}, []string{"ada_quill"}},
		{"a tie", profile{Name: "Ada\u203fQuill"}, rules{Count: 1}, []string{"ada_quill"}},
		{"punctuation between", profile{Name: "Ada/Quill"}, rules{Count: 1}, []string{"ada_quill"}},
		{"reserved by the app, letters that are not Latin", profile{Username: "日本", Name: "bob"},
			rules{Count: 1, Min: 2, Alphabet: "日本bo", Reserved: []string{"日本"}}, []string{"bob"}},
		{"full-width", profile{Name: "Ａｄａ　Ｑｕｉｌｌ７"}, rules{Count: 1}, []string{"ada_quill7"}},
		{"letters of mathematics", profile{Name: "𝓐𝓭𝓪 𝓠𝓾𝓲𝓵𝓵 𝟗"}, rules{Count: 1}, []string{"ada_quill_9"}},
		{"allowed as it is", profile{Name: "Дмитрий"}, rules{Count: 1, Alphabet: "абвгдежзийклмнопрстуфхцчшщъыьэюя"}, []string{"дмитрий"}},
		{"separators collapse", profile{Username: "__ada - . quill__"}, rules{Count: 1}, []string{"ada_quill"}},
		{"another separator", profile{Username: "ada_quill"}, rules{Count: 1, Alphabet: "abcdefghijklmnopqrstuvwxyz-"}, []string{"ada-quill"}},
		{"its own separator, allowed", profile{Username: "ada.quill"}, rules{Count: 1, Alphabet: "abcdefghijklmnopqrstuvwxyz_."}, []string{"ada.quill"}},
		{"the usual one of two separators", profile{Name: "Ada Quill"}, rules{Count: 1, Alphabet: "abcdefghijklmnopqrstuvwxyz._"}, []string{"ada_quill"}},
		{"at the end of what is looked at", profile{Username: strings.Repeat("🚀", 253) + "ada", Name: "bob"}, rules{Count: 1}, []string{"ada"}},
		{"after the end of it", profile{Username: strings.Repeat("🚀", 256) + "ada", Name: "bob"}, rules{Count: 1}, []string{"bob"}},
		{"no separator", profile{Name: "Ada Quill"}, rules{Count: 1, Alphabet: "abcdefghijklmnopqrstuvwxyz"}, []string{"adaquill"}},
		{"apostrophes and emoji", profile{Name: "Aoife O'Neil 🚀"}, rules{Count: 1}, []string{"aoife_oneil"}},
		{"an emoji between two words", profile{Name: "Ada 🚀 Quill"}, rules{Count: 1}, []string{"ada_quill"}},
		{"too long", profile{Name: "Maximiliane Featherstonehaugh"}, rules{Count: 1}, []string{"maximiliane_feathers"}},
		{"too long with a number", profile{Username: strings.Repeat("a", 30)}, rules{}, []string{strings.Repeat("a", 20), strings.Repeat("a", 19) + "2"}},
		{"cut at a separator", profile{Name: "Abcdefgh Ijk"}, rules{Count: 1, Max: 9}, []string{"abcdefgh"}},
		{"too short", profile{Username: "al"}, rules{}, []string{"al2", "al3", "al4"}},
		{"number after a number", profile{Username: "route66"}, rules{Count: 2}, []string{"route66", "route66_2"}},
		{"number after a number, just short enough", profile{Username: strings.Repeat("a", 16) + "66"}, rules{Count: 2},
			[]string{strings.Repeat("a", 16) + "66", strings.Repeat("a", 16) + "66_2"}},
		{"number after a number, too long to separate", profile{Username: strings.Repeat("a", 18) + "66"}, rules{Count: 2},
			[]string{strings.Repeat("a", 18) + "66", strings.Repeat("a", 18) + "62"}},
		{"reserved", profile{Username: "admin", Name: "Ada"}, rules{Count: 1}, []string{"ada"}},
		{"reserved, look-alike", profile{Username: "аdm1n", Name: "r00t", Email: "Sup.port_2@example.com", GivenName: "Ada"}, rules{Count: 1}, []string{"ada"}},
		{"reserved, pairs of letters", profile{Username: "adrnin", Name: "vvebmaster", GivenName: "Ada"}, rules{Count: 1}, []string{"ada"}},
		{"reserved, other letters", profile{Username: "ρooτ", GivenName: "Ada"}, // written "root", seen "poot"
			rules{Count: 1, Alphabet: "abcdefghijklmnopqrstuvwxyzρτ", Reserved: []string{"poot"}}, []string{"ada"}},
		{"reserved by the app", profile{Username: "ada", Name: "bob"}, rules{Count: 1, Reserved: []string{"A.D.A"}}, []string{"bob"}},
		{"not reserved, a vowel elsewhere", profile{Username: "dta"}, rules{Count: 1, Reserved: []string{"data"}}, []string{"dta"}},
		{"not reserved, a letter less", profile{Username: "jaz"}, rules{Count: 1, Reserved: []string{"jazz"}}, []string{"jaz"}},
		{"not reserved, a digit less", profile{Username: "area9"}, rules{Count: 1, Reserved: []string{"area99"}}, []string{"area9"}},
		{"nothing reserved", profile{Username: "admin"}, rules{Count: 1, Reserved: []string{}}, []string{"admin"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := suggest(t, tt.profile, tt.rules)
			require.GreaterOrEqual(t, len(got), len(tt.want), "%q", got)
			assert.Equal(t, tt.want, got[:len(tt.want)])
			for _, name := range got {
				assert.NotContains(t, name, "example")
				assert.NotContains(t, name, "corp")
			}
		})
	}
}

func TestSuggestAtRandom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		profile provider.Profile
		rules   usernames.Rules
		want    string
	}{
		{"nothing to write", provider.Profile{Name: "日本"}, usernames.Rules{}, `^user\d{4}$`},
		{"no profile", provider.Profile{}, usernames.Rules{Count: 20}, `^user(\d{4}|\d{6}|\d{8})$`},
		{"all in order taken", provider.Profile{Username: "ada"}, usernames.Rules{
			Taken: func(_ context.Context, names []string) ([]string, error) {
				return slices.DeleteFunc(names, func(name string) bool { return len(name) > 4 }), nil
			},
		}, `^ada\d{4}$`},
		{"the neutral word is reserved", provider.Profile{}, usernames.Rules{Reserved: []string{"user"}}, `^\d{20}$`},
		{"two digits are enough", provider.Profile{}, usernames.Rules{Alphabet: "user07", Count: 20}, `^user[07]{4,8}$`},
		{"one is not", provider.Profile{Username: "ж"}, usernames.Rules{Alphabet: "ab7", Min: 20}, `[ab]`},
		{"no Latin letters", provider.Profile{}, usernames.Rules{Alphabet: "абв_", Max: 5}, `^[абв]{4,5}$`},
		{"short", provider.Profile{Username: "ada"}, usernames.Rules{Min: 1, Max: 1, Alphabet: "0123456789", Count: 3}, `^\d$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := suggest(t, tt.profile, tt.rules)
			require.NotEmpty(t, got)
			for _, name := range got {
				assert.Regexp(t, regexp.MustCompile(tt.want), name)
			}
		})
	}
}

func TestSuggestAsksOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	rules := usernames.Rules{Count: 20, Taken: func(_ context.Context, names []string) ([]string, error) {
		asked++
		assert.LessOrEqual(t, len(names), 150)
		all := slices.Clone(names)
		clear(names) // what the app does with its list is its own business
		return all, nil
	}}
	got := suggest(t, provider.Profile{
		Username: "aq1815", Name: "Ada Quill", GivenName: "Augusta", FamilyName: "King", Email: "countess.of@example.com",
	}, rules)
	assert.Empty(t, got, "everything is taken")
	assert.Equal(t, 1, asked)

	broken := errors.New("no database")
	rules.Taken = func(context.Context, []string) ([]string, error) { return nil, broken }
	_, err := usernames.Suggest(t.Context(), ada, rules)
	require.ErrorIs(t, err, broken)
}

func TestRulesAreChecked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rules  usernames.Rules
		fields []string
	}{
		"separators only":  {usernames.Rules{Alphabet: "_-"}, []string{"Alphabet"}},
		"a pattern":        {usernames.Rules{Alphabet: "[a-zA-Z]"}, []string{"Alphabet"}},
		"a blank":          {usernames.Rules{Alphabet: "ab c"}, []string{"Alphabet"}},
		"not UTF-8":        {usernames.Rules{Alphabet: "ab\xff"}, []string{"Alphabet"}},
		"a combining mark": {usernames.Rules{Alphabet: "ab\u0301"}, []string{"Alphabet"}},
		"at":               {usernames.Rules{Alphabet: "ab@"}, []string{"Alphabet"}},
		"a control":        {usernames.Rules{Alphabet: "ab\x00"}, []string{"Alphabet"}},
		"long alphabet":    {usernames.Rules{Alphabet: alphabet(1025)}, []string{"Alphabet"}},
		"negative min":     {usernames.Rules{Min: -1}, []string{"Min, Max"}},
		"negative max":     {usernames.Rules{Max: -1}, []string{"Min, Max"}},
		"max too high":     {usernames.Rules{Max: 65}, []string{"Min, Max"}},
		"min too high":     {usernames.Rules{Min: 65}, []string{"Min, Max"}},
		"negative count":   {usernames.Rules{Count: -1}, []string{"Count"}},
		"count too high":   {usernames.Rules{Count: 21}, []string{"Count"}},
		"min above max":    {usernames.Rules{Min: 9, Max: 8}, []string{"Min, Max"}},
		"all at once":      {usernames.Rules{Alphabet: "_", Min: -1, Max: 100, Count: 21}, []string{"Alphabet", "Min, Max", "Count"}},
	} {
		_, err := usernames.Suggest(t.Context(), ada, tt.rules)
		require.Error(t, err, name)
		var fields []string
		for _, fault := range err.(interface{ Unwrap() []error }).Unwrap() {
			e, ok := errors.AsType[*provider.ConfigError](fault)
			require.True(t, ok, name)
			fields = append(fields, strings.TrimPrefix(e.Field, "Rules."))
		}
		assert.Equal(t, tt.fields, fields, name)
	}
	for name, rules := range map[string]usernames.Rules{
		"only Max": {Max: 2}, "only Min": {Min: 30}, "the most": {Alphabet: alphabet(1024), Min: 64, Max: 64, Count: 20},
	} {
		assert.NotEmpty(t, suggest(t, ada, rules), name)
	}
}

// alphabet returns n bytes of letters that are all different.
func alphabet(n int) string {
	var b strings.Builder
	b.WriteString("a"[:n%2])
	for r := rune(0x400); b.Len() < n; r++ {
		if unicode.IsLetter(r) && len(string(r)) == 2 {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestReservedAreACopy(t *testing.T) {
	t.Parallel()
	words := usernames.Reserved()
	assert.Contains(t, words, "admin")
	clear(words)
	assert.Contains(t, usernames.Reserved(), "admin")
}

// Whatever a stranger calls himself: every suggestion obeys the rules, is
// neither reserved nor taken, and comes once.
func FuzzSuggest(f *testing.F) {
	for _, seed := range []string{"ada", "admin", "日本", "a@b", "ÅÄÖ_ß", "r00t", "𝓐\xff\u0301", strings.Repeat("щ", 300), "user1", "١٢٣", "İı"} {
		f.Add(seed, "Ada Quill", "ada@example.com", "", 3, 20)
		f.Add("", seed, "", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-", 1, 5)
		f.Add("x", "", seed+"@example.com", "абвadmin01", 2, 9)
	}
	f.Fuzz(func(t *testing.T, username, name, email, alphabet string, least, most int) {
		var asked []string
		taken := map[string]bool{}
		rules := usernames.Rules{Alphabet: alphabet, Min: least, Max: most, Count: 20}
		rules.Taken = func(_ context.Context, names []string) (gone []string, _ error) {
			asked = names
			for i, name := range names {
				if i%3 == 0 {
					taken[strings.ToLower(name)] = true
					gone = append(gone, strings.ToUpper(name))
				}
			}
			return gone, nil
		}
		got, err := usernames.Suggest(t.Context(), provider.Profile{Username: username, Name: name, Email: email}, rules)
		if err != nil {
			if least == 0 && most == 0 && alphabet == "" {
				t.Fatal(err)
			}
			return
		}
		if alphabet == "" {
			alphabet = usernames.DefaultAlphabet
		}
		if len(asked) > 150 || len(got) > 20 {
			t.Fatalf("asked for %d, got %d", len(asked), len(got))
		}
		seen := map[string]bool{}
		for _, name := range got {
			key := strings.ToLower(name)
			length := len([]rune(name))
			switch {
			case strings.Trim(name, alphabet) != "" || strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }):
				t.Errorf("%q is not of %q", name, alphabet)
			case (least > 0 && length < least) || (most > 0 && length > most) || length == 0:
				t.Errorf("%q has %d characters, not %d to %d", name, length, least, most)
			case slices.Contains(usernames.Reserved(), key):
				t.Errorf("%q is reserved", name)
			case seen[key]:
				t.Errorf("%q came twice", name)
			case !slices.Contains(asked, name):
				t.Errorf("%q was not asked for", name)
			case taken[key] && strings.ToLower(strings.ToUpper(name)) == key:
				t.Errorf("%q is taken", name)
			}
			seen[key] = true
		}
	})
}

func ExampleSuggest() {
	users := map[string]bool{"zofie": true} // the app's table, compared in lower case
	profile := provider.Profile{            // a Pending's, in an app
		ID: "2244994945", Username: "Zofie", Name: "Žofie Dvořáková", Email: "admin+x@example.com",
	}
	names, err := usernames.Suggest(context.Background(), profile, usernames.Rules{
		Taken: func(_ context.Context, candidates []string) ([]string, error) {
			// One query: SELECT username FROM users WHERE lower(username) IN (...).
			return slices.DeleteFunc(candidates, func(name string) bool { return !users[name] }), nil
		},
	})
	fmt.Println(names, err)
	// Output:
	// [zofie_dvorakova zofiedvorakova zofie2] <nil>
}
