package oauthreg_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// Two hosts of one process, each with a Registrar, keys and accounts of its own.
// One of them has two apps at X, under two names.
func Example_severalHosts() {
	if err := severalHosts(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// notes.example: twitter new
	// recipes.example: twitter new
	// notes.example: twitter-eu new
	// recipes.example: twitter mismatch
	// notes.example: twitter new
}

// siteConfig is what differs between hosts. In an app it comes from settings or
// from a table.
type siteConfig struct {
	Host  string                    // as browsers see it
	Keys  *seal.Keyring             // no other host's
	XApps map[string]twitter.Config // the host's apps at X, by the name in URLs and in the account store
}

// newSite makes the Registrar of one host.
func newSite(cfg siteConfig) (*oauthreg.Registrar, error) {
	flows, labels := map[string]provider.Flow{}, map[string]string{}
	for name, app := range cfg.XApps {
		x, err := twitter.New(app)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", cfg.Host, name, err)
		}
		flows[name], labels[name] = x, "X"
	}
	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: cfg.Keys, BaseURL: "https://" + cfg.Host})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Host, err)
	}
	return oauthreg.New(oauthreg.Config{
		BaseURL:   "https://" + cfg.Host + "/auth",
		Flows:     flows,
		Labels:    labels,
		Sessions:  sessions,
		Accounts:  tokenstore.NewMemory(), // one for each host, as its users are
		SignUpURL: "/signup",
		SignIn:    func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
		OnOutcome: func(_ http.ResponseWriter, _ *http.Request, res oauthreg.Result) bool {
			fmt.Printf("%s: %s %s\n", cfg.Host, res.Provider, res.Outcome)
			return false
		},
	})
}

// mountSites serves each host by its own Registrar. A host that is not in sites
// gets 404.
func mountSites(mux *http.ServeMux, sites []siteConfig) error {
	for _, cfg := range sites {
		reg, err := newSite(cfg)
		if err != nil {
			return err
		}
		mux.Handle(cfg.Host+"/auth/", reg.Handler())
	}
	return nil
}

func severalHosts(ctx context.Context) error {
	// Two apps at X, each with its key and its callback URLs: here two stand-ins.
	world, err := twittertest.New(twittertest.Config{CallbackURLs: []string{
		"https://notes.example/auth/twitter/callback", "https://recipes.example/auth/twitter/callback",
	}})
	if err != nil {
		return err
	}
	defer func() { _ = world.Close() }()
	europe, err := twittertest.New(twittertest.Config{
		ConsumerKey: "the-european-app", CallbackURLs: []string{"https://notes.example/auth/twitter-eu/callback"},
	})
	if err != nil {
		return err
	}
	defer func() { _ = europe.Close() }()
	secret := provider.NewSecret(twittertest.ConsumerSecret)
	worldApp := twitter.Config{ConsumerKey: twittertest.ConsumerKey, ConsumerSecret: secret, BaseURL: world.URL()}
	europeApp := twitter.Config{ConsumerKey: "the-european-app", ConsumerSecret: secret, BaseURL: europe.URL()}

	notesKeys, err1 := seal.Parse(seal.NewKey())
	recipesKeys, err2 := seal.Parse(seal.NewKey())
	mux := http.NewServeMux()
	err3 := mountSites(mux, []siteConfig{
		{Host: "notes.example", Keys: notesKeys, XApps: map[string]twitter.Config{"twitter": worldApp, "twitter-eu": europeApp}},
		{Host: "recipes.example", Keys: recipesKeys, XApps: map[string]twitter.Config{"twitter": worldApp}},
	})
	jar, err4 := cookiejar.New(nil)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}

	browser := &http.Client{Jar: jar, Transport: handlerTransport{mux}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	callback := func(host, name string, x *twittertest.Server) (string, error) {
		start, err := browser.PostForm("https://"+host+"/auth/"+name+"/start", url.Values{})
		if err != nil {
			return "", err
		}
		defer func() { _ = start.Body.Close() }()
		return x.Approve(ctx, start.Header.Get("Location"), "")
	}
	open := func(target string) error {
		resp, err := browser.Get(target)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	for _, road := range []struct {
		host, name string
		x          *twittertest.Server
	}{{"notes.example", "twitter", world}, {"recipes.example", "twitter", world}, {"notes.example", "twitter-eu", europe}} {
		target, err := callback(road.host, road.name, road.x)
		if err != nil {
			return err
		}
		if err := open(target); err != nil {
			return err
		}
	}

	// A callback that is brought to the other host is turned away there, before any
	// call to X, and is good at its own afterwards.
	target, err := callback("notes.example", "twitter", world)
	if err != nil {
		return err
	}
	return errors.Join(open(strings.Replace(target, "notes.example", "recipes.example", 1)), open(target))
}

// handlerTransport answers a client's requests by a handler.
type handlerTransport struct{ handler http.Handler }

func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	if r.Body == nil {
		r.Body = http.NoBody
	}
	t.handler.ServeHTTP(w, r)
	return w.Result(), nil
}
