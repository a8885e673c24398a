package twittertest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// profileV2 is the user object of the v2 API: what is asked for and not empty.
type profileV2 struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	Username       string     `json:"username"`
	CreatedAt      string     `json:"created_at,omitempty"`
	ConfirmedEmail string     `json:"confirmed_email,omitempty"`
	Description    string     `json:"description,omitempty"`
	Location       string     `json:"location,omitempty"`
	ImageURL       string     `json:"profile_image_url,omitempty"`
	Protected      *bool      `json:"protected,omitempty"`
	PublicMetrics  *metricsV2 `json:"public_metrics,omitempty"`
	URL            string     `json:"url,omitempty"`
	Verified       *bool      `json:"verified,omitempty"`
	VerifiedType   string     `json:"verified_type,omitempty"`
}

type metricsV2 struct {
	Followers int `json:"followers_count"`
	Following int `json:"following_count"`
	Posts     int `json:"post_count"`
	Listed    int `json:"listed_count"`
	Likes     int `json:"like_count"`
}

// invalidRequest is the problem document of a parameter that v2 does not know.
type invalidRequest struct {
	Errors []invalidParameter `json:"errors"`
	Title  string             `json:"title"`
	Detail string             `json:"detail"`
	Type   string             `json:"type"`
}

type invalidParameter struct {
	Parameters map[string][]string `json:"parameters"`
	Message    string              `json:"message"`
}

// usersMe is GET /2/users/me.
func (s *Server) usersMe(c *call) answer {
	var g grant
	a := s.update(c.now, func(l *ledger) answer {
		var refused *refusal
		if g, refused = s.verifyV2(c, l); refused != nil {
			return refused.problem()
		}
		return answer{}
	})
	if a.status != 0 {
		return a
	}
	fields, invalid := v2Fields(c.params.query)
	lacking := g.missingScopes(fields)
	switch {
	case invalid != nil:
		a = jsonAnswer(http.StatusBadRequest, typeProblem, invalidRequest{
			Errors: []invalidParameter{*invalid},
			Title:  "Invalid Request", Detail: "One or more parameters to your request was invalid.",
			Type: "https://api.twitter.com/2/problems/invalid-request",
		})
		a.reason = invalid.Message
	case len(lacking) > 0:
		a = scopesProblem(lacking)
	case g.person.RawV2 != nil:
		a = newAnswer(http.StatusOK, typeJSON, g.person.RawV2)
	default:
		a = jsonAnswer(http.StatusOK, typeJSON, map[string]profileV2{"data": g.person.profileV2(fields)})
	}
	addAPIHeader(a, g, c.now)
	return a
}

// v2Fields checks the query, of which X accepts nothing it does not know, and
// returns the fields it asks for.
func v2Fields(query []param) (fields []string, invalid *invalidParameter) {
	known := map[string][]string{
		"user.fields": {
			"confirmed_email", "connection_status", "created_at", "description", "entities", "id", "is_identity_verified",
			"location", "name", "parody", "profile_banner_url", "profile_image_url", "protected", "public_metrics",
			"receives_your_dm", "subscribes_to_you", "subscription", "subscription_type", "url", "username", "verified",
			"verified_followers_count", "verified_type", "withheld",
		},
		"expansions": {"affiliation", "most_recent_post_id", "pinned_post_id"},
	}
	for _, q := range query {
		allowed, found := known[q.name]
		if !found {
			return nil, &invalidParameter{
				Parameters: map[string][]string{q.name: {q.value}},
				Message:    fmt.Sprintf("The query parameter [%s] is not one of [expansions,user.fields]", q.name),
			}
		}
		for value := range strings.SplitSeq(q.value, ",") {
			if !slices.Contains(allowed, value) {
				return nil, &invalidParameter{
					Parameters: map[string][]string{q.name: {q.value}},
					Message:    fmt.Sprintf("The `%s` query parameter value [%s] is not one of [%s]", q.name, value, strings.Join(allowed, ",")),
				}
			}
		}
		if q.name == "user.fields" {
			fields = strings.Split(q.value, ",")
		}
	}
	return fields, nil
}

func (p Person) profileV2(fields []string) profileV2 {
	v := profileV2{ID: p.ID, Name: p.Name, Username: p.ScreenName}
	for _, field := range fields {
		switch field {
		case "created_at":
			v.CreatedAt = p.createdAt().Format("2006-01-02T15:04:05.000Z")
		case "confirmed_email":
			v.ConfirmedEmail = p.Email
		case "description":
			v.Description = p.Description
		case "location":
			v.Location = p.Location
		case "profile_image_url":
			v.ImageURL = p.avatar()
		case "protected":
			v.Protected = &p.Protected
		case "public_metrics":
			v.PublicMetrics = &metricsV2{Followers: 42, Following: 17, Posts: 311, Listed: 1, Likes: 128}
		case "url":
			v.URL = p.URL
		case "verified":
			v.Verified = &p.Verified
		case "verified_type":
			v.VerifiedType = "none"
			if p.Verified {
				v.VerifiedType = "blue"
			}
		}
	}
	return v
}
