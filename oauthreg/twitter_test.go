package oauthreg_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// xApp is an app whose provider "twitter" is the stand-in for X.
type xApp struct {
	*app

	x *twittertest.Server
}

func newXApp(t testing.TB, sessions sessionstore.Store, people []twittertest.Person, edits ...func(*twitter.Config)) *xApp {
	t.Helper()
	x, err := twittertest.New(twittertest.Config{CallbackURLs: []string{site + "/auth/twitter/callback"}, People: people})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, x.Close()) })
	cfg := twitter.Config{
		BaseURL: x.URL(), ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		HTTPClient: x.Client(), Timeout: time.Minute,
	}
	for _, edit := range edits {
		edit(&cfg)
	}
	flow, err := twitter.New(cfg)
	require.NoError(t, err)
	return &xApp{x: x, app: newApp(t, sessions, func(cfg *oauthreg.Config) {
		cfg.Flows["twitter"], cfg.Labels["twitter"] = flow, "X"
	})}
}

// onX runs test on each session store.
func onX(t *testing.T, people []twittertest.Person, test func(t *testing.T, a *xApp), edits ...func(*twitter.Config)) {
	t.Helper()
	for _, kind := range storeKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, newXApp(t, kind.new(t), people, edits...))
		})
	}
}

// approved goes to X and back, as the person with that ID.
func (a *xApp) approved(b *browser, id string) (callback string) {
	a.t.Helper()
	p := b.post("/auth/twitter/start", nil)
	require.True(a.t, strings.HasPrefix(p.location, a.x.URL()+"/oauth/authenticate?"), "%s: %v", p.location, a.last().Err)
	callback, err := a.x.Approve(a.t.Context(), p.location, id)
	require.NoError(a.t, err)
	return callback
}

func (a *xApp) assertXFailed(t testing.TB, p page, o oauthreg.Outcome) {
	t.Helper()
	assert.Equal(t, http.StatusSeeOther, p.status)
	assert.Equal(t, "/auth/twitter/start?error="+string(o)+"&provider=twitter", p.location)
	assert.Equal(t, o, a.last().Outcome, "%v", a.last().Err)
}

func TestXSignUpOfEverybody(t *testing.T) {
	t.Parallel()
	onX(t, nil, func(t *testing.T, a *xApp) {
		for _, person := range twittertest.MadeUpPeople() {
			b := a.browser()
			p := b.get(a.approved(b, person.ID))
			if person.Suspended {
				a.assertXFailed(t, p, oauthreg.AccountUnusable)
				continue
			}
			require.Equal(t, "/signup", p.location)
			view := a.form(b)
			assert.Equal(t, person.ID, view.Subject)
			assert.Equal(t, person.ScreenName, view.Values.Get(oauthreg.FieldUsername))
			assert.Equal(t, person.Name, view.Values.Get(oauthreg.FieldName))
			assert.Equal(t, person.Email, view.Values.Get(oauthreg.FieldEmail))
			assert.Equal(t, person.Email == "", len(view.Missing) == 1)
			assert.Equal(t, person.Email != "", a.pending(b).EmailVerified(person.Email))
			assert.True(t, json.Valid(view.Raw))

			require.Equal(t, http.StatusSeeOther, b.post("/signup", url.Values{oauthreg.PendingField: {view.ID}}).status)
			account, found, err := a.accounts.Find(t.Context(), tokenstore.Identity{Provider: "twitter", Subject: person.ID})
			require.NoError(t, err)
			require.True(t, found)
			assert.Equal(t, b.user(), account.UserID)
		}
	})
}

func TestXStartIsSignedWithItsCallback(t *testing.T) {
	t.Parallel()
	a := newXApp(t, newCookieStore(t), nil)
	b := a.browser()
	a.approved(b, "")
	asked := a.x.Requests(twittertest.RequestToken)
	require.Len(t, asked, 1)
	assert.Equal(t, http.StatusOK, asked[0].Status, "the stand-in checks the signature, with the callback in it: %s", asked[0].Reason)
	assert.Equal(t, site+"/auth/twitter/callback", asked[0].OAuth.Get("oauth_callback"))
	assert.Equal(t, "read", a.x.LastQuery(twittertest.RequestToken).Get("x_auth_access_type"))
}

// What goes to X is the developer's to say, not the visitor's.
func TestXParametersComeFromTheConfigurationAlone(t *testing.T) {
	t.Parallel()
	onX(t, nil, func(t *testing.T, a *xApp) {
		b := a.browser()
		p := b.post("/auth/twitter/start?force_login=false&screen_name=mallory&oauth_token=evil&x_auth_access_type=write&oauth_callback=https://evil.example/",
			url.Values{"force_login": {"0"}, "screen_name": {"mallory"}, "oauth_token": {"evil"}, "x_auth_access_type": {"write"}, "lang": {"xx"}})
		u, err := url.Parse(p.location)
		require.NoError(t, err)
		query := u.Query()
		assert.Equal(t, "true", query.Get("force_login"))
		assert.Equal(t, "ada_quill", query.Get("screen_name"))
		assert.NotEqual(t, "evil", query.Get("oauth_token"))
		assert.Len(t, query, 3)
		for _, values := range query {
			assert.Len(t, values, 1)
		}
		sent := a.x.LastQuery(twittertest.RequestToken)
		assert.Equal(t, []string{"read"}, sent["x_auth_access_type"])
		assert.Equal(t, site+"/auth/twitter/callback", sent.Get("oauth_callback"))
	}, func(cfg *twitter.Config) { cfg.ForceLogin, cfg.ScreenName = true, "ada_quill" })
}

func TestXStartThatFailsStoresNothing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		fault twittertest.Fault
		want  oauthreg.Outcome
	}{
		{"not confirmed", twittertest.CallbackNotConfirmed(""), oauthreg.Unavailable},
		{"confirmed false", twittertest.CallbackNotConfirmed("false"), oauthreg.Unavailable},
		{"confirmed TRUE", twittertest.CallbackNotConfirmed("TRUE"), oauthreg.Unavailable},
		{"401 in JSON", twittertest.Code32(), oauthreg.Misconfigured},
		{"403 in XML", twittertest.CallbackNotApproved(), oauthreg.Misconfigured},
		{"401 in XML", twittertest.DesktopApp(), oauthreg.Misconfigured},
		{"503", twittertest.OverCapacity(), oauthreg.Unavailable},
		{"429", twittertest.RateLimited(time.Now().Add(time.Minute)), oauthreg.RateLimited},
		{"402", twittertest.NoCredits(), oauthreg.Misconfigured},
		{"blocked", twittertest.CloudflareBlock(), oauthreg.Unavailable},
		{"connection closed", twittertest.Fault{Drop: true}, oauthreg.Unavailable},
		{"timeout", twittertest.Fault{Delay: time.Minute}, oauthreg.Unavailable},
		{"HTML with 200", twittertest.Fault{Status: 200, Body: "<html>over capacity</html>"}, oauthreg.Unavailable},
		{"no token", twittertest.Fault{Form: func(v url.Values) { v.Del("oauth_token") }}, oauthreg.Unavailable},
		{"no secret", twittertest.Fault{Form: func(v url.Values) { v.Del("oauth_token_secret") }}, oauthreg.Unavailable},
		{"redirect", twittertest.RedirectTo("https://evil.example/"), oauthreg.Unavailable},
		{"cut off", twittertest.TruncatedBody(), oauthreg.Unavailable},
		{"endless", twittertest.Huge(4 << 20), oauthreg.Unavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onX(t, nil, func(t *testing.T, a *xApp) {
				a.x.Fault(twittertest.RequestToken, row.fault)
				b := a.browser()
				p := b.post("/auth/twitter/start", nil)
				a.assertXFailed(t, p, row.want)
				assert.Empty(t, b.jar, "nothing is stored")
				assert.Zero(t, a.x.Calls(twittertest.Authenticate))
				fault, ok := a.last().Err.(*provider.Error)
				require.True(t, ok, "%T", a.last().Err)
				assert.Equal(t, provider.OpRequestToken, fault.Op)
				assert.NotNil(t, fault.Kind)
			}, func(cfg *twitter.Config) {
				if row.fault.Delay > 0 {
					cfg.Timeout = 50 * time.Millisecond
				}
			})
		})
	}
}

func TestXExchangeThatFails(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		fault twittertest.Fault
		want  oauthreg.Outcome
	}{
		{"request token spent", twittertest.InvalidRequestToken(), oauthreg.Expired},
		{"bad verifier", twittertest.InvalidVerifier(), oauthreg.Expired},
		{"503", twittertest.OverCapacity(), oauthreg.Unavailable},
		{"429", twittertest.RateLimited(time.Now().Add(time.Minute)), oauthreg.RateLimited},
		{"answer lost", twittertest.Fault{LoseAnswer: true}, oauthreg.Unavailable},
		{"HTML with 200", twittertest.Fault{Status: 200, Body: "<html>"}, oauthreg.Unavailable},
		{"unusable ID", twittertest.Fault{Form: func(v url.Values) { v.Set("user_id", "null") }}, oauthreg.Unavailable},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			onX(t, nil, func(t *testing.T, a *xApp) {
				a.x.Fault(twittertest.AccessToken, row.fault)
				b := a.browser()
				callback := a.approved(b, "")
				a.assertXFailed(t, b.get(callback), row.want)
				a.x.NoFault(twittertest.AccessToken)
				b.get(callback)
				assert.Equal(t, 1, a.x.Calls(twittertest.AccessToken), "used up by the first")
				assert.Zero(t, a.x.Calls(twittertest.VerifyCredentials))
				assert.Equal(t, http.StatusConflict, b.get("/signup").status)
			})
		})
	}
}

func TestXProfilesOfEveryKind(t *testing.T) {
	t.Parallel()
	const id = "9100000000000000019"
	for _, row := range []struct {
		name, raw string
		fault     twittertest.Fault
		want      oauthreg.Outcome
		partial   bool
	}{
		{"no id_str", `{"id":9100000000000000019,"screen_name":"h"}`, twittertest.Fault{}, oauthreg.NewUser, false},
		{"odd bytes", " {\n\"id_str\":\"9100000000000000019\" ,\t\"name\":\"\\u00e9\\/\", \"n\":1e400}\r\n", twittertest.Fault{}, oauthreg.NewUser, false},
		{"e-mail null", `{"id_str":"9100000000000000019","email":null}`, twittertest.Fault{}, oauthreg.NewUser, false},
		{"e-mail malformed", `{"id_str":"9100000000000000019","email":"a,b@c"}`, twittertest.Fault{}, oauthreg.NewUser, false},
		{"of another person", `{"id_str":"9100000000000000020"}`, twittertest.Fault{}, oauthreg.Unavailable, false},
		{"a digit rounded", `{"id":9100000000000000000}`, twittertest.Fault{}, oauthreg.Unavailable, false},
		{"without an ID", `{"screen_name":"h"}`, twittertest.Fault{}, oauthreg.Unavailable, false},
		{"ID null", `{"id":null,"id_str":null}`, twittertest.Fault{}, oauthreg.Unavailable, false},
		{"suspended", "", twittertest.SuspendedUser(), oauthreg.AccountUnusable, false},
		{"cut JSON", `{"id_str":"91000000`, twittertest.Fault{}, oauthreg.NewUser, true},
		{"HTML", "<html>over capacity</html>", twittertest.Fault{}, oauthreg.NewUser, true},
		{"89", "", twittertest.InvalidToken(), oauthreg.NewUser, true},
		{"429", "", twittertest.RateLimited(time.Now().Add(time.Minute)), oauthreg.NewUser, true},
		{"402", "", twittertest.NoCredits(), oauthreg.NewUser, true},
		{"503", "", twittertest.OverCapacity(), oauthreg.NewUser, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			people := []twittertest.Person{{ID: id, ScreenName: "hanako_mori", Raw: json.RawMessage(row.raw)}}
			if row.raw == "" {
				people[0].Raw = nil
			}
			onX(t, people, func(t *testing.T, a *xApp) {
				a.x.Fault(twittertest.VerifyCredentials, row.fault)
				b := a.browser()
				p := b.get(a.approved(b, ""))
				require.Equal(t, row.want, a.last().Outcome, "%v", a.last().Err)
				if row.want != oauthreg.NewUser {
					a.assertXFailed(t, p, row.want)
					assert.Equal(t, http.StatusConflict, b.get("/signup").status)
					return
				}
				view := a.form(b)
				assert.Equal(t, id, view.Subject)
				assert.Equal(t, row.partial, view.Partial)
				assert.Empty(t, view.Values.Get(oauthreg.FieldEmail))
				if row.partial {
					assert.Equal(t, "hanako_mori", view.Values.Get(oauthreg.FieldUsername))
					assert.Nil(t, view.Raw)
				} else {
					assert.Equal(t, row.raw, string(view.Raw), "byte for byte")
				}
			})
		})
	}
}

func TestXDenialNeedsNoCall(t *testing.T) {
	t.Parallel()
	onX(t, nil, func(t *testing.T, a *xApp) {
		b := a.browser()
		back, err := a.x.Deny(t.Context(), b.post("/auth/twitter/start", nil).location)
		require.NoError(t, err)
		a.assertXFailed(t, b.get(back), oauthreg.Denied)
		assert.Zero(t, a.x.Calls(twittertest.AccessToken))
		assert.Contains(t, b.get(a.last().Location).body, "You cancelled at X.")
	})
}

// The token answer without a person: the profile tells who it is.
func TestXTokenAnswerWithoutAPerson(t *testing.T) {
	t.Parallel()
	onX(t, nil, func(t *testing.T, a *xApp) {
		a.x.Fault(twittertest.AccessToken, twittertest.NoUserID())
		b := a.browser()
		require.Equal(t, "/signup", b.get(a.approved(b, "9100000000000000027")).location)
		assert.Equal(t, "9100000000000000027", a.form(b).Subject)
	})
}
