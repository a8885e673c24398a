package usernames

import (
	"strings"
	"sync"
	"unicode"
)

// romanTable writes small letters with those from a to z: without their marks
// where they are Latin, else as they are usually written on passports and signs.
// Each text is followed by the letters that it stands for.
var romanTable = [][2]string{
	{"a", "àáâãäåāăąǎǟǡǻȁȃȧḁẚạảấầẩẫậắằẳẵặəɐɑ"}, {"ae", "æǣǽ"},
	{"b", "ƀƃɓḃḅḇ"},
	{"c", "çćĉċčƈȼḉ"},
	{"d", "ďđðƌȡɖɗḋḍḏḑḓ"}, {"dz", "ǆǳ"},
	{"e", "èéêëēĕėęěȅȇȩɇǝḕḗḙḛḝẹẻẽếềểễệ"},
	{"f", "ƒḟ"}, {"ff", "ﬀ"}, {"fi", "ﬁ"}, {"fl", "ﬂ"}, {"ffi", "ﬃ"}, {"ffl", "ﬄ"},
	{"g", "ĝğġģǥǧǵɠḡ"},
	{"h", "ĥħȟḣḥḧḩḫẖ"},
	{"i", "ìíîïĩīĭįıǐȉȋɨḭḯỉị"}, {"ij", "ĳ"},
	{"j", "ĵǰȷɉ"},
	{"k", "ķĸƙǩḱḳḵ"},
	{"l", "ĺļľŀłƚḷḹḻḽ"}, {"lj", "ǉ"},
	{"m", "ḿṁṃ"},
	{"n", "ñńņňŉŋƞǹɲṅṇṉṋ"}, {"nj", "ǌ"},
	{"o", "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱɔɵṍṏṑṓọỏốồổỗộớờởỡợ"}, {"oe", "œ"}, {"ou", "ȣ"},
	{"p", "ƥṕṗ"},
	{"r", "ŕŗřȑȓɍṙṛṝṟ"},
	{"s", "śŝşšſșȿṡṣṥṧṩẛ"}, {"ss", "ß"}, {"st", "ﬅﬆ"},
	{"t", "ţťŧțƫƭṫṭṯṱẗ"}, {"th", "þ"},
	{"u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗʉṳṵṷṹṻụủứừửữự"},
	{"v", "ṽṿʋ"},
	{"w", "ŵẁẃẅẇẉẘ"},
	{"x", "ẋẍ"},
	{"y", "ýÿŷƴȳɏẏẙỳỵỷỹỿ"},
	{"z", "źżžƶȥɀẑẓẕ"},

	// Greek (ISO 843, with the simple vowels of everyday use).
	{"a", "αάἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ"}, {"v", "βϐ"}, {"g", "γ"}, {"d", "δ"}, {"e", "εέϵἐἑἒἓἔἕὲέ"}, {"z", "ζ"},
	{"i", "ηήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇιίϊΐἰἱἲἳἴἵἶἷὶίῐῑῒΐῖῗ"}, {"th", "θϑ"}, {"k", "κϰ"}, {"l", "λ"}, {"m", "μµ"}, {"n", "ν"},
	{"x", "ξ"}, {"o", "οόὀὁὂὃὄὅὸόωώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ"}, {"p", "πϖ"}, {"r", "ρϱῤῥ"}, {"s", "σςϲ"}, {"t", "τ"},
	{"y", "υύϋΰὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ"}, {"f", "φϕ"}, {"ch", "χ"}, {"ps", "ψ"},

	// Cyrillic, of Slavic languages and some of their neighbours.
	{"a", "аәӑӓ"}, {"b", "б"}, {"v", "в"}, {"g", "гґғѓ"}, {"d", "д"}, {"e", "еёэѐѣӗ"}, {"zh", "жӂ"}, {"z", "з"}, {"i", "иіѝӣӥ"},
	{"y", "йыӹ"}, {"k", "кқќ"}, {"l", "л"}, {"m", "м"}, {"n", "нңҥ"}, {"o", "оөӧ"}, {"p", "п"}, {"r", "р"}, {"s", "с"}, {"t", "т"},
	{"u", "уўүұӯӱӳ"}, {"f", "фѳ"}, {"kh", "х"}, {"ts", "ц"}, {"ch", "чҷӵ"}, {"sh", "ш"}, {"shch", "щ"}, {"yu", "ю"}, {"ya", "я"},
	{"ye", "є"}, {"yi", "ї"}, {"j", "ј"}, {"lj", "љ"}, {"nj", "њ"}, {"c", "ћ"}, {"dj", "ђ"}, {"dz", "џѕ"}, {"h", "һҳ"},
}

// roman is romanTable by letter.
var roman = sync.OnceValue(func() map[rune]string {
	byLetter := map[rune]string{}
	for _, row := range romanTable {
		for _, r := range row[1] {
			byLetter[r] = row[0]
		}
	}
	return byLetter
})

// romanize returns r in small Latin letters, or a digit as it is, and whether r
// is a capital. What cannot be written so is "".
func romanize(r rune) (latin string, upper bool) {
	lower := unicode.ToLower(r)
	if (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') {
		return string(lower), lower != r
	}
	return roman()[lower], lower != r
}

// afterVowel is how upsilon is written after alpha, epsilon and omicron: "ou".
func afterVowel(before, r rune) bool {
	return strings.ContainsRune("υύ", unicode.ToLower(r)) && strings.ContainsRune("αεο", unicode.ToLower(before))
}

// plain returns the start of s with letters in the shape of the keyboard's: the
// full-width forms of East Asia, and the styled ones of mathematics that people
// put into their names.
func plain(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxSource {
			break
		}
		switch {
		case r >= '\uff01' && r <= '\uff5e':
			r -= '\uff01' - '!'
		case r == '\ufe6b': // small commercial at
			r = '@'
		case r >= '\U0001d400' && r <= '\U0001d6a3':
			// 13 alphabets of 26 capitals and 26 small letters.
			if r = (r - '\U0001d400') % 52; r < 26 {
				r += 'A'
			} else {
				r += 'a' - 26
			}
		case r >= '\U0001d7ce' && r <= '\U0001d7ff': // and 5 times 10 digits
			r = '0' + (r-'\U0001d7ce')%10
		}
		b.WriteRune(r)
	}
	return b.String()
}
