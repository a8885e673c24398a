package routers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/oauthreg/go/oauthreg"
)

// Gin adds the sign-up to r.
func Gin(r gin.IRouter, reg *oauthreg.Registrar, showForm, submitForm gin.HandlerFunc) {
	// docs: begin gin
	r.Any("/auth/*rest", gin.WrapH(reg.Handler()))
	r.GET("/signup", showForm)
	r.POST("/signup", submitForm)
	// docs: end
}

// GinShowForm shows the form.
func (a *App) GinShowForm(c *gin.Context) {
	// docs: begin gin, form
	pending, err := a.Reg.Pending(c.Request)
	if err != nil {
		c.Redirect(http.StatusSeeOther, a.StartURL)
		return
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(a.form(pending)))
	// docs: end
}

// GinSubmitForm takes the form.
func (a *App) GinSubmitForm(c *gin.Context) {
	// docs: begin gin, submit
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 64<<10)
	pending, err := a.Reg.Pending(c.Request)
	if err != nil {
		c.Redirect(http.StatusSeeOther, a.StartURL)
		return
	}
	userID, err := a.CreateUser(c.Request.Context(), pending, c.PostForm("username"))
	if err != nil {
		c.String(http.StatusInternalServerError, "please try again")
		return
	}
	done, err := a.Reg.Complete(c.Writer, c.Request, userID)
	if err != nil {
		c.String(http.StatusConflict, "please try again")
		return
	}
	c.Redirect(http.StatusSeeOther, done.Next)
	// docs: end
}

// ginKey is the key of gin's context in the request's.
type ginKey struct{}

// GinInRequest is middleware that lets SignIn and CurrentUser, which are given
// the request, find gin's context and what middleware has put into it.
func GinInRequest(c *gin.Context) {
	// docs: begin gin, context
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginKey{}, c))
	c.Next()
	// docs: end
}

// GinCurrentUser is a Config.CurrentUser behind GinInRequest.
func GinCurrentUser(r *http.Request) (userID string, err error) {
	// docs: begin gin, current user
	c, ok := r.Context().Value(ginKey{}).(*gin.Context)
	if !ok {
		return "", nil
	}
	return c.GetString("user"), nil
	// docs: end
}
