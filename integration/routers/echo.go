package routers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/oauthreg/go/oauthreg"
)

// Echo adds the sign-up to e, which may be a group of one too.
func Echo(e echoRouter, reg *oauthreg.Registrar, showForm, submitForm echo.HandlerFunc) {
	// docs: begin echo
	e.Any("/auth/*", echo.WrapHandler(reg.Handler()))
	e.GET("/signup", showForm)
	e.POST("/signup", submitForm)
	// docs: end
}

// echoRouter is an *echo.Echo or an *echo.Group.
type echoRouter interface {
	Any(path string, handler echo.HandlerFunc, middleware ...echo.MiddlewareFunc) echo.RouteInfo
	GET(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) echo.RouteInfo
	POST(path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) echo.RouteInfo
}

// EchoShowForm shows the form.
func (a *App) EchoShowForm(c *echo.Context) error {
	// docs: begin echo, form
	pending, err := a.Reg.Pending(c.Request())
	if err != nil {
		return c.Redirect(http.StatusSeeOther, a.StartURL)
	}
	return c.HTML(http.StatusOK, a.form(pending))
	// docs: end
}

// EchoSubmitForm takes the form.
func (a *App) EchoSubmitForm(c *echo.Context) error {
	// docs: begin echo, submit
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 64<<10)
	pending, err := a.Reg.Pending(r)
	if err != nil {
		return c.Redirect(http.StatusSeeOther, a.StartURL)
	}
	userID, err := a.CreateUser(r.Context(), pending, c.FormValue("username"))
	if err != nil {
		return err
	}
	done, err := a.Reg.Complete(c.Response(), r, userID)
	if err != nil {
		return echo.NewHTTPError(http.StatusConflict, "please try again")
	}
	return c.Redirect(http.StatusSeeOther, done.Next)
	// docs: end
}

// echoKey is the key of echo's context in the request's.
type echoKey struct{}

// EchoInRequest is middleware that lets SignIn and CurrentUser, which are given
// the request, find echo's context and what middleware has put into it.
func EchoInRequest(next echo.HandlerFunc) echo.HandlerFunc {
	// docs: begin echo, context
	return func(c *echo.Context) error {
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), echoKey{}, c)))
		return next(c)
	}
	// docs: end
}

// EchoCurrentUser is a Config.CurrentUser behind EchoInRequest.
func EchoCurrentUser(r *http.Request) (userID string, err error) {
	// docs: begin echo, current user
	c, ok := r.Context().Value(echoKey{}).(*echo.Context)
	if !ok {
		return "", nil
	}
	userID, _ = c.Get("user").(string)
	return userID, nil
	// docs: end
}
