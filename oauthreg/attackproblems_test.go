package oauthreg_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/tokenstore"
)

// A problem is about what was asked, not about a sign-up that happens to wait.
func TestAProblemOfDisconnectingNamesNoOtherProvider(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	b.get(a.approved(b, ada, "")) // waits, at "fake"
	for _, row := range []struct {
		err     error
		status  int
		outcome any
	}{
		{oauthreg.ErrLastWayIn, http.StatusConflict, "last_way_in"},
		{tokenstore.ErrNotFound, http.StatusNotFound, nil}, // a second click, or somebody else's
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+"/api/disconnect", nil)
		b.addCookies(r)
		w := httptest.NewRecorder()
		a.reg.WriteProblem(w, r, row.err)
		conform(t, "problem.schema.json", w.Body.String())
		var got map[string]any
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		assert.Equal(t, row.status, w.Code)
		assert.Equal(t, row.outcome, got["outcome"])
		assert.NotContains(t, got, "provider")
	}
	assert.NotContains(t, a.logs.String(), `"level":"ERROR"`, "nothing is broken")
}

// A problem is written without reading what the request sends: an endpoint that
// takes no form has not bounded one.
func TestAProblemReadsNoBody(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	b.get(a.approved(b, ada, ""))
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	part, err := m.CreateFormFile("file", "x")
	require.NoError(t, err)
	_, err = part.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, m.Close())
	for _, err := range []error{oauthreg.ErrLastWayIn, oauthreg.ErrNoPending, errors.New("a store")} {
		body := &countingReader{r: bytes.NewReader(form.Bytes())}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, site+"/api/x", body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		b.addCookies(r)
		a.reg.WriteProblem(httptest.NewRecorder(), r, err)
		assert.Zero(t, body.n)
	}
}

type countingReader struct {
	r io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// Refusals in plain text are as private as pages.
func TestPlainRefusalsArePrivate(t *testing.T) {
	t.Parallel()
	a := newApp(t, newMemoryStore(t))
	b := a.browser()
	for _, accept := range []string{"text/html", "application/json"} {
		for _, p := range []page{
			b.get("/auth/fake/elsewhere", accepting(accept)), b.get("/auth/fake/callback", accepting(accept), func(r *http.Request) { r.Method = http.MethodHead }),
			b.get("/auth/fake/start", accepting(accept), func(r *http.Request) { r.Method = http.MethodDelete }),
			b.get("/auth/", accepting(accept)), b.get("/auth/fake/start/", accepting(accept)), b.get("/auth/<script>/x", accepting(accept)),
		} {
			assert.GreaterOrEqual(t, p.status, 400)
			assertPrivate(t, accept, p)
			assert.NotContains(t, p.body, "<script>")
		}
	}
}
