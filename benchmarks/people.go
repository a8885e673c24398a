package benchmarks

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/oauthreg/go/twitter/twittertest"
)

// The app's credentials at the fake X.
const (
	consumerKey    = twittertest.ConsumerKey
	consumerSecret = twittertest.ConsumerSecret
)

// Person is what an app has to know when somebody has registered.
type Person struct {
	// ID, Handle and Email are what X says of the person.
	ID, Handle, Email string
	// Token and TokenSecret are the access token.
	Token, TokenSecret string
}

// Person number i of the answer table. IDs are 19 digits, as X's are today, and
// do not survive a float64.
func person(i uint64) Person {
	n := fmt.Sprintf("%09d", i)
	return Person{
		ID: idPrefix + n, Handle: "reader_" + n, Email: "reader." + n + "@example.com",
		Token: idPrefix + n + tokenSuffix, TokenSecret: accessSecret,
	}
}

const (
	idPrefix     = "9100000000"
	digits       = 9  // of a person's number
	idLength     = 19 // idPrefix and the number
	tokenSuffix  = "-bq7QxJ5vT2mWn8sRk4yHc6dLf0pZg3uEa1iOt9w"
	accessSecret = "k2VwPz8Qm4LtRy6XcB1nHs9DgJ3fUo5iEa7TqWv0MlYbK"
	requestRest  = "rqAxq7"
	requestSec   = "n5FhGt2WzQk8LpXv4RbMy7JcDs1TaEu9"
	hole         = "#########" // where the person's number goes
)

// The answers of X: form-encoded text for the tokens, and the v1.1 profile in
// X's order of members, without entities and status.
var (
	requestTokenAnswer = template("oauth_token=" + idPrefix + hole + requestRest + "&oauth_token_secret=" + requestSec +
		"&oauth_callback_confirmed=true")
	accessTokenAnswer = template("oauth_token=" + idPrefix + hole + tokenSuffix + "&oauth_token_secret=" + accessSecret +
		"&user_id=" + idPrefix + hole + "&screen_name=reader_" + hole)
	profileAnswer = template(`{"id":` + idPrefix + hole + `,"id_str":"` + idPrefix + hole + `","name":"Reader ` + hole +
		`","screen_name":"reader_` + hole + `","location":"Porto","description":"Letterpress and long walks.",` +
		`"url":"https://reader.example/","protected":false,"followers_count":42,"friends_count":17,"listed_count":1,` +
		`"created_at":"Fri Mar 04 09:26:53 +0000 2011","favourites_count":128,"utc_offset":null,"time_zone":null,` +
		`"geo_enabled":false,"verified":false,"statuses_count":311,"lang":null,"contributors_enabled":false,` +
		`"is_translator":false,"profile_background_color":"F5F8FA","profile_background_tile":false,` +
		`"profile_image_url":"http://pbs.twimg.example/profile_images/` + hole + `/k3Yb2aQx_normal.jpg",` +
		`"profile_image_url_https":"https://pbs.twimg.example/profile_images/` + hole + `/k3Yb2aQx_normal.jpg",` +
		`"profile_link_color":"1DA1F2","profile_text_color":"333333","profile_use_background_image":true,` +
		`"has_extended_profile":false,"default_profile":true,"default_profile_image":false,"following":false,` +
		`"follow_request_sent":false,"notifications":false,"translator_type":"none","withheld_in_countries":[],` +
		`"suspended":false,"needs_phone_verification":false,"email":"reader.` + hole + `@example.com"}`)
)

// answerTemplate is an answer with holes for a person's number, all of one
// length, so that an answer is a copy.
type answerTemplate struct {
	text  string
	holes []int
}

func template(text string) answerTemplate {
	t := answerTemplate{text: text}
	for at := 0; ; {
		i := strings.Index(text[at:], hole)
		if i < 0 {
			return t
		}
		at += i
		t.holes = append(t.holes, at)
		at += len(hole)
	}
}

// fill appends the answer for person number i to b.
func (t answerTemplate) fill(b []byte, i uint64) []byte {
	var number [20]byte
	text := strconv.AppendUint(number[:0], i+1_000_000_000, 10)[1:]
	begin := len(b)
	b = append(b, t.text...)
	for _, at := range t.holes {
		copy(b[begin+at:], text)
	}
	return b
}
