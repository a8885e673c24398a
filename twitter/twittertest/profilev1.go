package twittertest

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// profileLimit is how often the profile may be asked for in 15 minutes.
const profileLimit = 75

// profileV1 is the user object of the v1.1 API, in about the order X writes it.
type profileV1 struct {
	ID                json.Number     `json:"id"`
	IDStr             *string         `json:"id_str,omitempty"`
	Name              string          `json:"name"`
	ScreenName        string          `json:"screen_name"`
	Location          *string         `json:"location"`
	Description       *string         `json:"description"`
	URL               *string         `json:"url"`
	Entities          *userEntities   `json:"entities,omitempty"`
	Protected         bool            `json:"protected"`
	Followers         int             `json:"followers_count"`
	Friends           int             `json:"friends_count"`
	Listed            int             `json:"listed_count"`
	CreatedAt         string          `json:"created_at"`
	Favourites        int             `json:"favourites_count"`
	UTCOffset         *int            `json:"utc_offset"`
	TimeZone          *string         `json:"time_zone"`
	GeoEnabled        bool            `json:"geo_enabled"`
	Verified          bool            `json:"verified"`
	Statuses          int             `json:"statuses_count"`
	Lang              *string         `json:"lang"`
	Status            json.RawMessage `json:"status,omitempty"`
	Contributors      bool            `json:"contributors_enabled"`
	IsTranslator      bool            `json:"is_translator"`
	BackgroundColor   string          `json:"profile_background_color"`
	BackgroundTile    bool            `json:"profile_background_tile"`
	ImageURL          string          `json:"profile_image_url"`
	ImageURLHTTPS     string          `json:"profile_image_url_https"`
	LinkColor         string          `json:"profile_link_color"`
	TextColor         string          `json:"profile_text_color"`
	UseBackground     bool            `json:"profile_use_background_image"`
	HasExtended       bool            `json:"has_extended_profile"`
	DefaultProfile    bool            `json:"default_profile"`
	DefaultImage      bool            `json:"default_profile_image"`
	Following         bool            `json:"following"`
	FollowRequest     bool            `json:"follow_request_sent"`
	Notifications     bool            `json:"notifications"`
	TranslatorType    string          `json:"translator_type"`
	Withheld          []string        `json:"withheld_in_countries"`
	Suspended         bool            `json:"suspended"`
	NeedsVerification bool            `json:"needs_phone_verification"`
	Email             json.RawMessage `json:"email,omitempty"`
}

type userEntities struct {
	URL         *urlList `json:"url,omitempty"`
	Description urlList  `json:"description"`
}

type urlList struct {
	URLs []urlEntity `json:"urls"`
}

type urlEntity struct {
	URL      string `json:"url"`
	Expanded string `json:"expanded_url"`
	Display  string `json:"display_url"`
	Indices  [2]int `json:"indices"`
}

// verifyCredentials is GET /1.1/account/verify_credentials.json.
func (s *Server) verifyCredentials(c *call) answer {
	var g grant
	a := s.update(c.now, func(l *ledger) answer {
		var refused *refusal
		if g, refused = s.verifyPerson(c, l); refused != nil {
			return refused.answer()
		}
		return answer{}
	})
	if a.status != 0 {
		return a
	}
	if g.person.Raw != nil {
		a = newAnswer(http.StatusOK, typeJSON, g.person.Raw)
	} else {
		a = jsonAnswer(http.StatusOK, typeJSON, g.person.profileV1(c.params))
	}
	addAPIHeader(a, g, c.now)
	return a
}

// addAPIHeader adds what X's API answers carry.
func addAPIHeader(a answer, g grant, now time.Time) {
	maps.Copy(a.header, rateLimitHeader(profileLimit-1, now.Add(15*time.Minute)))
	a.header.Set("X-Access-Level", "read-write")
	if g.readOnly {
		a.header.Set("X-Access-Level", "read")
	}
}

func (p Person) profileV1(ps params) profileV1 {
	v := profileV1{
		ID: json.Number(p.ID), Name: p.Name, ScreenName: p.ScreenName,
		Location: orNull(p.Location), Description: orNull(p.Description), URL: orNull(p.URL),
		Protected: p.Protected, Verified: p.Verified, Suspended: p.Suspended,
		Followers: 42, Friends: 17, Listed: 1, Favourites: 128, Statuses: 311,
		CreatedAt:       p.createdAt().Format(time.RubyDate),
		BackgroundColor: "F5F8FA", LinkColor: "1DA1F2", TextColor: "333333", UseBackground: true,
		ImageURL: "http" + strings.TrimPrefix(p.avatar(), "https"), ImageURLHTTPS: p.avatar(),
		DefaultProfile: true, DefaultImage: p.AvatarURL == "",
		TranslatorType: "none", Withheld: []string{},
	}
	if !p.OmitIDStr {
		v.IDStr = &p.ID
	}
	if ps.get("include_entities") != "false" {
		v.Entities = &userEntities{Description: urlList{[]urlEntity{}}}
		if p.URL != "" {
			v.Entities.URL = &urlList{[]urlEntity{{p.URL, p.URL, p.URL, [2]int{0, len(p.URL)}}}}
		}
	}
	switch ps.get("skip_status") {
	case "true", "t", "1":
	default:
		v.Status = latestPost(p)
	}
	// X takes the word in lower case only.
	if ps.get("include_email") == "true" {
		v.Email = p.emailV1()
	}
	return v
}

// emailV1 is the JSON of the email member; nil leaves it out.
func (p Person) emailV1() json.RawMessage {
	switch {
	case p.Email != "":
		quoted, _ := json.Marshal(p.Email) // a string has a JSON form
		return quoted
	case p.NoEmail == NoEmailEmpty:
		return json.RawMessage(`""`)
	case p.NoEmail == NoEmailAbsent:
		return nil
	}
	return json.RawMessage("null")
}

// latestPost is a post as large as the largest that has been seen, about 11 KB,
// because a client that forgets skip_status gets one of these.
func latestPost(p Person) json.RawMessage {
	const size = 11_000
	type media struct {
		ID       int64  `json:"id"`
		IDStr    string `json:"id_str"`
		Indices  [2]int `json:"indices"`
		MediaURL string `json:"media_url_https"`
		Type     string `json:"type"`
		AltText  string `json:"ext_alt_text"`
	}
	post := struct {
		CreatedAt string         `json:"created_at"`
		ID        int64          `json:"id"`
		IDStr     string         `json:"id_str"`
		Text      string         `json:"text"`
		Truncated bool           `json:"truncated"`
		Entities  map[string]any `json:"entities"`
		Source    string         `json:"source"`
		ReplyTo   *string        `json:"in_reply_to_status_id_str"`
		Geo       *string        `json:"geo"`
		Reposts   int            `json:"retweet_count"`
		Favorites int            `json:"favorite_count"`
		Lang      string         `json:"lang"`
	}{
		CreatedAt: p.createdAt().AddDate(1, 0, 0).Format(time.RubyDate),
		ID:        9100000000000001234, IDStr: "9100000000000001234",
		Text:   "A post with pictures.",
		Source: `<a href="https://app.example" rel="nofollow">An App</a>`,
		Lang:   "en",
	}
	var pictures []media
	for written := 0; written < size; {
		m := media{
			ID: 9100000000000005000 + int64(len(pictures)), Indices: [2]int{22, 45},
			MediaURL: "https://pbs.twimg.example/media/" + strconv.Itoa(len(pictures)) + ".jpg", Type: "photo",
			AltText: strings.Repeat("A picture of a hill. ", 40),
		}
		m.IDStr = strconv.FormatInt(m.ID, 10)
		pictures = append(pictures, m)
		written += len(m.AltText) + 150
	}
	post.Entities = map[string]any{"hashtags": []any{}, "urls": []any{}, "user_mentions": []any{}, "media": pictures}
	data, _ := json.Marshal(post) // strings and numbers only
	return data
}

// orNull is how v1.1 writes what a person left empty.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
