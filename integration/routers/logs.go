package routers

import (
	"io"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

// The access logs of chi, gin and echo have the query of every request, the
// callback's verifier or code with it.

// WithoutQuery keeps it out of what chi's middleware.Logger writes. It goes in
// front of that.
func WithoutQuery(next http.Handler) http.Handler {
	// docs: begin chi, log
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RequestURI = r.URL.EscapedPath() // chi's Logger writes this; the Registrar reads r.URL
		next.ServeHTTP(w, r)
	})
	// docs: end
}

// GinLogger is gin's, without the query.
func GinLogger(out io.Writer) gin.HandlerFunc {
	// docs: begin gin, log
	return gin.LoggerWithConfig(gin.LoggerConfig{Output: out, SkipQueryString: true})
	// docs: end
}

// EchoLogger is echo's, without the query.
func EchoLogger() echo.MiddlewareFunc {
	// docs: begin echo, log
	return middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		LogMethod: true, LogURIPath: true, LogStatus: true, LogLatency: true, HandleError: true,
		LogValuesFunc: func(c *echo.Context, v middleware.RequestLoggerValues) error {
			c.Logger().Info("request", "method", v.Method, "path", v.URIPath, "status", v.Status, "latency", v.Latency)
			return nil
		},
	})
	// docs: end
}
