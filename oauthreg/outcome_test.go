package oauthreg_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/tokenstore"
)

// roads lead to each outcome there is. They run on an app that knows ada.
var roads = map[oauthreg.Outcome]func(a *app, b *browser) page{
	oauthreg.NewUser:   func(a *app, b *browser) page { return b.get(a.approved(b, bob, "")) },
	oauthreg.Returning: func(a *app, b *browser) page { return b.get(a.approved(b, ada, "")) },
	oauthreg.Replayed: func(a *app, b *browser) page {
		callback := a.approved(b, ada, "")
		b.get(callback)
		return b.get(callback)
	},
	oauthreg.Denied:     func(a *app, b *browser) page { return b.get("/auth/fake/callback?" + a.flow.deny(a.start(b, ""))) },
	oauthreg.NotStarted: func(_ *app, b *browser) page { return b.get("/auth/fake/callback") },
	oauthreg.Mismatch:   func(a *app, b *browser) page { return b.get(a.approved(a.browser(), bob, "")) },
	oauthreg.Expired:    failing(provider.ErrExpired),
	oauthreg.Malformed:  func(_ *app, b *browser) page { return b.get("/auth/fake/callback?a=1&a=2") },
	oauthreg.CrossOrigin: func(_ *app, b *browser) page {
		return b.post("/auth/fake/start", nil, fromSite("https://evil.example", "cross-site"))
	},
	oauthreg.UnknownProvider: func(_ *app, b *browser) page { return b.get("/auth/nobody/start") },
	oauthreg.RateLimited:     failing(provider.ErrRateLimited),
	oauthreg.Unavailable:     failing(provider.ErrUnavailable),
	oauthreg.Misconfigured:   failing(provider.ErrRefused),
	oauthreg.AccountUnusable: failing(provider.ErrAccountUnusable),
	oauthreg.Linked: func(a *app, b *browser) page {
		b.get(a.approved(b, ada, ""))
		return b.get(a.connecting(b, bob))
	},
	oauthreg.AlreadyLinked: func(a *app, b *browser) page {
		b.get(a.approved(b, ada, ""))
		return b.get(a.connecting(b, ada))
	},
	oauthreg.AccountInUse: func(a *app, b *browser) page {
		a.signUp(bob)
		b.get(a.approved(b, ada, ""))
		return b.get(a.connecting(b, bob))
	},
	oauthreg.LinkedByEmail: func(a *app, b *browser) page { return b.get(a.approved(b, withAddress("verified@example.com"), "")) },
	oauthreg.EmailInUse:    func(a *app, b *browser) page { return b.get(a.approved(b, withAddress("typed-in@example.com"), "")) },
	oauthreg.SignUpClosed:  func(a *app, b *browser) page { return b.get(a.approved(b, withAddress("late@example.com"), "")) },
	oauthreg.TooMany: func(_ *app, b *browser) page {
		return b.post("/auth/fake/start", url.Values{"next": {"/again"}}, func(r *http.Request) { r.Header.Set("X-Test-Hurry", "1") })
	},
	oauthreg.SignInFirst: func(_ *app, b *browser) page {
		return b.post("/auth/fake/start", url.Values{"intent": {"connect"}})
	},
	oauthreg.Barred: func(a *app, b *browser) page {
		a.setSignInErr(oauthreg.ErrBarred)
		return b.get(a.approved(b, ada, ""))
	},
	oauthreg.Internal: func(a *app, b *browser) page {
		a.setSignInErr(errors.New("down"))
		return b.get(a.approved(b, ada, ""))
	},
}

func withAddress(email string) provider.Profile {
	return provider.Profile{ID: "99", Username: "zed", Email: email, EmailVerified: true}
}

// withHooks is an app that asks its own questions of people with some addresses.
func withHooks(cfg *oauthreg.Config) {
	cfg.Limit = func(r *http.Request, _ string) (time.Duration, error) {
		if r.Header.Get("X-Test-Hurry") != "" {
			return time.Minute, nil
		}
		return 0, nil
	}
	cfg.SignInURL, cfg.TrustEmailOf = "/signin", []string{"fake"}
	cfg.UserByEmail = func(_ context.Context, email string) (string, bool, error) {
		switch email {
		case "verified@example.com":
			return "user-1", true, nil
		case "typed-in@example.com":
			return "user-1", false, nil
		}
		return "", false, nil
	}
	cfg.AllowSignUp = func(_ context.Context, p *oauthreg.Pending) error {
		if p.Profile.Email == "late@example.com" {
			return oauthreg.ErrSignUpClosed
		}
		return nil
	}
}

func failing(kind error) func(a *app, b *browser) page {
	return func(a *app, b *browser) page {
		a.flow.onExchange = func(context.Context) error {
			return &provider.Error{
				Provider: "fake", Op: provider.OpAccessToken, Kind: kind, Status: 499, Code: "c-1",
				RetryAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Hint: "change something",
			}
		}
		return b.get(a.approved(b, bob, ""))
	}
}

// outcomesInSource reads the constants of the type, so that a new one cannot
// be forgotten here.
func outcomesInSource(t *testing.T) []oauthreg.Outcome {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "outcome.go", nil, 0)
	require.NoError(t, err)
	var all []oauthreg.Outcome
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			value, ok := spec.(*ast.ValueSpec)
			require.True(t, ok)
			if name, ok := value.Type.(*ast.Ident); ok && name.Name == "Outcome" {
				literal, ok := value.Values[0].(*ast.BasicLit)
				require.True(t, ok)
				code, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				all = append(all, oauthreg.Outcome(code))
			}
		}
	}
	return all
}

func TestEveryOutcomeIsReached(t *testing.T) {
	t.Parallel()
	all := outcomesInSource(t)
	require.Len(t, all, len(roads))
	for _, want := range all {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			road, ok := roads[want]
			require.True(t, ok)
			onEveryStore(t, func(t *testing.T, a *app) {
				a.signUp(ada)
				p := road(a, a.browser())
				res := a.last()
				assert.Equal(t, want, res.Outcome)
				assert.Equal(t, p.status, res.Status)
				assert.Equal(t, p.location, res.Location)
				assert.Equal(t, slices.Contains([]oauthreg.Outcome{oauthreg.Returning, oauthreg.Linked, oauthreg.AlreadyLinked, oauthreg.LinkedByEmail}, want), res.Account.UserID != "")
				if want == oauthreg.UnknownProvider {
					assert.Empty(t, res.Provider)
				} else {
					assert.Equal(t, "fake", res.Provider)
				}
				assert.Contains(t, a.logs.String(), `"outcome":"`+string(want)+`"`)
				assertPrivate(t, string(want), p)
			}, withHooks)
		})
	}
}

// An app may answer in its own way; whatever it leaves is answered by default.
func TestOnOutcomeMayAnswerInstead(t *testing.T) {
	t.Parallel()
	for _, want := range outcomesInSource(t) {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t), withHooks, func(cfg *oauthreg.Config) {
				cfg.OnOutcome = func(w http.ResponseWriter, _ *http.Request, res oauthreg.Result) bool {
					if res.Outcome != want {
						return false
					}
					w.WriteHeader(http.StatusTeapot)
					_, _ = w.Write([]byte("in the app's words"))
					return true
				}
			})
			require.NoError(t, a.accounts.Link(t.Context(), tokenstore.Account{
				Identity: tokenstore.Identity{Provider: "fake", Subject: ada.ID}, UserID: "user-of-old",
			}))
			p := roads[want](a, a.browser())
			assert.Equal(t, want, a.last().Outcome)
			assert.Equal(t, http.StatusTeapot, p.status)
			assert.Equal(t, "in the app's words", p.body)
			assert.Empty(t, p.location)
			assertPrivate(t, "an answer of the app's", p)
			if want == oauthreg.NewUser || want == oauthreg.Returning {
				assert.NotEmpty(t, p.cookies, "cookies are set by then")
			}
		})
	}
}

// Levels: a person's own decision is no fault; what a developer must mend is.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	levels := map[oauthreg.Outcome]slog.Level{
		oauthreg.Mismatch: slog.LevelWarn, oauthreg.Malformed: slog.LevelWarn, oauthreg.CrossOrigin: slog.LevelWarn,
		oauthreg.RateLimited: slog.LevelWarn, oauthreg.TooMany: slog.LevelWarn, oauthreg.Unavailable: slog.LevelWarn, oauthreg.Barred: slog.LevelWarn,
		oauthreg.Misconfigured: slog.LevelError, oauthreg.Internal: slog.LevelError,
	}
	for want, road := range roads {
		a := newApp(t, newMemoryStore(t), withHooks)
		a.signUp(ada)
		road(a, a.browser())
		lines := a.logs.lines(levels[want]) // Info is the zero Level
		require.NotEmpty(t, lines, want)
		assert.Contains(t, lines[len(lines)-1], `"outcome":"`+string(want)+`"`)
	}
	a := newApp(t, newMemoryStore(t))
	failing(provider.ErrRateLimited)(a, a.browser())
	for _, part := range []string{`"op":"access token"`, `"status":499`, `"code":"c-1"`, `"retry_at":"2026-01-02T03:04:05Z"`, "change something"} {
		assert.Contains(t, a.logs.String(), part)
	}
}

// The usual cause of a mismatch in development is told.
func TestMismatchOnAnotherHostIsExplained(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	b.post("/auth/fake/start", nil)
	b.get("/auth/fake/callback?token=x")
	assert.NotContains(t, a.logs.String(), "hint", "it has a cookie: it may be anything")
	a.browser().get("/auth/fake/callback", func(r *http.Request) { r.Host = "127.0.0.1:8080" })
	assert.Equal(t, oauthreg.NotStarted, a.last().Outcome)
	assert.NotContains(t, a.logs.String(), "hint", "nothing was looked for")
	a.browser().get("/auth/fake/callback?token=x")
	assert.Contains(t, a.logs.String(), `do they start on another spelling of the host than \"app.example.com\"`)
	a.browser().get("/auth/fake/callback?token=x", func(r *http.Request) { r.Host = "127.0.0.1:8080" })
	assert.Contains(t, a.logs.String(), `the callback came to host \"127.0.0.1:8080\", but BaseURL has \"app.example.com\"`)
}

// In development it is told to browsers too that have a cookie of an earlier
// start: localhost and 127.0.0.1 are tried in turns.
func TestMismatchInDevelopmentIsExplained(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t), func(cfg *oauthreg.Config) { cfg.BaseURL = "https://127.0.0.1:8080/auth" }) // with http the cookies of these tests would be others
	b := a.browser()
	at := func(r *http.Request) { r.Host = "127.0.0.1:8080" }
	b.post("/auth/fake/start", nil, at)
	b.get("/auth/fake/callback?token=x", at)
	require.Equal(t, oauthreg.Mismatch, a.last().Outcome)
	assert.Contains(t, a.logs.String(), `was this one begun on another spelling of the host than \"127.0.0.1:8080\" (localhost is not 127.0.0.1)?`)
}

// What an app does by mistake and the answer cannot tell its developer stands in
// the log.
func TestMistakesOfTheAppAreLogged(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, want string
		mistake    func(a *app, b *browser)
	}{
		{"connecting by a link", "oauthreg: the intent of a link is not taken", func(_ *app, b *browser) { b.get("/auth/fake/start?intent=connect") }},
		{"mounted elsewhere", "oauthreg: a start or callback came to a path that is not below that of BaseURL", func(a *app, _ *browser) {
			for i, path := range []string{"/login/fake/start", "/login/fake/callback", "/login/fake/else"} {
				w := httptest.NewRecorder()
				a.reg.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://app.example.com"+path, nil))
				assert.Equal(t, http.StatusNotFound, w.Code)
				assert.Len(t, a.logs.lines(slog.LevelWarn), min(i+1, 2))
			}
		}},
		{"a form without the field", "oauthreg: a form does not say which of several sign-ups it is for", func(a *app, b *browser) {
			a.toForm(b, ada)
			a.toForm(b, bob)
			b.post("/signup", url.Values{"username": {"ada"}})
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t, newMemoryStore(t))
			a.browser().get("/auth/fake/start")
			a.browser().get("/auth/nobody")
			assert.NotContains(t, a.logs.String(), row.want)
			row.mistake(a, a.browser())
			assert.Contains(t, a.logs.String(), row.want)
			assert.NotEmpty(t, a.logs.lines(slog.LevelWarn))
		})
	}
}
