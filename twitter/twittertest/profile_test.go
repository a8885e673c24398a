package twittertest_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

const profilePath = "/1.1/account/verify_credentials.json"

// profile fetches the v1.1 profile with the numbers as they are written.
func profile(t *testing.T, s *twittertest.Server, c credentials, query ...[2]string) (map[string]any, string) {
	t.Helper()
	resp, body, err := send(t.Context(), s, apiOrder(s, "GET", profilePath, c, query...))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var members map[string]any
	require.NoError(t, d.Decode(&members))
	return members, body
}

func TestProfileV1(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	ada := signUp(t, s, "")

	all, body := profile(t, s, ada)
	assert.GreaterOrEqual(t, len(all), 30)
	assert.NotContains(t, all, "email", "only who asks gets it")
	require.Contains(t, all, "entities")
	require.Contains(t, all, "status")
	post, err := json.Marshal(all["status"])
	require.NoError(t, err)
	assert.InDelta(t, 11_000, len(post), 1_500)
	assert.Greater(t, len(body), len(post))

	lean, body := profile(t, s, ada, [2]string{"include_email", "true"}, [2]string{"skip_status", "1"}, [2]string{"include_entities", "false"})
	assert.Less(t, len(body), 2_000)
	assert.NotContains(t, lean, "status")
	assert.NotContains(t, lean, "entities")
	assert.Equal(t, json.Number("9007199254740881"), lean["id"])
	assert.Equal(t, "9007199254740881", lean["id_str"])
	assert.Equal(t, "Ada Quill", lean["name"])
	assert.Equal(t, "ada.quill@example.com", lean["email"])
	assert.Equal(t, "Porto", lean["location"])
	assert.Equal(t, "Fri Mar 04 09:26:53 +0000 2011", lean["created_at"])
	assert.Equal(t, false, lean["default_profile_image"])

	python, _ := profile(t, s, ada, [2]string{"include_email", "True"})
	assert.NotContains(t, python, "email", "the word is in lower case")
}

func TestProfileShapes(t *testing.T) {
	t.Parallel()
	people := twittertest.MadeUpPeople()
	people = append(people,
		twittertest.Person{ID: "101", ScreenName: "no_id_str", OmitIDStr: true},
		twittertest.Person{ID: "102", ScreenName: "raw", Raw: json.RawMessage("{ \"id\":\t102 ,\"id_str\":102 }\n<!-- not JSON -->"), RawV2: json.RawMessage(`{"data":{"id":102}} `)},
	)
	s := start(t, twittertest.Config{People: people})
	email := [2]string{"include_email", "true"}

	hanako, _ := profile(t, s, signUp(t, s, "9100000000000000019"), email)
	assert.Equal(t, json.Number("9100000000000000019"), hanako["id"], "digit for digit")
	assert.Equal(t, "森 花子 🌸", hanako["name"])
	assert.Nil(t, hanako["url"])
	assert.Contains(t, hanako, "url")

	phone, _ := profile(t, s, signUp(t, s, "9100000000000000027"), email)
	require.Contains(t, phone, "email")
	assert.Nil(t, phone["email"])
	assert.Nil(t, phone["description"])
	assert.Equal(t, true, phone["default_profile_image"])

	markup, _ := profile(t, s, signUp(t, s, "9100000000000000031"), email)
	assert.Equal(t, `Robert "Bobby" O'Tables <b>& Sons</b>`, markup["name"])

	fox, _ := profile(t, s, signUp(t, s, "9100000000000000044"), email)
	assert.Equal(t, "", fox["email"])

	noIDStr, _ := profile(t, s, signUp(t, s, "101"), email)
	assert.NotContains(t, noIDStr, "id_str")
	assert.Equal(t, json.Number("101"), noIDStr["id"])

	raw := signUp(t, s, "102")
	_, body, err := send(t.Context(), s, apiOrder(s, "GET", profilePath, raw, email))
	require.NoError(t, err)
	assert.Equal(t, "{ \"id\":\t102 ,\"id_str\":102 }\n<!-- not JSON -->", body)
	_, body, err = send(t.Context(), s, apiOrder(s, "GET", "/2/users/me", raw))
	require.NoError(t, err)
	assert.Equal(t, `{"data":{"id":102}} `, body)
}

func TestAbsentEmail(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{People: []twittertest.Person{{ID: "1", ScreenName: "a", NoEmail: twittertest.NoEmailAbsent}}})
	members, _ := profile(t, s, signUp(t, s, "1"), [2]string{"include_email", "true"})
	assert.NotContains(t, members, "email")
}

func TestSuspended(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	c := signUp(t, s, "9100000000000000052")
	for path, want := range map[string]string{
		profilePath:   `{"errors":[{"code":64,"message":"Your account is suspended and is not permitted to access this feature."}]}`,
		"/2/users/me": `{"errors":[{"code":64,"message":"Your account is suspended and is not permitted to access this feature."}],"title":"Forbidden","detail":"Forbidden","type":"about:blank","status":403}`,
	} {
		resp, body, err := send(t.Context(), s, apiOrder(s, "GET", path, c))
		require.NoError(t, err)
		assert.Equal(t, http.StatusForbidden, resp.StatusCode)
		assert.JSONEq(t, want, body)
	}
	resp, _, err := send(t.Context(), s, apiOrder(s, "POST", "/1.1/oauth/invalidate_token", c))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, resp.StatusCode, "the token can be given back")
}

func TestProfileV2(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	c := signUp(t, s, "")
	data := func(fields string) map[string]any {
		resp, body, err := send(t.Context(), s, apiOrder(s, "GET", "/2/users/me", c, [2]string{"user.fields", fields}))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode)
		var v struct{ Data map[string]any }
		require.NoError(t, json.Unmarshal([]byte(body), &v))
		maps.DeleteFunc(v.Data, func(name string, _ any) bool { return name == "id" || name == "name" || name == "username" })
		return v.Data
	}
	assert.Empty(t, data("id,name,username,entities"))
	assert.Equal(t, map[string]any{
		"created_at": "2011-03-04T09:26:53.000Z", "confirmed_email": "ada.quill@example.com", "description": "Letterpress and long walks.",
		"location": "Porto", "profile_image_url": "https://pbs.twimg.example/profile_images/9007199254740881/k3Yb2aQx_normal.jpg",
		"protected": false, "url": "https://ada-quill.example/", "verified": false, "verified_type": "none",
	}, data("created_at,confirmed_email,description,location,profile_image_url,protected,url,verified,verified_type"))
	assert.Contains(t, data("public_metrics"), "public_metrics")

	for _, query := range [][2]string{{"user.fields", "id,email"}, {"include_email", "true"}, {"expansions", "pinned_tweet_id"}, {"user.fields", ""}} {
		resp, body, err := send(t.Context(), s, apiOrder(s, "GET", "/2/users/me", c, query))
		require.NoError(t, err)
		assert.Equal(t, http.StatusBadRequest, resp.StatusCode, query)
		assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"))
		assert.Contains(t, body, `"title":"Invalid Request"`)
		assert.Contains(t, body, "/2/problems/invalid-request")
	}
}

func TestAccessLevel(t *testing.T) {
	t.Parallel()
	s := start(t, twittertest.Config{})
	for access, want := range map[string]string{"": "read-write", "read": "read", "write": "read-write"} {
		o := requestTokenOrder(s, callback)
		if access != "" {
			o.body = [][2]string{{"x_auth_access_type", access}}
		}
		_, body, err := send(t.Context(), s, o)
		require.NoError(t, err)
		c, _ := credentialsOf(t, body)
		_, body, err = send(t.Context(), s, accessTokenOrder(s, c, approve(t, s, c, "")))
		require.NoError(t, err)
		token, _ := credentialsOf(t, body)
		resp, _, err := send(t.Context(), s, apiOrder(s, "GET", profilePath, token))
		require.NoError(t, err)
		assert.Equal(t, want, resp.Header.Get("X-Access-Level"), access)
	}
}
