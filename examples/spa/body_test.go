package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// What is no JSON is not read to its end either: a form of a gigabyte, with files
// in it, would come to lie on this server's disk.
func TestEndpointsReadALittle(t *testing.T) {
	t.Parallel()
	x, err := twitter.New(twitter.Config{ConsumerKey: "k", ConsumerSecret: provider.NewSecret("s")})
	require.NoError(t, err)
	a, err := newApp("http://127.0.0.1:8080", x, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	for _, contentType := range []string{"multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json", "text/plain"} {
		for _, target := range []string{"/api/signup", "/api/signout", "/auth/twitter/start"} {
			body := &counter{Reader: io.MultiReader(
				strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"), io.LimitReader(zeros{}, 4<<20), strings.NewReader("\r\n--x--\r\n"),
			)}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, body)
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("Accept", "application/json")
			w := httptest.NewRecorder()
			a.handler().ServeHTTP(w, r)
			assert.Less(t, body.n, 256<<10, "%s %s: %d", contentType, target, w.Code)
		}
	}
}

type counter struct {
	io.Reader

	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
