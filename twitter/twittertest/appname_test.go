package twittertest_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/twitter/twittertest"
)

func TestThePageNamesTheApp(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"": "Authorize Test App to", "Fields & Notes": "Authorize Fields &amp; Notes to"} {
		s, err := twittertest.New(twittertest.Config{AppName: name})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, s.Close()) })
		query := authorization2().Encode()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/i/oauth2/authorize?"+query, nil)
		require.NoError(t, err)
		res, err := s.Client().Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Contains(t, string(body), want)
	}
}
