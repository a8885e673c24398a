package oauth2flow

import (
	"encoding/json"
	"maps"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const lifetimeMember = "expires_in"

// normalised returns a token answer as x/oauth2 reads it right, and its header.
// x/oauth2 gives up on an expires_in that is no plain integer, lets a long one
// overflow, and takes JSON that is called text for a form. By then the code is
// spent: a token without its expiry is worth more than none.
func normalised(header http.Header, body []byte) (http.Header, []byte) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) == nil {
		own := http.Header{}
		maps.Copy(own, header)
		own.Set("Content-Type", "application/json")
		return own, normalisedJSON(members)
	}
	switch kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind {
	case "application/x-www-form-urlencoded", "text/plain":
		body = normalisedForm(body)
	}
	return header, body
}

func normalisedJSON(members map[string]json.RawMessage) []byte {
	lifetime := ""
	var number json.Number // reads strings too
	if json.Unmarshal(members[lifetimeMember], &number) == nil {
		lifetime = seconds(number.String())
	}
	for name := range members {
		if strings.EqualFold(name, lifetimeMember) { // encoding/json ignores case
			delete(members, name)
		}
	}
	if lifetime != "" {
		members[lifetimeMember] = json.RawMessage(lifetime)
	}
	body, _ := json.Marshal(members) // it has been JSON before
	return body
}

func normalisedForm(body []byte) []byte {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return body
	}
	form.Set(lifetimeMember, seconds(form.Get(lifetimeMember)))
	return []byte(form.Encode())
}

// seconds returns a lifetime as a whole number within what x/oauth2 can hold, or
// "" if it is none.
func seconds(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) {
		return ""
	}
	return strconv.FormatInt(int64(min(max(f, -math.MaxInt32), math.MaxInt32)), 10)
}
