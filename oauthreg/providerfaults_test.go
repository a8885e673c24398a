package oauthreg_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// faultEnd is how a sign-up ends. Partial is that X does not hand out the
// profile: the token answer has proven who it is, and the person goes on.
type faultEnd struct {
	kind    error
	outcome oauthreg.Outcome
	hint    string
	partial bool
	op      provider.Op // if it is not the endpoint's own
}

func (e faultEnd) saying(hint string) faultEnd { e.hint = hint; return e }

func partial(e faultEnd) faultEnd { e.outcome, e.partial = oauthreg.NewUser, true; return e }

var (
	fine     = faultEnd{outcome: oauthreg.NewUser}
	down     = faultEnd{kind: provider.ErrUnavailable, outcome: oauthreg.Unavailable}
	odd      = faultEnd{kind: provider.ErrProtocol, outcome: oauthreg.Unavailable}
	unsure   = faultEnd{kind: provider.ErrIdentity, outcome: oauthreg.Unavailable}
	refused  = faultEnd{kind: provider.ErrRefused, outcome: oauthreg.Misconfigured}
	unpaid   = faultEnd{kind: provider.ErrNoCredits, outcome: oauthreg.Misconfigured}
	limited  = faultEnd{kind: provider.ErrRateLimited, outcome: oauthreg.RateLimited}
	spent    = faultEnd{kind: provider.ErrExpired, outcome: oauthreg.Expired}
	dead     = faultEnd{kind: provider.ErrTokenInvalid, outcome: oauthreg.Expired}
	unusable = faultEnd{kind: provider.ErrAccountUnusable, outcome: oauthreg.AccountUnusable}
)

// ends are those of one fault by endpoint. Where it makes no sense it has none.
type ends map[string]faultEnd

// everywhere is one end for all, but that a profile is not needed everywhere.
func everywhere(e faultEnd) ends { return ends{rt: e, at: e, vc: partial(e), tk: e, me: e} }

type faultOfX struct {
	name    string
	trouble trouble
	status  int    // in the log line, if X's answer has one
	code    string // in the log line
	ends    ends
}

func faultsOfX() []faultOfX {
	const html, xml, text, json = "text/html", "application/xml", "text/plain", "application/json"
	reset := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
	page := "<!DOCTYPE html><html><body>" + upstreamWords + "</body></html>"
	rows := []faultOfX{
		{"nobody listens", trouble{refuses: true}, 0, "", everywhere(down)},
		{"reset in mid-body", resets(), 0, "", everywhere(down)},
		{"a byte now and then", drips(), 0, "", everywhere(down)},
		{"no answer", never(), 0, "", everywhere(down)},

		{"401", says(401, text, upstreamWords), 401, "", ends{
			rt: refused.saying("API Key"), at: spent, vc: partial(dead), tk: refused.saying("Client Secret"), me: dead.saying("sign in with X again"),
		}},
		{"403", says(403, text, upstreamWords), 403, "", ends{
			rt: refused, at: spent, vc: partial(refused), tk: spent, me: refused.saying("attached to a project"),
		}},
		{"403 as a page", says(403, html, page), 403, "", everywhere(down.saying("blocks this server"))},
		{"403, locked", says(403, json, `{"errors":[{"code":326,"message":"`+upstreamWords+`"}]}`), 403, "326", ends{vc: unusable, me: unusable}},
		{"402", says(402, json, `{"title":"`+upstreamWords+`"}`), 402, "", everywhere(unpaid.saying("console.x.com"))},
		{"429", says(429, json, `{"errors":[{"code":88,"message":"`+upstreamWords+`"}]}`), 429, "88", everywhere(limited)},
		{"429 until", says(429, text, upstreamWords, "x-rate-limit-reset", reset), 429, "", everywhere(limited)},
		{"500 in JSON", says(500, json, `{"errors":[{"code":131,"message":"`+upstreamWords+`"}]}`), 500, "131", everywhere(down.saying("try again later"))},
		{"503 in XML", says(503, xml, `<?xml version="1.0"?><errors><error code="130">`+upstreamWords+`</error></errors>`), 503, "130", everywhere(down.saying("try again later"))},
		{"502 as a page", says(502, html, page), 502, "", everywhere(down)},
		{"503 in text", says(503, text, upstreamWords), 503, "", everywhere(down)},

		{"200 and nothing", says(200, json, ""), 200, "", everywhere(odd)},
		{"200 and a page", says(200, html, page), 200, "", everywhere(odd)},
		{"half of it", rewrites(func(body string) string { return body[:20] }), 200, "", everywhere(odd)},
		{"100 MB", floods(200), 0, "", everywhere(odd)},
		{"100 MB with 500", floods(500), 500, "", everywhere(down)},
		{"gzip unasked for", unaskedGzip(), 200, "", everywhere(odd)},
		{"gzip in name only", says(200, json, upstreamWords, "Content-Encoding", "gzip"), 0, "", everywhere(down)},
		{"a bomb of gzip", bomb(), 0, "", everywhere(odd)},
		{"another content type", alters(func(rec *httptest.ResponseRecorder) { rec.Header().Set("Content-Type", "image/png") }), 0, "",
			ends{rt: fine, at: fine, vc: fine, tk: fine, me: fine}},

		{"no token", rewrites(renaming("oauth_token=", "access_token\"")), 200, "", ends{rt: odd, at: odd, tk: odd}},
		{"no secret", rewrites(renaming("oauth_token_secret=")), 200, "", ends{rt: odd, at: odd}},
		{"callback not confirmed", rewrites(renaming("oauth_callback_confirmed=")), 0, "", ends{rt: odd}},
		{"a token twice", rewrites(func(body string) string { return body + "&oauth_token=" + upstreamWords }), 200, "", ends{rt: odd, at: odd}},
		{"a person twice", rewrites(func(body string) string { return body + "&user_id=1" }), 200, "", ends{at: odd}},
		{"no handle", rewrites(renaming("screen_name=")), 0, "", ends{at: fine}},
		{"a digit lost", rewrites(func(body string) string {
			return strings.NewReplacer("user_id="+hanako.ID, "user_id="+hanako.ID[:15], `"`+hanako.ID, `"`+hanako.ID[:15]).Replace(body)
		}), 200, "", ends{
			at: {kind: provider.ErrIdentity, outcome: oauthreg.Unavailable, op: provider.OpProfile}, vc: unsure,
		}},
	}
	for _, status := range []int{301, 302, 307, 308} {
		rows = append(rows, faultOfX{
			strconv.Itoa(status), says(status, text, upstreamWords, "Location", "ELSEWHERE/"+upstreamWords), status, "", everywhere(odd),
		})
	}
	for _, row := range []struct {
		name, members string
		end           faultEnd
	}{
		{"a number above 2^53", `"id":` + hanako.ID, fine},
		{"null", `"id":null,"id_str":null`, unsure},
		{"empty", `"id":"","id_str":""`, unsure},
		{"blank", `"id":" ","id_str":" "`, unsure},
		{"true", `"id":true,"id_str":true`, unsure},
		{"an object", `"id":{"id":` + hanako.ID + `}`, unsure},
		{"an array", `"id":["` + hanako.ID + `"]`, unsure},
		{"a fraction", `"id":` + hanako.ID + `.0`, unsure},
		{"an exponent", `"id":9.007199254740993e15`, unsure},
		{"negative", `"id":-` + hanako.ID, unsure},
		{"absent", `"name":"` + upstreamWords + `"`, unsure},
	} {
		rows = append(rows, faultOfX{"ID " + row.name, profile(row.members), 0, "", ends{vc: row.end, me: row.end}})
	}
	return append(rows, faultOfX{"ID twice", profile(`"id_str":"` + hanako.ID + `","id_str":"71"`), 200, "", ends{vc: unsure}})
}

// renaming takes members away by giving them another name.
func renaming(members ...string) func(string) string {
	return func(body string) string {
		for _, member := range members {
			body = strings.Replace(body, member, "x"+member, 1)
		}
		return body
	}
}

var sentences = map[oauthreg.Outcome]string{
	oauthreg.Unavailable: "X cannot be reached right now.", oauthreg.Misconfigured: "Sign-up with X does not work at the moment.",
	oauthreg.RateLimited: "X is receiving too many requests", oauthreg.Expired: "took too long or was used before",
	oauthreg.AccountUnusable: "your account there is suspended or locked",
}

var opOf = map[string]provider.Op{
	rt: provider.OpRequestToken, at: provider.OpAccessToken, vc: provider.OpProfile, tk: provider.OpAccessToken, me: provider.OpProfile,
}

// Each way in which X can fail, at each of its endpoints, through a whole
// Registrar and over a real network. It is not parallel to other tests, for it
// counts goroutines.
func TestEveryFaultOfX(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("all", func(t *testing.T) {
		for _, row := range faultsOfX() {
			for endpoint, end := range row.ends {
				t.Run(row.name+" at "+endpoint[strings.LastIndexByte(endpoint, '/')+1:], func(t *testing.T) {
					t.Parallel()
					x := newTroubledX(t, endpoint, row.trouble)
					x.endsWith(t, row, endpoint, end)
				})
			}
		}
	})
	eventually(t, "goroutines stay behind", func() bool { return runtime.NumGoroutine() <= before })
}

func (x *troubledX) endsWith(t *testing.T, row faultOfX, endpoint string, end faultEnd) {
	name := "twitter"
	if endpoint == tk || endpoint == me {
		name = "x"
	}
	b := x.browser()
	open := func() page { return b.post("/auth/"+name+"/start", nil) }
	if endpoint != rt {
		callback := x.approved(b, name)
		open = func() page { return b.get(callback) }
	}
	x.begin(endpoint, row.trouble)
	began := time.Now()
	p := open()
	assert.Less(t, time.Since(began), 5*time.Second)
	assert.Less(t, x.sent.Load(), int64(50<<20), "nobody reads on")
	switch {
	case end.outcome != oauthreg.NewUser:
		x.assertEnd(t, row, endpoint, name, end, p)
		if endpoint == rt {
			assert.Empty(t, b.jar, "no attempt")
		} else {
			asked := x.called(at) + x.called(tk) + x.called(vc) + x.called(me)
			assert.Equal(t, p.location, open().location, "a reload ends there too")
			assert.Equal(t, asked, x.called(at)+x.called(tk)+x.called(vc)+x.called(me), "and asks for nothing")
		}
		assert.Contains(t, b.get(p.location).body, sentences[end.outcome])
		x.assertNothing(t, b, name)
		x.end()
		p = b.get(x.approved(b, name))
	case endpoint == rt:
		x.end()
		p = b.get(x.approved(b, name))
	case end.partial:
		lines := strings.Join(x.logs.lines(slog.LevelWarn), "\n")
		assert.Contains(t, lines, "going on with what the token answer proved")
		assert.Contains(t, lines, end.kind.Error())
	}
	// While a profile cannot be had, or when the fault is gone.
	require.Equal(t, "/signup", p.location, "%v", x.last().Err)
	view := x.form(b)
	assert.Equal(t, hanako.ID, view.Subject)
	assert.Equal(t, end.partial, view.Partial)
	require.Equal(t, http.StatusSeeOther, b.post("/signup", nil).status)
	account, _, err := x.accounts.Find(t.Context(), tokenstore.Identity{Provider: name, Subject: hanako.ID})
	require.NoError(t, err)
	assert.Equal(t, account.UserID, b.user())
	assert.Equal(t, 1, x.userCount())
	x.assertNoSecrets(t, b)
	x.assertNoConnections(t)
	assert.LessOrEqual(t, x.called(endpoint), 3, "a profile is asked for twice, a token once, and once more in the end")
}

func (x *troubledX) assertEnd(t *testing.T, row faultOfX, endpoint, name string, end faultEnd, p page) {
	t.Helper()
	res := x.last()
	require.ErrorIs(t, res.Err, end.kind)
	e, ok := errors.AsType[*provider.Error](res.Err)
	require.True(t, ok, "%T", res.Err)
	op := opOf[endpoint]
	if end.op != "" {
		op = end.op
	}
	assert.Equal(t, op, e.Op)
	until := row.name == "429 until"
	assert.Equal(t, until, !e.RetryAt.IsZero())
	assert.Equal(t, end.outcome, res.Outcome)
	assert.Equal(t, http.StatusSeeOther, p.status)
	assert.Equal(t, "/auth/"+name+"/start?error="+string(end.outcome)+"&provider="+name, p.location)

	level := slog.LevelWarn
	switch end.outcome {
	case oauthreg.Misconfigured:
		level = slog.LevelError
	case oauthreg.Expired, oauthreg.AccountUnusable:
		level = slog.LevelInfo
	}
	lines := x.logs.lines(level)
	require.NotEmpty(t, lines)
	line := lines[len(lines)-1]
	parts := []string{`"outcome":"` + string(end.outcome) + `"`, `"provider":"` + name + `"`, `"op":"` + string(op) + `"`, end.hint}
	if row.status != 0 {
		parts = append(parts, `"status":`+strconv.Itoa(row.status))
	}
	if row.code != "" {
		parts = append(parts, `"code":"`+row.code+`"`)
	}
	for _, part := range parts {
		assert.Contains(t, line, part)
	}
	// What there is not is not said.
	assert.Equal(t, e.Status != 0, strings.Contains(line, `"status":`))
	assert.Equal(t, row.code != "", strings.Contains(line, `"code":`))
	assert.Equal(t, until, strings.Contains(line, `"retry_at":`))
}

// assertNothing checks that there is neither an account, nor a sign-up that
// waits, nor anybody signed in.
func (x *troubledX) assertNothing(t *testing.T, b *browser, name string) {
	t.Helper()
	assert.Empty(t, b.user())
	assert.Zero(t, x.userCount())
	assert.Equal(t, http.StatusConflict, b.get("/signup").status)
	_, found, err := x.accounts.Find(t.Context(), tokenstore.Identity{Provider: name, Subject: hanako.ID})
	require.NoError(t, err)
	assert.False(t, found)
}

func (x *troubledX) assertNoSecrets(t *testing.T, b *browser) {
	t.Helper()
	logs := x.logs.String()
	assert.NotContains(t, logs, upstreamWords)
	for _, c := range b.jar {
		if c.name != sessionCookie {
			assert.NotContains(t, logs, c.value)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	known := 0
	for _, secret := range x.secrets {
		if secret != "" {
			known++
			assert.NotContains(t, logs, secret)
		}
	}
	assert.Greater(t, known, 2)
}
