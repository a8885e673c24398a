package twitter

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
)

// text is a JSON string, or "" for anything else: X sends null, leaves members
// out, and has changed types before.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if s, ok := unquote(data); ok {
		*t = text(s)
	}
	return nil
}

// unquote returns the string that data is. Most have nothing to decode.
func unquote(data []byte) (s string, ok bool) {
	if len(data) < 2 || data[0] != '"' {
		return "", false
	}
	if inner := data[1 : len(data)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	var decoded string
	err := json.Unmarshal(data, &decoded)
	return decoded, err == nil
}

// digits is a JSON integer or a string, with every digit it was sent with: IDs
// exceed 2^53, so they must never become a float64.
type digits string

func (d *digits) UnmarshalJSON(data []byte) error {
	s, quoted := unquote(data)
	if !quoted && !bytes.ContainsFunc(data, func(r rune) bool { return r < '0' || r > '9' }) {
		s = string(data)
	}
	*d = digits(s) // of null, true, 1e21, 1.5 and objects: none
	return nil
}

var errNotAProfile = errors.New("the profile is not the JSON object that X documents")

// ParseVerifyCredentials reads the answer of v1.1 account/verify_credentials:
// https://developer.x.com/en/docs/twitter-api/v1/accounts-and-users/manage-account-settings/api-reference/get-account-verify_credentials
//
// It takes id_str, or id where that is missing, keeps every digit, and reads
// null, empty and absent alike. X returns an e-mail address only after the
// person confirmed it, so one that comes counts as verified. Without an ID it
// fails with [provider.ErrIdentity].
func ParseVerifyCredentials(raw []byte) (provider.Profile, error) {
	var v struct {
		ID              digits `json:"id"`
		IDStr           text   `json:"id_str"`
		ScreenName      text   `json:"screen_name"`
		Name            text   `json:"name"`
		Email           text   `json:"email"`
		Location        text   `json:"location"`
		Description     text   `json:"description"`
		URL             text   `json:"url"`
		ProfileImageURL text   `json:"profile_image_url_https"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return provider.Profile{}, profileError()
	}
	id := string(v.IDStr)
	if id == "" {
		id = string(v.ID)
	}
	return newProfile(provider.Profile{
		ID: id, Username: string(v.ScreenName), Name: string(v.Name), Email: string(v.Email),
		Location: string(v.Location), Description: string(v.Description), URL: string(v.URL),
		AvatarURL: string(v.ProfileImageURL), Raw: raw,
	})
}

// ParseUsersMe reads the answer of v2 users/me:
// https://docs.x.com/x-api/users/get-my-user
//
// The answer may come with status 200 and errors in place of data; that is an
// error here too, with the hints for a [Config]. confirmed_email counts as
// verified.
func ParseUsersMe(raw []byte) (provider.Profile, error) { return parseUsersMe(raw, table) }

func parseUsersMe(raw []byte, entries []entry) (provider.Profile, error) {
	var v struct {
		Data *struct {
			ID              digits `json:"id"`
			Username        text   `json:"username"`
			Name            text   `json:"name"`
			Email           text   `json:"confirmed_email"`
			Location        text   `json:"location"`
			Description     text   `json:"description"`
			URL             text   `json:"url"`
			ProfileImageURL text   `json:"profile_image_url"`
		} `json:"data"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return provider.Profile{}, profileError()
	}
	if v.Data == nil {
		d := read(raw, entries)
		d.Kind = provider.ErrProtocol
		d.Reason = "X answered with errors in place of a profile"
		return provider.Profile{}, &d
	}
	return newProfile(provider.Profile{
		ID: string(v.Data.ID), Username: string(v.Data.Username), Name: string(v.Data.Name), Email: string(v.Data.Email),
		Location: string(v.Data.Location), Description: string(v.Data.Description), URL: string(v.Data.URL),
		AvatarURL: string(v.Data.ProfileImageURL), Raw: raw,
	})
}

// checkID refuses IDs that are not X's. "9.1e+18" is one that went through a
// float64 on its way: several people's. X's are digits; what else is a plain
// word, a stand-in may use. The handle is no ID: it changes hands.
func checkID(op provider.Op, id, username string) error {
	if provider.CodeWord(id) == "" || strings.ContainsAny(id, ".-") || id == username {
		return &provider.Error{
			Provider: Name, Op: op, Kind: provider.ErrIdentity, Status: http.StatusOK,
			Reason: "the person's ID cannot be used: it is not one of X's",
		}
	}
	return nil
}

// identified returns tok if it is of somebody whom X can mean, or of whom it does
// not say.
func identified(tok provider.Token, err error) (provider.Token, error) {
	if err == nil && tok.Subject != "" {
		err = checkID(provider.OpAccessToken, tok.Subject, tok.Username)
	}
	if err != nil {
		return provider.Token{}, explained(err)
	}
	return tok, nil
}

// newProfile applies what holds for both versions.
func newProfile(p provider.Profile) (provider.Profile, error) {
	if err := provider.CheckID(p.ID); err != nil {
		return provider.Profile{}, err
	}
	if err := checkID(provider.OpProfile, p.ID, p.Username); err != nil {
		return provider.Profile{}, err
	}
	p.EmailVerified = p.Email != ""
	if !strings.HasPrefix(p.AvatarURL, "https://") {
		p.AvatarURL = ""
	}
	return p, nil
}

// profileError hides the decoder's error, which may quote the answer.
func profileError() error {
	return &provider.Error{Op: provider.OpProfile, Kind: provider.ErrProtocol, Err: errNotAProfile}
}
