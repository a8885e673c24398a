package oauthreg_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// vault knows every secret that existed, and everything that got out.
type vault struct {
	mu      sync.Mutex
	secrets []string
	out     []string
}

func (v *vault) secret(values ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range values {
		if s != "" {
			v.secrets = append(v.secrets, s)
		}
	}
}

// see takes note of something that left the app, as it is and unpacked.
func (v *vault) see(what string, text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out = append(v.out, what+": "+text)
	for _, e := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
		if decoded, err := e.DecodeString(strings.TrimRight(text, "=")); err == nil {
			v.out = append(v.out, what+", decoded: "+string(decoded))
		}
	}
}

// inspect takes note of all ways in which a value may be printed.
func (v *vault) inspect(what string, value any) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		v.see(what, fmt.Sprintf(verb, value))
	}
	data, err := json.Marshal(value)
	v.see(what, string(data)+fmt.Sprint(err))
}

// leaks returns what holds a secret, in any of the usual disguises.
func (v *vault) leaks() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var found []string
	for _, s := range v.secrets {
		for _, form := range []string{
			s, url.QueryEscape(s), hex.EncodeToString([]byte(s)),
			strings.Trim(fmt.Sprintf("%v", []byte(s)), "[]"), strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(s)), "[]byte{"), "}"),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		} {
			for _, text := range v.out {
				if strings.Contains(text, form) {
					found = append(found, s+" in "+text)
				}
			}
		}
	}
	return found
}

// listener hears what X answers, and learns its secrets.
type listener struct {
	vault *vault
	next  http.RoundTripper
}

func (l listener) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, broken := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if broken != nil {
		return nil, broken
	}
	if form, err := url.ParseQuery(string(body)); err == nil {
		l.vault.secret(form.Get("oauth_token_secret"))
		if r.URL.Path == "/oauth/access_token" { // the request token is in URLs
			l.vault.secret(form.Get("oauth_token"))
		}
	}
	return resp, nil
}

// visit is one request, with all of its answer noted.
func (v *vault) visit(p page) page {
	v.see("location", p.location)
	v.see("body", p.body)
	for name, values := range p.header {
		v.see(name, strings.Join(values, "\n"))
	}
	for _, c := range p.cookies {
		for part := range strings.SplitSeq(c.Value, ".") {
			v.see("cookie "+c.Name, part)
		}
		v.see("cookie", c.Value)
	}
	return p
}

func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookie", "memory"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := &vault{}
			v.secret(twittertest.ConsumerSecret)
			key := seal.NewKey()
			v.secret(key)
			keys, err := seal.Parse(key)
			require.NoError(t, err)
			sessions := newMemoryStore(t)
			if kind == "cookie" {
				sessions, err = sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: site})
				require.NoError(t, err)
			}
			store := &faultyStore{Store: sessions}
			a := newXApp(t, store, nil, func(cfg *twitter.Config) {
				cfg.HTTPClient = &http.Client{Transport: listener{v, cfg.HTTPClient.Transport}}
				cfg.Timeout = time.Minute
				v.inspect("twitter.Config", *cfg)
			})
			goEverywhere(t, v, a, store)

			for _, res := range a.results {
				v.inspect("Result", res)
				v.inspect("Account", res.Account)
				if res.Err != nil {
					v.inspect("error", res.Err)
					v.see("error", res.Err.Error())
				}
			}
			for _, account := range a.signIns {
				v.inspect("Account", account)
			}
			for _, verb := range []string{"%v", "%+v", "%#v"} { // others look into the fake flow, which hides nothing
				v.see("Registrar", fmt.Sprintf(verb, a.reg))
			}
			v.see("log", a.logs.String())
			v.secret(a.flow.secrets...)

			assert.Greater(t, len(v.secrets), 40, "there was something to keep")
			assert.Empty(t, v.leaks())
			v.see("teeth", "x"+base64.RawURLEncoding.EncodeToString([]byte(v.secrets[len(v.secrets)-1])))
			assert.Len(t, v.leaks(), 1, "and a leak would be found")
		})
	}
}

// goEverywhere takes every road there is, good and bad.
func goEverywhere(t *testing.T, v *vault, a *xApp, store *faultyStore) {
	t.Helper()
	verifierOf := func(callback string) string {
		u, err := url.Parse(callback)
		require.NoError(t, err)
		v.secret(u.Query().Get("oauth_verifier"))
		return callback
	}
	xRoad := func(b *browser) string {
		p := v.visit(b.post("/auth/twitter/start", url.Values{"next": {"/inbox"}}))
		callback, err := a.x.Approve(t.Context(), p.location, "")
		require.NoError(t, err)
		return verifierOf(callback)
	}

	// Somebody new, then known, a replay, a stolen callback, a malformed one.
	b := a.browser()
	callback := xRoad(b)
	v.visit(a.browser().get(callback))
	v.visit(b.get(callback + "&oauth_verifier=2"))
	v.visit(b.get(callback, func(r *http.Request) { r.Method = http.MethodHead }))
	v.visit(b.get(callback))
	pending := a.pending(b)
	v.inspect("Pending", pending)
	v.inspect("Pending", *pending)
	v.inspect("Account", pending.Account("user"))
	v.visit(b.get("/signup"))
	a.setSignInErr(fmt.Errorf("no: %w", oauthreg.ErrBarred))
	v.visit(b.post("/signup", nil))
	a.setSignInErr(nil)
	b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done, err := a.reg.Complete(w, r, "user-1")
		assert.NoError(t, err)
		v.inspect("Completion", done)
	})
	v.visit(b.post("/signup", nil))
	b.handler = a.handler
	v.visit(b.get(callback))
	v.visit(b.get(xRoad(b)))
	require.Equal(t, oauthreg.Returning, a.last().Outcome)
	a.setSignInErr(oauthreg.ErrBarred)
	v.visit(b.get(xRoad(b)))
	a.setSignInErr(nil)

	// X out of order, at each of its endpoints.
	faults := []twittertest.Fault{
		twittertest.Code32(), twittertest.OverCapacity(), twittertest.InvalidVerifier(), twittertest.NoUserID(), {Drop: true}, {LoseAnswer: true},
		twittertest.RateLimited(time.Now().Add(time.Hour)), twittertest.TruncatedBody(), {Status: 200, Body: "<html>"},
		{Form: func(form url.Values) { form.Del("oauth_token_secret") }}, {Form: func(form url.Values) { form.Set("user_id", "null") }},
		twittertest.RedirectTo("https://evil.example/"), twittertest.SuspendedUser(), twittertest.NoCredits(),
	}
	for _, fault := range faults {
		for _, endpoint := range []twittertest.Endpoint{twittertest.RequestToken, twittertest.AccessToken, twittertest.VerifyCredentials} {
			b := a.browser()
			if endpoint == twittertest.RequestToken {
				a.x.Fault(endpoint, fault)
				v.visit(b.post("/auth/twitter/start", nil))
			} else {
				callback := xRoad(b)
				a.x.Fault(endpoint, fault)
				v.visit(b.get(callback))
				v.visit(b.get(callback))
			}
			a.x.NoFault(endpoint)
		}
	}

	// The app out of order.
	for _, op := range []string{"put", "get", "take"} {
		for skip := range 2 {
			b := a.browser()
			callback := xRoad(b)
			store.breakOp(op, skip, errStore)
			v.visit(b.get(callback))
			v.visit(b.get("/signup"))
			store.breakOp("", 0, nil)
		}
	}

	// A flow with errors that quote what they should not is beyond help; one
	// that wraps is not.
	for _, row := range failureKinds {
		kind := row.kind
		a.flow.onExchange = func(context.Context) error { return errors.Join(kind) }
		b := a.browser()
		v.visit(b.get(a.app.approved(b, bob, "")))
		a.flow.onExchange = nil
		a.flow.onProfile = func(context.Context) error { return fmt.Errorf("profile: %w", kind) }
		v.visit(b.get(a.app.approved(b, bob, "")))
		a.flow.onProfile = nil
	}
}

// Whoever has the cookies of a sign-up can end it: they are in no print of it.
func TestPendingDoesNotPrintItsCookies(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cookie", "memory"} {
		v := &vault{}
		sessions := newMemoryStore(t)
		if kind == "cookie" {
			sessions = newCookieStore(t)
		}
		a := newApp(t, sessions)
		b := a.browser()
		b.get(a.approved(b, ada, ""))
		for _, c := range b.jar {
			for part := range strings.SplitSeq(c.value, ".") {
				if len(part) > 20 {
					v.secret(part)
				}
			}
		}
		require.NotEmpty(t, v.secrets)
		pending := a.pending(b)
		v.inspect("Pending", pending)
		v.inspect("Pending", *pending)
		v.inspect("in a struct", struct{ inner *oauthreg.Pending }{pending})
		v.inspect("in a struct", struct{ inner oauthreg.Pending }{*pending})
		assert.Empty(t, v.leaks(), kind)
	}
}

func TestConfigDoesNotPrintItsSecrets(t *testing.T) {
	t.Parallel()
	v := &vault{}
	key, consumer := seal.NewKey(), "kd94hf93k423kf44-consumer"
	v.secret(key, consumer)
	keys, err := seal.Parse(key)
	require.NoError(t, err)
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: site})
	require.NoError(t, err)
	flow, err := twitter.New(twitter.Config{ConsumerKey: "k", ConsumerSecret: provider.NewSecret(consumer)})
	require.NoError(t, err)
	cfg := goodConfig(t)
	cfg.Sessions, cfg.Flows["twitter"] = sessions, flow
	v.inspect("Config", cfg)
	v.inspect("Flow", flow)
	v.inspect("Store", sessions)
	reg, err := oauthreg.New(cfg)
	require.NoError(t, err)
	v.inspect("Registrar", reg)
	assert.Empty(t, v.leaks())
}
