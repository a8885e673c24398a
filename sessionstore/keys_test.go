package sessionstore_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// keysThatCannotHaveBeenPut are what Put refuses. A callback's query may say any.
var keysThatCannotHaveBeenPut = []string{"", "a b", "a\n", "\u00e9", "\x7f", strings.Repeat("a", 129)}

// The backend is not asked for such a key, also when somebody planted a cookie of
// the right name and form.
func TestServerDoesNotAskForKeysThatCannotHaveBeenPut(t *testing.T) {
	t.Parallel()
	backend := newFakeBackend()
	server := newServer(t, sessionstore.ServerConfig{Backend: backend})
	ticket := cookie(t, server, "key", "value")
	for _, key := range keysThatCannotHaveBeenPut {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/", nil)
		r.AddCookie(renamed(ticket, server.CookieName(key)))
		backend.called()
		_, found, err := server.Get(r, key)
		require.NoError(t, err)
		assert.False(t, found)
		_, found, err = server.Take(httptest.NewRecorder(), r, key)
		require.NoError(t, err)
		assert.False(t, found)
		assert.Empty(t, backend.called(), "%q", key)
	}
}

// Nor is the session: here there is none.
func TestSCSSessionDoesNotAskForKeysThatCannotHaveBeenPut(t *testing.T) {
	t.Parallel()
	store := newSCSSession(t, sessionstore.SCSSessionConfig{})
	for _, key := range keysThatCannotHaveBeenPut {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://app.example.com/", nil)
		_, found, err := store.Get(r, key)
		require.NoError(t, err, "%q", key)
		assert.False(t, found)
		_, found, err = store.Take(httptest.NewRecorder(), r, key)
		require.NoError(t, err, "%q", key)
		assert.False(t, found)
	}
}
