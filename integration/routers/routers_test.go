package routers_test

import (
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/labstack/echo/v5"
	echomiddleware "github.com/labstack/echo/v5/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/integration/routers"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode) // it lists its routes otherwise
	os.Exit(m.Run())
}

// onNetHTTP mounts the app. Where a prefix is cut, the Registrar stands beside:
// it has to see the whole path.
func onNetHTTP(_ *testing.T, a *routers.App, prefix string) http.Handler {
	mux := http.NewServeMux()
	routers.NetHTTP(mux, a.Reg, a.ShowForm, a.SubmitForm)
	if prefix == "" {
		return mux
	}
	outer := http.NewServeMux()
	outer.Handle(prefix+"/auth/", a.Reg.Handler())
	outer.Handle(prefix+"/", http.StripPrefix(prefix, mux))
	return outer
}

// onChi runs change on the router before anything is mounted.
func onChi(change func(chi.Router)) build {
	return func(_ *testing.T, a *routers.App, prefix string) http.Handler {
		r := chi.NewRouter()
		change(r)
		mount := func(r chi.Router) { routers.Chi(r, a.Reg, a.ShowForm, a.SubmitForm) }
		if prefix == "" {
			mount(r)
		} else {
			r.Route(prefix, mount)
		}
		return r
	}
}

func onGin(change func(*gin.Engine)) build {
	return func(_ *testing.T, a *routers.App, prefix string) http.Handler {
		r := gin.New()
		change(r)
		routers.Gin(r.Group(prefix), a.Reg, a.GinShowForm, a.GinSubmitForm)
		return r
	}
}

func onEcho(change func(*echo.Echo)) build {
	return func(_ *testing.T, a *routers.App, prefix string) http.Handler {
		e := echo.New()
		change(e)
		if prefix == "" {
			routers.Echo(e, a.Reg, a.EchoShowForm, a.EchoSubmitForm)
		} else {
			routers.Echo(e.Group(prefix), a.Reg, a.EchoShowForm, a.EchoSubmitForm)
		}
		return e
	}
}

var mounted = []struct {
	name, prefix string
	handler      build
}{
	{"net/http", "", onNetHTTP},
	{"net/http under a path", "/app", onNetHTTP},
	{"net/http behind CrossOriginProtection", "", func(t *testing.T, a *routers.App, prefix string) http.Handler {
		return http.NewCrossOriginProtection().Handler(onNetHTTP(t, a, prefix))
	}},
	{"net/http one by one, behind a part of the path that is cut", "/app", func(_ *testing.T, a *routers.App, prefix string) http.Handler {
		mux := http.NewServeMux()
		for _, action := range []struct {
			path    string
			handler http.Handler
		}{{"start", a.Reg.Start("twitter")}, {"callback", a.Reg.Callback("twitter")}, {"elsewhere", http.NotFoundHandler()}} {
			mux.Handle("/auth/twitter/"+action.path, action.handler)
		}
		mux.Handle("/auth/nobody/start", a.Reg.Start("nobody"))
		mux.HandleFunc("GET /signup", a.ShowForm)
		mux.HandleFunc("POST /signup", a.SubmitForm)
		return http.StripPrefix(prefix, mux)
	}},
	{"net/http with the whole path cut", "/app", func(_ *testing.T, a *routers.App, prefix string) http.Handler {
		mux := http.NewServeMux()
		mux.Handle(prefix+"/auth/", http.StripPrefix(prefix+"/auth", a.Reg.Handler()))
		mux.HandleFunc("GET "+prefix+"/signup", a.ShowForm)
		mux.HandleFunc("POST "+prefix+"/signup", a.SubmitForm)
		return mux
	}},

	{"chi", "", onChi(func(chi.Router) {})},
	{"chi under a path", "/app/v2", onChi(func(chi.Router) {})},
	{"chi behind middleware", "/app", onChi(func(r chi.Router) {
		r.Use(chimiddleware.RequestID, chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", 0)}), chimiddleware.Recoverer, chimiddleware.Compress(5))
	})},
	{"chi with GetHead and CleanPath", "", onChi(func(r chi.Router) { r.Use(chimiddleware.CleanPath, chimiddleware.GetHead) })},
	{"chi with StripSlashes", "", onChi(func(r chi.Router) { r.Use(chimiddleware.StripSlashes) })},
	{"chi with RedirectSlashes", "/app", onChi(func(r chi.Router) { r.Use(chimiddleware.RedirectSlashes) })},

	{"gin", "", onGin(func(*gin.Engine) {})},
	{"gin under a path", "/app/v2", onGin(func(*gin.Engine) {})},
	{"gin behind middleware", "/app", onGin(func(r *gin.Engine) { r.Use(gin.LoggerWithWriter(io.Discard), gin.Recovery()) })},
	{"gin with RedirectTrailingSlash and RedirectFixedPath", "", onGin(func(r *gin.Engine) {
		r.RedirectTrailingSlash, r.RedirectFixedPath, r.HandleMethodNotAllowed = true, true, true
	})},
	{"gin with RemoveExtraSlash and UseRawPath", "/app", onGin(func(r *gin.Engine) {
		r.RedirectTrailingSlash, r.RemoveExtraSlash, r.UseRawPath = false, true, true
	})},

	{"echo", "", onEcho(func(*echo.Echo) {})},
	{"echo under a path", "/app/v2", onEcho(func(*echo.Echo) {})},
	{"echo behind middleware", "/app", onEcho(func(e *echo.Echo) {
		e.Logger = slog.New(slog.DiscardHandler)
		e.Use(echomiddleware.RequestLogger(), echomiddleware.Recover(), echomiddleware.Gzip(), echomiddleware.Secure(), echomiddleware.RequestID())
	})},
	{"echo with RemoveTrailingSlash before routing", "", onEcho(func(e *echo.Echo) { e.Pre(echomiddleware.RemoveTrailingSlash()) })},
	{"echo with a redirect of trailing slashes", "/app", onEcho(func(e *echo.Echo) {
		e.Pre(echomiddleware.RemoveTrailingSlashWithConfig(echomiddleware.RemoveTrailingSlashConfig{RedirectCode: http.StatusMovedPermanently}))
	})},
	{"echo with CSRF", "", onEcho(func(e *echo.Echo) { e.Use(echomiddleware.CSRF()) })},
}

// TestSigningUpOnEveryRouter takes people all the way, and into each dead end
// that a router could turn into another.
func TestSigningUpOnEveryRouter(t *testing.T) {
	t.Parallel()
	for _, row := range mounted {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, row.prefix, row.handler)
			start, form := w.url+"/auth/twitter/start", w.url+"/signup"
			callbackURL := w.url + "/auth/twitter/callback"

			b := w.browser()
			require.Equal(t, start, b.get(form).location, "nobody waits yet")
			authURL := b.toX(w, start+"?next=/inbox")
			callback := b.approve(w, authURL)
			require.True(t, strings.HasPrefix(callback, callbackURL+"?"), callback)
			for _, method := range []string{http.MethodHead, http.MethodPost} {
				assert.Equal(t, http.StatusMethodNotAllowed, b.do(method, callback, nil).status, "%s does not use it up", method)
			}
			p := b.get(callback)
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
			require.Equal(t, form, p.location)
			p = b.get(form)
			require.Equal(t, http.StatusOK, p.status, p.body)
			assert.Contains(t, p.header.Get("Content-Type"), "text/html")
			assert.Equal(t, "ada_quill", fields(p).Get("username"))
			assert.Equal(t, "ada.quill@example.com", fields(p).Get("email"))
			p = b.press(form, p)
			require.Equal(t, http.StatusSeeOther, p.status, p.body)
			assert.Equal(t, absolute(t, w, "/inbox"), p.location)
			signIns, made := w.users()
			assert.Equal(t, []string{"user-ada_quill"}, signIns)
			assert.Equal(t, 1, made)
			assert.Equal(t, start, b.get(form).location, "nobody waits any more")

			returning := w.browser()
			p = returning.get(returning.approve(w, returning.toX(w, start)))
			assert.Equal(t, http.StatusSeeOther, p.status)
			assert.Equal(t, w.url+"/home", p.location)
			signIns, made = w.users()
			assert.Equal(t, []string{"user-ada_quill", "user-ada_quill"}, signIns)
			assert.Equal(t, 1, made)

			denied, err := w.standIn.Deny(t.Context(), returning.toX(w, start))
			require.NoError(t, err)
			p = returning.get(denied)
			require.Equal(t, start+"?error=denied&provider=twitter", p.location)
			assert.Contains(t, returning.get(p.location).body, "You cancelled at X.")

			foreign := returning.approve(w, returning.toX(w, start))
			assert.Equal(t, start+"?error=mismatch&provider=twitter", w.browser().get(foreign).location)

			p = b.get(w.url + "/auth/nobody/start")
			assert.Equal(t, http.StatusNotFound, p.status)
			assert.Contains(t, p.body, "There is no provider of this name here.")
			assert.Equal(t, http.StatusNotFound, b.get(w.url+"/auth/twitter/elsewhere").status)
			p = b.do(http.MethodPut, start, nil)
			assert.Equal(t, http.StatusMethodNotAllowed, p.status)
			assert.Equal(t, "GET, HEAD, POST", p.header.Get("Allow"))
			assert.Equal(t, http.StatusOK, b.do(http.MethodHead, start, nil).status)
		})
	}
}

// absolute is a path at the app's host.
func absolute(t *testing.T, w *world, path string) string {
	t.Helper()
	scheme, rest, ok := strings.Cut(w.url, "://")
	require.True(t, ok)
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host + path
}
