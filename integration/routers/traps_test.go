package routers_test

import (
	"bytes"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/routers"
	"github.com/oauthreg/go/oauthreg"
)

// What a router or its middleware can do that keeps everybody out, and what
// helps. docs/adding-to-your-app.md tells of each.
func TestTrapsOfRouters(t *testing.T) {
	t.Parallel()
	callbackWithSlash := func(e *echo.Echo, a *routers.App) {
		e.Any("/auth/twitter/start/", echo.WrapHandler(a.Reg.Start("twitter")))
		e.Any("/auth/twitter/callback/", echo.WrapHandler(a.Reg.Callback("twitter")))
	}
	for _, row := range []struct {
		name, prefix string
		old          bool // a browser without Sec-Fetch-Site
		trap, cure   build
		page, press  int // what the start answers in the trap; no press if 0
	}{
		{
			name: "net/http: a part of the path is cut", prefix: "/app", page: http.StatusNotFound,
			trap: func(_ *testing.T, a *routers.App, prefix string) http.Handler {
				mux := http.NewServeMux()
				mux.Handle("/auth/", a.Reg.Handler())
				return http.StripPrefix(prefix, mux)
			},
			cure: func(_ *testing.T, a *routers.App, prefix string) http.Handler {
				mux := http.NewServeMux()
				mux.Handle("/auth/", http.StripPrefix("/auth", a.Reg.Handler()))
				return http.StripPrefix(prefix, mux)
			},
		},
		{
			name: "echo: AddTrailingSlash", page: http.StatusNotFound,
			trap: onEcho(func(e *echo.Echo) { e.Pre(echomiddleware.AddTrailingSlash()) }),
			cure: onEcho(func(e *echo.Echo) {
				e.Pre(echomiddleware.AddTrailingSlashWithConfig(echomiddleware.AddTrailingSlashConfig{
					Skipper: func(c *echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, "/auth/") },
				}))
			}),
		},
		{
			name: "echo: AddTrailingSlash, one by one", page: http.StatusNotFound,
			trap: onEcho(func(e *echo.Echo) { e.Pre(echomiddleware.AddTrailingSlash()) }),
			cure: func(_ *testing.T, a *routers.App, _ string) http.Handler {
				e := echo.New()
				e.Pre(echomiddleware.AddTrailingSlash())
				callbackWithSlash(e, a)
				return e
			},
		},
		{
			name: "echo: CSRF wants a token of browsers without Sec-Fetch-Site", old: true, page: http.StatusOK, press: http.StatusBadRequest,
			trap: onEcho(func(e *echo.Echo) { e.Use(echomiddleware.CSRF()) }),
			cure: onEcho(func(e *echo.Echo) {
				e.Use(echomiddleware.CSRFWithConfig(echomiddleware.CSRFConfig{
					Skipper: func(c *echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, "/auth/") },
				}))
			}),
		},
		{
			name: "chi: only GET is routed", page: http.StatusOK, press: http.StatusMethodNotAllowed,
			trap: func(_ *testing.T, a *routers.App, _ string) http.Handler {
				r := chi.NewRouter()
				r.Get("/auth/*", a.Reg.Handler().ServeHTTP)
				return r
			},
			cure: onChi(func(chi.Router) {}),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.prefix, row.trap)
			start := w.url + "/auth/twitter/start"
			b := w.browser()
			b.old = row.old
			p := b.get(start)
			require.Equal(t, row.page, p.status)
			if row.press != 0 {
				require.Equal(t, row.press, b.press(start, p).status)
			}

			w = newWorld(t, row.prefix, row.cure)
			b = w.browser()
			b.old = row.old
			callback := b.approve(w, b.toX(w, w.url+"/auth/twitter/start"))
			p = b.get(callback)
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
			assert.Equal(t, w.url+"/signup", p.location)
		})
	}
}

// What net/http's own check in front answers is not the library's, and it has to
// be told of other origins itself.
func TestCrossOriginProtectionInFront(t *testing.T) {
	t.Parallel()
	const friend = "https://www.example.com"
	for _, row := range []struct {
		name            string
		change          func(*http.CrossOriginProtection) error
		stranger, other string // content type of the answer to a stranger, and what a page of TrustedOrigins gets
	}{
		{"as it is", func(*http.CrossOriginProtection) error { return nil }, "text/plain", "403"},
		{"told of the origin", func(p *http.CrossOriginProtection) error { return p.AddTrustedOrigin(friend) }, "text/plain", "303"},
		{"bypassed", func(p *http.CrossOriginProtection) error { p.AddInsecureBypassPattern("/auth/"); return nil }, "application/problem+json", "303"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", func(t *testing.T, a *routers.App, prefix string) http.Handler {
				protection := http.NewCrossOriginProtection()
				require.NoError(t, row.change(protection))
				return protection.Handler(onNetHTTP(t, a, prefix))
			}, func(cfg *oauthreg.Config) { cfg.TrustedOrigins = []string{friend} })
			from := func(origin string) *http.Response {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/auth/twitter/start", nil)
				require.NoError(t, err)
				r.Header.Set("Origin", origin)
				r.Header.Set("Sec-Fetch-Site", "cross-site")
				r.Header.Set("Accept", "application/json")
				if origin == friend {
					r.Header.Set("Accept", "text/html")
				}
				res, err := w.browser().client.Do(r)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				return res
			}
			res := from("https://evil.example")
			assert.Equal(t, http.StatusForbidden, res.StatusCode)
			assert.Contains(t, res.Header.Get("Content-Type"), row.stranger)
			assert.Equal(t, row.other, strconv.Itoa(from(friend).StatusCode))
		})
	}
}

// Routes that an app has below /auth already: gin does not take both.
func TestRoutesOfTheAppBesideThose(t *testing.T) {
	t.Parallel()
	own := "the app's own"
	onOwn := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(own)) }
	assert.Panics(t, func() {
		r := gin.New()
		r.GET("/auth/login", func(*gin.Context) {})
		routers.Gin(r, &oauthreg.Registrar{}, func(*gin.Context) {}, func(*gin.Context) {})
	})
	for _, row := range []struct {
		name    string
		handler build
	}{
		{"net/http", func(_ *testing.T, a *routers.App, _ string) http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /auth/login", onOwn)
			routers.NetHTTP(mux, a.Reg, a.ShowForm, a.SubmitForm)
			return mux
		}},
		{"chi", onChi(func(r chi.Router) { r.Get("/auth/login", onOwn) })},
		{"echo", onEcho(func(e *echo.Echo) { e.GET("/auth/login", echo.WrapHandler(http.HandlerFunc(onOwn))) })},
		{"gin, by the provider's name", func(_ *testing.T, a *routers.App, _ string) http.Handler {
			r := gin.New()
			r.GET("/auth/login", gin.WrapF(onOwn))
			r.Any("/auth/twitter/*rest", gin.WrapH(a.Reg.Handler()))
			return r
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", row.handler)
			b := w.browser()
			assert.Equal(t, own, b.get(w.url+"/auth/login").body)
			callback := b.approve(w, b.toX(w, w.url+"/auth/twitter/start"))
			assert.Equal(t, w.url+"/signup", b.get(callback).location)
		})
	}
}

// The start under a path of the app's own choice.
func TestSingleHandlers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(_ *testing.T, a *routers.App, _ string) http.Handler {
		mux := http.NewServeMux()
		routers.NetHTTPSingle(mux, a.Reg, a.ShowForm, a.SubmitForm)
		return mux
	}, func(cfg *oauthreg.Config) { cfg.FailureURL = "/join" })
	b := w.browser()
	assert.Equal(t, http.StatusNotFound, b.get(w.url+"/auth/twitter/start").status)
	denied, err := w.standIn.Deny(t.Context(), b.toX(w, w.url+"/join?next=/inbox"))
	require.NoError(t, err)
	back := b.get(denied).location
	require.Equal(t, w.url+"/join?error=denied&provider=twitter", back)
	callback := b.approve(w, b.toX(w, back))
	require.Equal(t, w.url+"/signup", b.get(callback).location)
	form := w.url + "/signup"
	assert.Equal(t, w.url+"/home", b.press(form, b.get(form)).location)
}

// buffer is a log that handlers write to while the test reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// The access logs of these routers have the callback's query as it came, unless
// they are told otherwise.
func TestAccessLogsHaveTheQuery(t *testing.T) {
	t.Parallel()
	chiLogger := func(out *buffer) func(http.Handler) http.Handler {
		return chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{Logger: log.New(out, "", 0), NoColor: true})
	}
	for _, row := range []struct {
		name       string
		trap, cure func(out *buffer) build
	}{
		{
			"chi",
			func(out *buffer) build { return onChi(func(r chi.Router) { r.Use(chiLogger(out)) }) },
			func(out *buffer) build {
				return onChi(func(r chi.Router) { r.Use(routers.WithoutQuery, chiLogger(out)) })
			},
		},
		{
			"gin",
			func(out *buffer) build { return onGin(func(r *gin.Engine) { r.Use(gin.LoggerWithWriter(out)) }) },
			func(out *buffer) build { return onGin(func(r *gin.Engine) { r.Use(routers.GinLogger(out)) }) },
		},
		{
			"echo",
			func(out *buffer) build {
				return onEcho(func(e *echo.Echo) {
					e.Logger = slog.New(slog.NewTextHandler(out, nil))
					e.Use(echomiddleware.RequestLogger())
				})
			},
			func(out *buffer) build {
				return onEcho(func(e *echo.Echo) {
					e.Logger = slog.New(slog.NewTextHandler(out, nil))
					e.Use(routers.EchoLogger())
				})
			},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, half := range []struct {
				name    string
				handler func(out *buffer) build
				want    bool
			}{{"trap", row.trap, true}, {"cure", row.cure, false}} {
				t.Run(half.name, func(t *testing.T) {
					t.Parallel()
					out := &buffer{}
					w := newWorld(t, "", half.handler(out))
					b := w.browser()
					callback := b.approve(w, b.toX(w, w.url+"/auth/twitter/start"))
					u, err := url.Parse(callback)
					require.NoError(t, err)
					assert.Equal(t, w.url+"/signup", b.get(callback).location)
					assert.Equal(t, half.want, strings.Contains(out.String(), u.Query().Get("oauth_verifier")), out.String())
					assert.Contains(t, out.String(), "/auth/twitter/callback")

					// Whoever reads it there later gets nothing for it.
					assert.Equal(t, w.url+"/auth/twitter/start?error=mismatch&provider=twitter", w.browser().get(callback).location)
				})
			}
		})
	}
}

// What middleware puts into the router's own context is not in the request's:
// SignIn and CurrentUser do not see it until it is put there.
func TestTheUserInTheContextOfTheRouter(t *testing.T) {
	t.Parallel()
	userOf := func(r *http.Request) string {
		c, err := r.Cookie("user")
		if errors.Is(err, http.ErrNoCookie) {
			return ""
		}
		return c.Value
	}
	ginAuth := func(c *gin.Context) { c.Set("user", userOf(c.Request)) }
	echoAuth := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			c.Set("user", userOf(c.Request()))
			return next(c)
		}
	}
	for _, row := range []struct {
		name        string
		currentUser func(*http.Request) (string, error)
		trap, cure  build
	}{
		{
			"gin", routers.GinCurrentUser,
			onGin(func(r *gin.Engine) { r.Use(ginAuth) }),
			onGin(func(r *gin.Engine) { r.Use(routers.GinInRequest, ginAuth) }),
		},
		{
			"echo", routers.EchoCurrentUser,
			onEcho(func(e *echo.Echo) { e.Use(echoAuth) }),
			onEcho(func(e *echo.Echo) { e.Use(routers.EchoInRequest, echoAuth) }),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			connect := func(handler build) (b *browser, w *world, p page) {
				w = newWorld(t, "", handler, func(cfg *oauthreg.Config) { cfg.CurrentUser = row.currentUser })
				b = w.browser()
				base, err := url.Parse(w.url)
				require.NoError(t, err)
				b.client.Jar.SetCookies(base, []*http.Cookie{{Name: "user", Value: "user-7"}})
				form := url.Values{"intent": {oauthreg.IntentConnect}, "next": {"/account"}}
				return b, w, b.do(http.MethodPost, w.url+"/auth/twitter/start", form)
			}
			_, w, p := connect(row.trap)
			assert.Equal(t, w.url+"/auth/twitter/start?error=sign_in_first&provider=twitter", p.location)

			b, w, p := connect(row.cure)
			require.True(t, strings.HasPrefix(p.location, w.standIn.URL()), p.location)
			assert.Equal(t, w.url+"/account", b.get(b.approve(w, p.location)).location)
			// From now on X is a way in for that user.
			other := w.browser()
			assert.Equal(t, w.url+"/home", other.get(other.approve(w, other.toX(w, w.url+"/auth/twitter/start"))).location)
			signIns, made := w.users()
			assert.Equal(t, []string{"user-7"}, signIns)
			assert.Zero(t, made)
		})
	}
}
