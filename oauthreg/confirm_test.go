package oauthreg_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
)

// signedInWithAnOffer is the browser of user-1, signed in, with an identity that
// waits for them.
func signedInWithAnOffer(a *app) *browser {
	a.t.Helper()
	b := a.browser()
	b.get(a.approved(b, withAddress("typed-in@example.com"), "/inbox"))
	require.Equal(a.t, oauthreg.EmailInUse, a.last().Outcome)
	signedInAs(b, "user-1")
	return b
}

func signedInAs(b *browser, user string) {
	b.keep([]*http.Cookie{{Name: sessionCookie, Value: user, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}})
}

// confirming is an app that has the confirm page at /connect.
func confirming(t *testing.T, body func(t *testing.T, a *app, b *browser)) {
	t.Helper()
	onEveryStore(t, func(t *testing.T, a *app) {
		a.signUp(ada)
		rest := a.handler
		a.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/connect" {
				a.reg.Confirm().ServeHTTP(w, r)
				return
			}
			rest.ServeHTTP(w, r)
		})
		body(t, a, signedInWithAnOffer(a))
	}, withHooks)
}

var zed = withAddress("typed-in@example.com")

var hiddenID = regexp.MustCompile(`name="oauthreg_pending" value="([^"]+)"`)

func TestTheConfirmPageConnectsWhatWaits(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		p := b.get("/connect")
		require.Equal(t, http.StatusOK, p.status)
		assertPrivate(t, "confirm", p)
		for _, want := range []string{"<h1>Connect your Fake Inc. account?</h1>", "<bdi>@zed</bdi>", "Connect Fake Inc.</button>", "Not now</button>"} {
			assert.Contains(t, p.body, want)
		}
		assert.Empty(t, a.owner(zed), "a look connects nothing")
		id := hiddenID.FindStringSubmatch(p.body)[1]
		p = b.post("/connect", url.Values{oauthreg.PendingField: {id}, "answer": {"connect"}})
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Equal(t, "/inbox", p.location)
		assert.Equal(t, "user-1", a.owner(zed))

		// Once: the next looks lead on.
		assert.Equal(t, "/", b.get("/connect").location)
		p = b.post("/connect", url.Values{oauthreg.PendingField: {id}, "answer": {"connect"}})
		assert.Equal(t, http.StatusConflict, p.status)
		assert.Contains(t, p.body, "No sign-up is waiting")
		assert.Contains(t, p.body, `<a href="/">Go on</a>`)
	})
}

func TestTheConfirmPageTakesNo(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		p := b.post("/connect", url.Values{oauthreg.PendingField: {id}, "answer": {"decline"}})
		assert.Equal(t, "/", p.location)
		assert.Empty(t, a.owner(zed))
		assert.Equal(t, "/", b.get("/connect").location, "it is gone")
	})
}

func TestTheConfirmPageAsJSON(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		p := b.get("/connect", asJSON)
		conform(t, "pending.schema.json", p.body)
		var v oauthreg.PendingView
		require.NoError(t, json.Unmarshal([]byte(p.body), &v))
		assert.True(t, v.EmailInUse)
		assert.Equal(t, map[string]any{"outcome": "linked", "provider": "fake", "location": "/inbox"},
			answerOf(t, b.post("/connect", url.Values{oauthreg.PendingField: {v.ID}, "answer": {"connect"}}, asJSON)))
		assert.Equal(t, "no_pending", answerOf(t, b.get("/connect", asJSON))["outcome"])

		c := signedInWithAnOfferOfAnother(a)
		assert.Equal(t, map[string]any{"outcome": "declined", "provider": "fake", "location": "/"},
			answerOf(t, c.post("/connect", url.Values{"answer": {"decline"}}, asJSON)))
	})
}

// signedInWithAnOfferOfAnother is signedInWithAnOffer for a second identity of
// that address.
func signedInWithAnOfferOfAnother(a *app) *browser {
	a.t.Helper()
	b := a.browser()
	person := withAddress("typed-in@example.com")
	person.ID = "100"
	b.get(a.approved(b, person, ""))
	signedInAs(b, "user-1")
	return b
}

// What waits is offered to the user who has the address, from the app's own
// page, and to nobody else.
func TestTheConfirmPageIsForOneUser(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		id := hiddenID.FindStringSubmatch(b.get("/connect").body)[1]
		yes := url.Values{oauthreg.PendingField: {id}, "answer": {"connect"}}
		no := url.Values{oauthreg.PendingField: {id}, "answer": {"decline"}}

		another := b.clone()
		signedInAs(another, "user-2")
		nobody := b.clone()
		nobody.keep([]*http.Cookie{{Name: sessionCookie, MaxAge: -1, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}})
		assert.Equal(t, "/", another.get("/connect").location, "another user is not even told")
		assert.Equal(t, "/signin?error=sign_in_first&provider=fake", nobody.get("/connect").location)
		for _, c := range []*browser{another, nobody} {
			assert.Equal(t, "sign_in_first", answerOf(t, c.clone().get("/connect", asJSON))["outcome"])
			for _, form := range []url.Values{yes, no} {
				p := c.clone().post("/connect", form)
				assert.Equal(t, http.StatusForbidden, p.status)
				assert.Contains(t, p.body, "Please sign in before you connect Fake Inc.")
				assert.Equal(t, "sign_in_first", answerOf(t, c.clone().post("/connect", form, asJSON))["outcome"])
			}
		}
		stranger := a.browser()
		signedInAs(stranger, "user-1")
		assert.Equal(t, http.StatusConflict, stranger.post("/connect", yes).status, "the field is worth nothing elsewhere")

		for _, form := range []url.Values{yes, no} {
			p := b.clone().post("/connect", form, fromSite("https://evil.example", "cross-site"))
			assert.Equal(t, http.StatusForbidden, p.status)
			assert.Empty(t, p.location)
			assert.Equal(t, "cross_origin", answerOf(t, b.clone().post("/connect", form, asJSON, fromSite("https://evil.example", "cross-site")))["outcome"])
		}
		for name, form := range map[string]url.Values{"no answer": {oauthreg.PendingField: {id}}, "another answer": {"answer": {"yes"}}} {
			assert.Equal(t, http.StatusBadRequest, b.clone().post("/connect", form).status, name)
			assert.Equal(t, "malformed", answerOf(t, b.clone().post("/connect", form, asJSON))["outcome"], name)
		}
		p := b.clone().get("/connect?answer=connect&oauthreg_pending="+id, func(r *http.Request) { r.Method = http.MethodPost; fromSite(site, "same-origin")(r) })
		assert.Equal(t, http.StatusBadRequest, p.status, "an answer in the URL is none")
		assert.Equal(t, http.StatusMethodNotAllowed, b.get("/connect", func(r *http.Request) { r.Method = http.MethodPut }).status)
		assert.Empty(t, a.owner(zed))

		// After all of it the one who is asked can still say yes.
		assert.Equal(t, "/inbox", b.post("/connect", yes).location)
	})
}

func TestTheConfirmPageOfAnAppThatIsDown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*oauthreg.Config){
		"no CurrentUser": func(cfg *oauthreg.Config) { cfg.CurrentUser = nil },
		"a broken sessions'": func(cfg *oauthreg.Config) {
			cfg.CurrentUser = func(*http.Request) (string, error) { return "", errors.New("m4rk") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t), withHooks, change)
			b := a.browser()
			b.get(a.approved(b, zed, ""))
			b.handler = a.reg.Confirm()
			for _, p := range []page{b.get("/connect"), b.post("/connect", url.Values{"answer": {"connect"}}), b.post("/connect", url.Values{"answer": {"decline"}})} {
				assert.Equal(t, http.StatusInternalServerError, p.status)
				assert.NotContains(t, p.body, "m4rk")
			}
			assert.Equal(t, "internal", answerOf(t, b.get("/connect", asJSON))["outcome"])
		})
	}
}

// A form that cannot be read is no answer, whatever can be read of it.
func TestTheConfirmPageRefusesAFormItCannotRead(t *testing.T) {
	t.Parallel()
	confirming(t, func(t *testing.T, a *app, b *browser) {
		for _, target := range []string{"/connect?%zz", "/connect?a;b"} {
			p := b.post(target, url.Values{"answer": {"connect"}})
			assert.Equal(t, http.StatusBadRequest, p.status, target)
			assert.Empty(t, a.owner(zed), target)
		}
		p := b.post("/connect", url.Values{"answer": {"connect"}, "more": {strings.Repeat("x", 17<<10)}})
		assert.Equal(t, http.StatusBadRequest, p.status)
		assert.Empty(t, a.owner(zed))
		assert.Equal(t, http.StatusOK, b.get("/connect").status, "it still waits")
	})
}
