package oauthreg_test

import (
	"context"
	"math"
	"net/http"
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
)

func goodConfig(t testing.TB) oauthreg.Config {
	t.Helper()
	return oauthreg.Config{
		BaseURL:   site + "/auth",
		Flows:     map[string]provider.Flow{"fake": newFakeFlow("fake")},
		Sessions:  newCookieStore(t),
		Accounts:  tokenstore.NewMemory(),
		SignIn:    func(http.ResponseWriter, *http.Request, tokenstore.Account) error { return nil },
		SignUpURL: "/signup",
	}
}

func nobody(context.Context, string) (string, bool, error) { return "", false, nil }

// faultsOf returns the fields that err complains of.
func faultsOf(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	var fields []string
	for _, err := range errs {
		fault, ok := err.(*provider.ConfigError)
		require.True(t, ok, "%T", err)
		assert.Equal(t, "oauthreg", fault.Package)
		assert.NotEmpty(t, fault.Reason)
		fields = append(fields, fault.Field)
	}
	return fields
}

func TestNewRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	flows := func(name string) func(*oauthreg.Config) {
		return func(cfg *oauthreg.Config) { cfg.Flows[name] = newFakeFlow("x") }
	}
	baseURL := func(u string) func(*oauthreg.Config) { return func(cfg *oauthreg.Config) { cfg.BaseURL = u } }
	rows := []struct {
		name   string
		change func(*oauthreg.Config)
		field  string // "" if it is fine
	}{
		{"nothing", func(*oauthreg.Config) {}, ""},
		{"Flows nil", func(cfg *oauthreg.Config) { cfg.Flows = nil }, "Flows"},
		{"a nil flow", func(cfg *oauthreg.Config) { cfg.Flows["x"] = nil }, "Flows"},
		{"a flow whose New failed", func(cfg *oauthreg.Config) { cfg.Flows["x"] = (*twitter.Flow)(nil) }, "Flows"},
		{"a flow that is no pointer", func(cfg *oauthreg.Config) { cfg.Flows["x"] = struct{ provider.Flow }{newFakeFlow("x")} }, ""},
		{"sessions whose New failed", func(cfg *oauthreg.Config) { cfg.Sessions = (*sessionstore.Cookie)(nil) }, "Sessions"},
		{"accounts whose New failed", func(cfg *oauthreg.Config) { cfg.Accounts = (*tokenstore.SQL)(nil) }, "Accounts"},
		{"a label of no flow", func(cfg *oauthreg.Config) { cfg.Labels = map[string]string{"twiter": "X"} }, "Labels"},
		{"no sessions", func(cfg *oauthreg.Config) { cfg.Sessions = nil }, "Sessions"},
		{"no accounts", func(cfg *oauthreg.Config) { cfg.Accounts = nil }, "Accounts"},
		{"no SignIn", func(cfg *oauthreg.Config) { cfg.SignIn = nil }, "SignIn"},
		{"no SignUpURL", func(cfg *oauthreg.Config) { cfg.SignUpURL = "" }, "SignUpURL"},
		{"SignUpURL elsewhere", func(cfg *oauthreg.Config) { cfg.SignUpURL = "https://evil.example/" }, "SignUpURL"},
		{"FailureURL elsewhere", func(cfg *oauthreg.Config) { cfg.FailureURL = "//evil.example" }, "FailureURL"},
		{"ConnectFailureURL elsewhere", func(cfg *oauthreg.Config) { cfg.ConnectFailureURL = "//evil.example" }, "ConnectFailureURL"},
		{"DefaultNext elsewhere", func(cfg *oauthreg.Config) { cfg.DefaultNext = "home" }, "DefaultNext"},
		{"UserByEmail without SignInURL", func(cfg *oauthreg.Config) { cfg.UserByEmail = nobody }, "SignInURL"},
		{"UserByEmail", func(cfg *oauthreg.Config) { cfg.UserByEmail, cfg.SignInURL = nobody, "/signin" }, ""},
		{"SignInURL elsewhere", func(cfg *oauthreg.Config) { cfg.SignInURL = "https://evil.example/" }, "SignInURL"},
		{"TrustEmailOf without UserByEmail", func(cfg *oauthreg.Config) { cfg.TrustEmailOf = []string{"fake"} }, "TrustEmailOf"},
		{"TrustEmailOf of nobody", func(cfg *oauthreg.Config) {
			cfg.UserByEmail, cfg.SignInURL, cfg.TrustEmailOf = nobody, "/signin", []string{"fake", "nobody"}
		}, "TrustEmailOf"},
		{"TrustEmailOf", func(cfg *oauthreg.Config) {
			cfg.UserByEmail, cfg.SignInURL, cfg.TrustEmailOf = nobody, "/signin", []string{"fake"}
		}, ""},
		{"negative AttemptTTL", func(cfg *oauthreg.Config) { cfg.AttemptTTL = -time.Second }, "AttemptTTL"},
		{"negative PendingTTL", func(cfg *oauthreg.Config) { cfg.PendingTTL = -1 }, "PendingTTL"},
		{"AttemptTTL of a month", func(cfg *oauthreg.Config) { cfg.AttemptTTL = 31 * 24 * time.Hour }, ""},
		{"AttemptTTL of an age", func(cfg *oauthreg.Config) { cfg.AttemptTTL = math.MaxInt64 }, "AttemptTTL"},
		{"PendingTTL of an age", func(cfg *oauthreg.Config) { cfg.PendingTTL = 32 * 24 * time.Hour }, "PendingTTL"},
		{"name in capitals", flows("Twitter"), "Flows"},
		{"empty name", flows(""), "Flows"},
		{"name with a slash", flows("a/b"), "Flows"},
		{"name with dots", flows(".."), "Flows"},
		{"name with a blank", flows("a b"), "Flows"},
		{"long name", flows(strings.Repeat("a", 33)), "Flows"},
		{"name of every sort", flows("a-1_b"), ""},
		{"longest name", flows(strings.Repeat("a", 32)), ""},
		{"BaseURL empty", baseURL(""), "BaseURL"},
		{"BaseURL put together wrongly", baseURL("https://app.example.com//auth"), "BaseURL"},
		{"BaseURL with an escaped slash", baseURL("https://app.example.com/%2Fevil.example"), "BaseURL"},
		{"BaseURL with dots", baseURL("https://app.example.com/a/../b"), "BaseURL"},
		{"BaseURL without a path", baseURL("https://app.example.com/"), ""},
		{"BaseURL relative", baseURL("/auth"), "BaseURL"},
		{"BaseURL without a scheme", baseURL("app.example.com/auth"), "BaseURL"},
		{"BaseURL of another scheme", baseURL("ftp://app.example.com/auth"), "BaseURL"},
		{"BaseURL over http", baseURL("http://app.example.com/auth"), "BaseURL"},
		{"BaseURL over http, with loopback in the name", baseURL("http://localhost.evil.example/auth"), "BaseURL"},
		{"BaseURL with a query", baseURL(site + "/auth?x=1"), "BaseURL"},
		{"BaseURL with an empty query", baseURL(site + "/auth?"), "BaseURL"},
		{"BaseURL with a fragment", baseURL(site + "/auth#x"), "BaseURL"},
		{"BaseURL with an empty fragment", baseURL(site + "/auth#"), "BaseURL"},
		{"BaseURL with a user", baseURL("https://user:secret@app.example.com/auth"), "BaseURL"},
		{"BaseURL without a host", baseURL("https:///auth"), "BaseURL"},
		{"BaseURL with a port alone", baseURL("https://:443/auth"), "BaseURL"},
		{"BaseURL that is none", baseURL("https://%zz"), "BaseURL"},
		{"BaseURL in another spelling", baseURL("https://App.example.com/auth"), "BaseURL"},
		{"BaseURL with the port it has anyway", baseURL(site + ":443/auth"), "BaseURL"},
		{"BaseURL with the port it has anyway, over http", baseURL("http://127.0.0.1:80/auth"), "BaseURL"},
		{"BaseURL with an empty port", baseURL(site + ":/auth"), "BaseURL"},
		{"BaseURL on localhost", baseURL("http://localhost:8080/auth"), ""},
		{"BaseURL under localhost", baseURL("http://app.localhost:8080/auth"), ""},
		{"BaseURL on 127.0.0.1", baseURL("http://127.0.0.1:8080"), ""},
		{"BaseURL on ::1", baseURL("http://[::1]:8080/"), ""},
	}
	for _, origins := range []struct {
		field string
		set   func(*oauthreg.Config, string)
	}{
		{"NextOrigins", func(cfg *oauthreg.Config, o string) { cfg.NextOrigins = []string{o} }},
		{"TrustedOrigins", func(cfg *oauthreg.Config, o string) { cfg.TrustedOrigins = []string{o} }},
	} {
		for origin, field := range map[string]string{
			"https://www.example.com": "", "https://www.example.com:8443": "", "http://localhost:3000": "", "http://127.0.0.1": "",
			"": origins.field, "https://": origins.field, "https://www.example.com/": origins.field, "www.example.com": origins.field,
			"http://www.example.com": origins.field, "*": origins.field, "null": origins.field, "https://user@www.example.com": origins.field,
			"https://www.example.com?x": origins.field, "//www.example.com": origins.field, "javascript://localhost": origins.field,
			"https://:443": origins.field, "https://%zz": origins.field, "HTTPS://www.example.com": origins.field,
			"https://WWW.example.com": origins.field, "https://www.example.com:443": origins.field,
		} {
			rows = append(rows, struct {
				name   string
				change func(*oauthreg.Config)
				field  string
			}{origins.field + " " + origin, func(cfg *oauthreg.Config) { origins.set(cfg, origin) }, field})
		}
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := goodConfig(t)
			row.change(&cfg)
			reg, err := oauthreg.New(cfg)
			if row.field == "" {
				require.NoError(t, err)
				return
			}
			assert.Nil(t, reg)
			assert.Equal(t, []string{row.field}, faultsOf(t, err), "%v", err)
			if err != nil {
				assert.NotContains(t, err.Error(), "secret")
			}
		})
	}
}

func TestNewNamesAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := oauthreg.New(oauthreg.Config{
		Flows: map[string]provider.Flow{"Bad": nil}, SignUpURL: "signup", FailureURL: "//x", DefaultNext: `/\x`,
		NextOrigins: []string{"*"}, TrustedOrigins: []string{"*"}, AttemptTTL: -1,
	})
	assert.ElementsMatch(t, []string{
		"BaseURL", "Flows", "Flows", "Sessions", "Accounts", "SignIn", "SignUpURL", "FailureURL", "DefaultNext",
		"NextOrigins", "TrustedOrigins", "AttemptTTL",
	}, faultsOf(t, err))
}

// What the caller does to their maps and slices later is theirs.
func TestNewCopiesItsConfiguration(t *testing.T) {
	t.Parallel()
	var theirs oauthreg.Config
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) {
		cfg.NextOrigins = []string{"https://www.example.com"}
		theirs = *cfg
	})
	delete(theirs.Flows, "fake")
	theirs.Labels["fake"] = "Somebody else"
	theirs.NextOrigins[0] = "https://evil.example"
	a.signUp(ada)
	assert.Equal(t, "https://www.example.com/x", landing(t, a, "https://www.example.com/x"))
	assert.Equal(t, "/", landing(t, a, "https://evil.example/x"))
	assert.Contains(t, a.browser().get("/auth/fake/start").body, "Fake Inc.")
}

// The Logger may be left out.
func TestNewWithoutALogger(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t), func(cfg *oauthreg.Config) { cfg.Logger = nil })
	assert.NotEmpty(t, a.signUp(ada))
	assert.Empty(t, a.logs.String())
}

// Over plain http on loopback cookies are neither Secure nor named "__Host-":
// Safari would refuse them.
func TestCookiesOnLoopbackAreNotSecure(t *testing.T) {
	t.Parallel()
	a := newApp(t, &sharedStore{values: map[string]sharedValue{}}, func(cfg *oauthreg.Config) { cfg.BaseURL = "http://localhost:8080/auth" })
	w := &browser{t: discard{t}, handler: a.reg.Handler()}
	p := w.post("/auth/fake/start", nil)
	require.Equal(t, http.StatusSeeOther, p.status)
	require.Len(t, p.cookies, 1)
	assert.False(t, p.cookies[0].Secure)
	assert.True(t, p.cookies[0].HttpOnly)
	assert.True(t, strings.HasPrefix(p.cookies[0].Name, "oauthreg_try_"))
}

// discard is a test whose browser may complain.
type discard struct{ testing.TB }

func (discard) Errorf(string, ...any) {}
