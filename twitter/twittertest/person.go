package twittertest

import (
	"encoding/json"
	"time"
)

// Person is an account at the stand-in for X.
type Person struct {
	// ID is the account's number, 1 to 19 digits. Required.
	ID string

	// ScreenName is the handle, without "@". Required. It may hold characters
	// that X would not allow, for tests of what an app does with them.
	ScreenName string

	// Name is the display name.
	Name string

	// Email is the account's confirmed address, given to whoever asks for it: the
	// app counts as permitted to. If empty, NoEmail says how the profile tells.
	Email   string
	NoEmail NoEmail

	// OmitIDStr leaves id_str out of the v1.1 profile, so that the ID is to be
	// had from a JSON number only.
	OmitIDStr bool

	// AvatarURL is the https URL of the picture. If empty, the account has X's
	// default picture.
	AvatarURL string

	// Location, Description and URL are null in the v1.1 profile if empty.
	Location, Description, URL string

	// CreatedAt is when the account was made. If zero, a fixed day in 2015.
	CreatedAt time.Time

	// Protected and Verified are the profile's flags of these names.
	Protected, Verified bool

	// Suspended makes the profile calls answer 403 with code 64. The account can
	// still approve, as the stand-in has no log-in that could stop it.
	Suspended bool

	// Raw, if not nil, is the v1.1 profile's body, sent byte for byte whatever
	// the request asks for and whether or not it is JSON. RawV2 is the same for
	// /2/users/me.
	Raw, RawV2 json.RawMessage
}

// NoEmail is how a v1.1 profile tells that an account has no e-mail address.
// X does it in three ways.
type NoEmail string

// The ways to have no e-mail address.
const (
	NoEmailNull   NoEmail = ""       // "email": null
	NoEmailEmpty  NoEmail = "empty"  // "email": ""
	NoEmailAbsent NoEmail = "absent" // no such member
)

// MadeUpPeople returns the people of a [Server] whose [Config] names none: the
// first is ordinary, and each of the others has something that sign-ups get
// wrong. The slice is the caller's.
//
// None of the IDs has been given out by X. The pictures are on hosts below
// .example, which do not exist, so that no page with these people on it makes a
// browser talk to X.
func MadeUpPeople() []Person {
	const pictures = "https://pbs.twimg.example/profile_images/"
	return []Person{
		{
			ID:          "9007199254740881",
			ScreenName:  "ada_quill",
			Name:        "Ada Quill",
			Email:       "ada.quill@example.com",
			AvatarURL:   pictures + "9007199254740881/k3Yb2aQx_normal.jpg",
			Location:    "Porto",
			Description: "Letterpress and long walks.",
			URL:         "https://ada-quill.example/",
			CreatedAt:   time.Date(2011, time.March, 4, 9, 26, 53, 0, time.UTC),
		},
		{
			// The ID does not survive a float64.
			ID:          "9100000000000000019",
			ScreenName:  "hanako_mori",
			Name:        "森 花子 🌸",
			Email:       "hanako.mori@example.com",
			AvatarURL:   pictures + "9100000000000000019/Zt81mmPq_normal.png",
			Location:    "京都",
			Description: "お茶と写真。☕️📷",
			Verified:    true,
		},
		{
			// Signed up with a telephone number; written from right to left.
			ID:         "9100000000000000027",
			ScreenName: "samir_nour",
			Name:       "سمير نور",
			Location:   "بيروت",
		},
		{
			// Markup, quotes and an ampersand in a name, an address with a tag.
			ID:          "9100000000000000031",
			ScreenName:  "Bobby_OTables",
			Name:        `Robert "Bobby" O'Tables <b>& Sons</b>`,
			Email:       "bobby+x@example.com",
			Description: `5 > 4 && "quotes" aren't </script> tags; 100% + more`,
			URL:         "https://tables.example/?a=1&b=2",
			Protected:   true,
		},
		{
			// A name without a letter in it, and "" for an address.
			ID:         "9100000000000000044",
			ScreenName: "_fox_",
			Name:       "🦊🏳️‍🌈",
			NoEmail:    NoEmailEmpty,
		},
		{
			ID:         "9100000000000000052",
			ScreenName: "parked_account",
			Name:       "Parked Account",
			NoEmail:    NoEmailAbsent,
			Suspended:  true,
		},
	}
}

// createdAt is CreatedAt or its default.
func (p Person) createdAt() time.Time {
	if p.CreatedAt.IsZero() {
		return time.Date(2015, time.October, 21, 23, 53, 4, 0, time.UTC)
	}
	return p.CreatedAt.UTC()
}

// avatar is AvatarURL or the default picture.
func (p Person) avatar() string {
	if p.AvatarURL == "" {
		return "https://abs.twimg.example/sticky/default_profile_images/default_profile_normal.png"
	}
	return p.AvatarURL
}
