package providers_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/providers"
)

// secretText is in bodies that no error may quote.
const secretText = "MARKER-of-the-body"

// signedClaims signs a changed fixture, valid for a while.
func signedClaims(t *testing.T, text string, change map[string]any, secret string) string {
	t.Helper()
	members := map[string]any{"iat": time.Now().Unix(), "exp": time.Now().Unix() + 100}
	maps.Copy(members, change)
	return sign(`{"typ":"JWT","alg":"HS256"}`, edit(t, text, members), secret)
}

func sign(header, claims, secret string) string {
	return signed(encode(header), encode(claims), secret)
}

// signed signs two parts that are encoded already, or are not.
func signed(header, claims, secret string) string {
	text := header + "." + claims
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + encode(string(mac.Sum(nil)))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// inThrees adds blanks until base64 decodes the whole text, whatever follows it.
func inThrees(text string) string { return text + strings.Repeat(" ", (3-len(text)%3)%3) }

func TestMediaWikiIdentity(t *testing.T) {
	t.Parallel()
	text := fixture(t, "mediawiki.json")
	good := signedClaims(t, text, nil, consumerSecret)
	parts := strings.Split(good, ".")
	claims := edit(t, text, map[string]any{"exp": time.Now().Unix() + 100})
	other := strings.Split(signedClaims(t, text, map[string]any{"sub": 666}, "guess"), ".")
	for _, test := range []struct {
		name, body string
		kind       error
	}{
		{"with a line break", good + "\n", nil},
		{"another secret", signedClaims(t, text, nil, "guess"), provider.ErrIdentity},
		{"another payload", parts[0] + "." + other[1] + "." + parts[2], provider.ErrIdentity},
		{"no signature", parts[0] + "." + parts[1] + ".", provider.ErrIdentity},
		{"unsigned", sign(`{"typ":"JWT","alg":"none"}`, text, consumerSecret), provider.ErrProtocol},
		{"another consumer", signedClaims(t, text, map[string]any{"aud": "other"}, consumerSecret), provider.ErrIdentity},
		{"another wiki", signedClaims(t, text, map[string]any{"iss": "https://evil.example"}, consumerSecret), provider.ErrIdentity},
		{"no wiki", signedClaims(t, text, map[string]any{"iss": absent}, consumerSecret), provider.ErrIdentity},
		{"too old", signedClaims(t, text, map[string]any{"exp": time.Now().Unix() - 600}, consumerSecret), provider.ErrIdentity},
		{"a clock that is off", signedClaims(t, text, map[string]any{"exp": time.Now().Unix() - 60}, consumerSecret), nil},
		{"nobody", signedClaims(t, text, map[string]any{"sub": 0}, consumerSecret), provider.ErrIdentity},
		{"not signed in", signedClaims(t, text, map[string]any{"sub": nil}, consumerSecret), provider.ErrIdentity},
		{"an error with status 200", `{"error":"mwoauth-oauth-exception","message":"` + secretText + `"}`, provider.ErrTokenInvalid},
		{"blocked", `{"error":"mwoauth-invalid-authorization-blocked-user","message":"` + secretText + `"}`, provider.ErrAccountUnusable},
		{"a page", "<html>" + secretText, provider.ErrProtocol},
		{"an object without an error", `{"message":"` + secretText + `"}`, provider.ErrProtocol},
		{"an error that is said twice", `{"error":"mwoauth-oauth-exception","error":1}`, provider.ErrProtocol},
		{"an algorithm that is said twice", sign(`{"alg":"HS256","alg":1}`, claims, consumerSecret), provider.ErrProtocol},
		{"a header that is no base64", signed(encode(`{"alg":"HS256"}`)+"!", encode(claims), consumerSecret), provider.ErrProtocol},
		{"claims that are no base64", signed(encode(`{"alg":"HS256"}`), encode(inThrees(claims))+"!", consumerSecret), provider.ErrProtocol},
		{"a signature that is no base64", good + "!", provider.ErrIdentity},
		{"a wiki that is no URL", signedClaims(t, text, map[string]any{"iss": "https://wiki.example/%zz"}, consumerSecret), provider.ErrIdentity},
		{"no JSON in it", sign(`{"alg":"HS256"}`, secretText, consumerSecret), provider.ErrProtocol},
		{"nothing", "", provider.ErrProtocol},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake1(t, rowOf1(t, "MediaWiki"))
			f.profile = test.body
			_, p, err := f.signUp()
			if test.kind == nil {
				require.NoError(t, err)
				assert.Equal(t, "9007199254740993", p.ID)
				return
			}
			require.ErrorIs(t, err, test.kind)
			assert.NotContains(t, err.Error(), secretText)
			assert.NotContains(t, err.Error(), consumerSecret)
		})
	}
}

// Without the secret nothing that is signed with an empty one is believed.
func TestMediaWikiWithoutSecret(t *testing.T) {
	t.Parallel()
	row := rowOf1(t, "MediaWiki")
	row.config = func() oauth1flow.Config {
		return providers.MediaWiki("https://wiki.example/w/index.php", consumerKey, provider.Secret{})
	}
	f := newFake1(t, row)
	f.profile = signedClaims(t, fixture(t, "mediawiki.json"), nil, "")
	_, _, err := f.signUp()
	assert.ErrorIs(t, err, provider.ErrIdentity)
}

// A wiki that has no host is no wiki's, also not of one that has none either.
func TestMediaWikiWithoutHost(t *testing.T) {
	t.Parallel()
	for index, issuer := range map[string]string{
		"/w/index.php": "/w/index.php", "https://wiki.example/%zz": "https://wiki.example",
	} {
		cfg := providers.MediaWiki(index, consumerKey, provider.NewSecret(consumerSecret))
		_, err := cfg.ParseProfile([]byte(signedClaims(t, fixture(t, "mediawiki.json"), map[string]any{"iss": issuer}, consumerSecret)))
		require.ErrorIs(t, err, provider.ErrIdentity, index)
		assert.ErrorContains(t, err, "another wiki", index)
	}
}

func TestMediaWikiDefault(t *testing.T) {
	t.Parallel()
	cfg := providers.MediaWiki("", consumerKey, provider.NewSecret(consumerSecret))
	assert.Equal(t, "https://meta.wikimedia.org/w/index.php?title=Special%3AOAuth%2Finitiate", cfg.Endpoint.RequestTokenURL)
	assert.NotContains(t, strings.ToLower(cfg.ConsumerSecret.String()), consumerSecret)
}

// What the providers say with a status that says less.
func TestRefusedProfile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		function, name, body string
		status               int
		kind                 error
		code                 string
	}{
		{"Slack", "a dead token", `{"ok":false,"error":"token_revoked","x":"` + secretText + `"}`, 200, provider.ErrTokenInvalid, "token_revoked"},
		{"Slack", "a dead member", `{"ok":false,"error":"account_inactive"}`, 200, provider.ErrAccountUnusable, "account_inactive"},
		{"Slack", "a word unknown here", `{"ok":false,"error":"new_word"}`, 200, provider.ErrProtocol, "new_word"},
		{"Slack", "no workspace", `{"ok":true,"sub":"U1","https://slack.com/user_id":"U1"}`, 200, provider.ErrIdentity, ""},
		{"Slack", "no member", `{"ok":true,"sub":"U1","https://slack.com/team_id":"T1"}`, 200, provider.ErrIdentity, ""},
		{"Slack", "no JSON", secretText, 200, provider.ErrIdentity, ""},
		{"Facebook", "a dead token", `{"error":{"message":"` + secretText + `","type":"OAuthException","code":190,"fbtrace_id":"x"}}`, 400, provider.ErrTokenInvalid, "190"},
		{"Facebook", "too many calls", `{"error":{"code":4}}`, 403, provider.ErrRateLimited, "4"},
		{"Facebook", "something else", `{"error":{"code":100}}`, 400, provider.ErrRefused, "100"},
		{"Facebook", "a page", secretText, 401, provider.ErrTokenInvalid, ""},
		{"Facebook", "no number", `{"error":{"message":"` + secretText + `"}}`, 401, provider.ErrTokenInvalid, ""},
		{"Facebook", "a number that is said twice", `{"error":{"code":190,"code":"x"}}`, 400, provider.ErrRefused, ""},
		{"Spotify", "not on the list", "User not registered in the Developer Dashboard", 403, provider.ErrRefused, ""},
		{"Twitch", "nobody", `{"data":[]}`, 200, provider.ErrIdentity, ""},
		{"GitHub", "a dead token", `{"message":"Bad credentials"}`, 401, provider.ErrTokenInvalid, ""},
	} {
		t.Run(test.function+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake2(t, rowOf2(t, test.function))
			f.answers[f.row.profile], f.status[f.row.profile] = test.body, test.status
			_, _, err := f.signUp()
			checkRefusal(t, err, test.kind, test.code)
		})
	}
	for _, test := range []struct {
		function, name, body string
		kind                 error
		code                 string
	}{
		{"Flickr", "a dead token", `{"stat":"fail","code":98,"message":"` + secretText + `"}`, provider.ErrTokenInvalid, "98"},
		{"Flickr", "a bad key", `{"stat":"fail","code":100}`, provider.ErrRefused, "100"},
		{"Flickr", "a word unknown here", `{"stat":"fail","code":4711}`, provider.ErrProtocol, "4711"},
		{"Tumblr", "no UUID", `{"response":{"user":{"name":"ana","blogs":[{"name":"ana","primary":true}]}}}`, provider.ErrIdentity, ""},
		{"Tumblr", "a shared blog only", `{"response":{"user":{"name":"ana","blogs":[{"name":"choir","uuid":"t:1"}]}}}`, provider.ErrIdentity, ""},
		{"Tumblr", "no JSON", secretText, provider.ErrProtocol, ""},
		{"Discogs", "nobody", `{"username":"ana"}`, provider.ErrIdentity, ""},
		{"Trello", "nobody", `{"id":null}`, provider.ErrIdentity, ""},
	} {
		t.Run(test.function+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake1(t, rowOf1(t, test.function))
			f.profile = test.body
			_, _, err := f.signUp()
			checkRefusal(t, err, test.kind, test.code)
		})
	}
}

// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
func TestGitHubRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	const remaining, reset, wait = "X-Ratelimit-Remaining", "X-Ratelimit-Reset", "Retry-After"
	for _, test := range []struct {
		name   string
		status int
		header map[string]string
		kind   error
		until  time.Time
	}{
		{"spent", 403, map[string]string{remaining: "0", reset: "1700003600"}, provider.ErrRateLimited, now.Add(time.Hour)},
		{"spent, 429", 429, map[string]string{remaining: "0", reset: "1700003600"}, provider.ErrRateLimited, now.Add(time.Hour)},
		{"spent, no reset", 403, map[string]string{remaining: "0"}, provider.ErrRateLimited, time.Time{}},
		{"spent, a reset that is none", 403, map[string]string{remaining: "0", reset: "-1"}, provider.ErrRateLimited, time.Time{}},
		{"the secondary limit", 403, map[string]string{remaining: "4000", reset: "1700003600", wait: "60"}, provider.ErrRateLimited, now.Add(time.Minute)},
		{"the secondary limit, unreadable", 403, map[string]string{remaining: "4000", reset: "1700003600", wait: "soon"}, provider.ErrRateLimited, time.Time{}},
		{"both", 403, map[string]string{remaining: "0", reset: "1700003600", wait: "60"}, provider.ErrRateLimited, now.Add(time.Minute)},
		{"429 alone", 429, map[string]string{remaining: "4000", reset: "1700003600"}, provider.ErrRateLimited, time.Time{}},
		{"not allowed", 403, map[string]string{remaining: "4000", reset: "1700003600"}, provider.ErrRefused, time.Time{}},
		{"a dead token with the last call", 401, map[string]string{remaining: "0", reset: "1700003600"}, provider.ErrTokenInvalid, time.Time{}},
		{"down", 503, map[string]string{wait: "60"}, provider.ErrUnavailable, now.Add(time.Minute)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := provider.Refusal{
				Op: provider.OpProfile, Status: test.status, Header: http.Header{}, ReceivedAt: now, Body: []byte(`{"message":"` + secretText + `"}`),
			}
			for name, value := range test.header {
				r.Header.Set(name, value)
			}
			d := providers.GitHub().Diagnose(r)
			assert.Equal(t, test.kind, d.Kind)
			assert.True(t, test.until.Equal(d.RetryAt), d.RetryAt)
		})
	}
}

// Only the developer can mend a wrong secret, with whatever words and status it
// comes; what is like it is another matter.
func TestWrongClientSecret(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		function, name, body string
		status               int
		kind                 error
		code, hint           string
	}{
		{"Facebook", "wrong", `{"error":{"message":"Error validating client secret.","type":"OAuthException","code":1,"fbtrace_id":"x"}}`, 400, provider.ErrRefused, "1", "client secret"},
		{"Facebook", "an unknown error", `{"error":{"message":"` + secretText + `","code":1}}`, 400, provider.ErrUnavailable, "1", ""},
		{"Twitch", "wrong", `{"status":403,"message":"invalid client secret"}`, 403, provider.ErrRefused, "", "client secret"},
		{"Twitch", "a code that is too old", `{"status":400,"message":"Invalid authorization code"}`, 400, provider.ErrExpired, "", ""},
		{"Twitch", "a refusal that knows no code", `{"status":400,"message":"Invalid grant"}`, 400, provider.ErrExpired, "", ""},
	} {
		t.Run(test.function+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake2(t, rowOf2(t, test.function))
			f.answers[f.row.token], f.status[f.row.token] = test.body, test.status
			_, _, err := f.signUp()
			checkRefusal(t, err, test.kind, test.code)
			e, _ := errors.AsType[*provider.Error](err)
			assert.Equal(t, test.hint != "", e.Hint != "")
			assert.Contains(t, e.Hint, test.hint)
		})
	}
}

// A refresh token that is dead is the person's matter, whatever the status.
func TestTwitchRefreshToken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusBadRequest, http.StatusUnauthorized} {
		for message, kind := range map[string]error{
			"Invalid refresh token": provider.ErrTokenInvalid, "invalid grant": provider.ErrTokenInvalid, "something else": provider.ErrRefused,
		} {
			d := providers.Twitch(clientID).Diagnose(provider.Refusal{
				Op: provider.OpRefresh, Status: status, Body: []byte(`{"status":` + strconv.Itoa(status) + `,"message":"` + message + `"}`),
			})
			assert.Equal(t, kind, d.Kind, message)
			assert.Equal(t, kind == provider.ErrRefused && status == http.StatusUnauthorized, d.Hint != "", "%d %s", status, message)
		}
	}
}

// Slack refuses an exchange with status 200 as well.
func TestSlackRefusesExchange(t *testing.T) {
	t.Parallel()
	for word, kind := range map[string]error{
		"invalid_code": provider.ErrExpired, "bad_client_secret": provider.ErrRefused,
		"internal_error": provider.ErrUnavailable, "new_word": provider.ErrProtocol,
	} {
		f := newFake2(t, rowOf2(t, "Slack"))
		f.answers[f.row.token], f.status[f.row.token] = `{"ok":false,"error":"`+word+`"}`, http.StatusOK
		_, _, err := f.signUp()
		checkRefusal(t, err, kind, word)
	}
}

// Members of two workspaces are two people, also with one user ID.
func TestSlackWorkspaces(t *testing.T) {
	t.Parallel()
	ids := make(map[string]bool)
	for _, team := range []string{"T1", "T2"} {
		f := newFake2(t, rowOf2(t, "Slack"))
		f.answers[f.row.profile] = edit(t, f.answers[f.row.profile], map[string]any{"https://slack.com/team_id": team})
		_, p, err := f.signUp()
		require.NoError(t, err)
		ids[p.ID] = true
	}
	assert.Len(t, ids, 2)
}

// Without a picture there is no address of one.
func TestNoPicture(t *testing.T) {
	t.Parallel()
	for _, function := range []string{"Discord"} {
		f := newFake2(t, rowOf2(t, function))
		f.answers[f.row.profile] = edit(t, f.answers[f.row.profile], map[string]any{"avatar": nil, "global_name": nil})
		_, p, err := f.signUp()
		require.NoError(t, err)
		assert.Empty(t, p.AvatarURL)
		assert.Empty(t, p.Name)
	}
	f := newFake1(t, rowOf1(t, "Trello"))
	f.profile = edit(t, f.profile, map[string]any{"avatarUrl": nil})
	_, p, err := f.signUp()
	require.NoError(t, err)
	assert.Empty(t, p.AvatarURL)
}

func checkRefusal(t *testing.T, err, kind error, code string) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	var e *provider.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, code, e.Code)
	assert.NotContains(t, err.Error(), secretText)
}
