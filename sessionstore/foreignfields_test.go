package sessionstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/sessionstore"
)

// Making room in the app's session removes nothing of the app's, whatever its
// fields are called.
func TestSCSSessionLeavesTheAppsFieldsAlone(t *testing.T) {
	t.Parallel()
	s := newSCSSession(t, sessionstore.SCSSessionConfig{Name: "store", MaxBytes: 4 << 10})
	data := map[string]any{
		strings.Repeat("x", 43):                    "as long as a hash",
		"store." + strings.Repeat("x", 42):         "a little shorter than the store's",
		"store." + strings.Repeat("x", 44):         "a little longer",
		"store.of." + strings.Repeat("x", 40):      "as long as the store's, with a dot in it",
		"store.of." + strings.Repeat("x", 43):      "of a store whose name begins alike",
		"another." + strings.Repeat("x", 43):       "of another store",
		"store" + strings.Repeat("x", 43) + "xxxx": "the name without its dot",
	}
	want := len(data)
	r := inSession(t, data)
	for _, key := range []string{"one", "two"} {
		require.NoError(t, s.Put(nil, r, key, make([]byte, 3<<10), time.Hour))
	}
	assert.Len(t, data, want+1, "the store's second value drives out its first, and nothing else")
	for name, value := range data {
		_, text := value.(string)
		assert.True(t, text || strings.HasPrefix(name, "store."), name)
	}
}

// A value that is put anew takes the place of the old one, and needs no room
// beside it.
func TestSCSSessionPutAnewNeedsNoRoom(t *testing.T) {
	t.Parallel()
	s := newSCSSession(t, sessionstore.SCSSessionConfig{MaxBytes: 4 << 10})
	r := inSession(t, map[string]any{})
	require.NoError(t, s.Put(nil, r, "first", make([]byte, 1<<10), time.Hour))
	require.NoError(t, s.Put(nil, r, "second", make([]byte, 2<<10), time.Hour))
	require.NoError(t, s.Put(nil, r, "second", make([]byte, 2<<10), time.Hour))
	for _, key := range []string{"first", "second"} {
		_, found, err := s.Get(r, key)
		require.NoError(t, err)
		assert.True(t, found, key)
	}
}
