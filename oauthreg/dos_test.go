package oauthreg_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/sessionstore"
)

// A stranger's request costs about what it weighs: parameters and cookies must
// not multiply.
func TestCallbackDoesNotMultiplyParametersWithCookies(t *testing.T) {
	a := newApp(t, newMemoryStore(t))
	request := func(params, cookies int) *http.Request {
		var query, header strings.Builder
		for i := range params {
			query.WriteString("&" + strconv.FormatInt(int64(i), 36))
		}
		for i := range cookies {
			header.WriteString("c" + strconv.Itoa(i) + "=x; ")
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/auth/fake/callback?"+query.String(), nil)
		r.Header.Set("Cookie", header.String())
		return r
	}
	allocs := func(r *http.Request) float64 {
		return testing.AllocsPerRun(1, func() { a.reg.Handler().ServeHTTP(httptest.NewRecorder(), r) })
	}
	params, cookies, both := allocs(request(1500, 1)), allocs(request(1, 1500)), allocs(request(1500, 1500))
	assert.Less(t, both, 2*(params+cookies), "%v for the parameters, %v for the cookies", params, cookies)
}

// countingBackend counts what it is asked for.
type countingBackend struct {
	sessionstore.Backend

	gets atomic.Int64
}

func (b *countingBackend) Get(ctx context.Context, key string) ([]byte, bool, error) {
	b.gets.Add(1)
	return b.Backend.Get(ctx, key)
}

// Parameters of one value, and cookies that are all for that value: the ID of an
// attempt is no secret.
func TestCallbackAsksForEachCookieOnce(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("attempt\x00fake\x00"))
	name := attemptCookies + base64.RawURLEncoding.EncodeToString(sum[:])[:16]
	var query, header strings.Builder
	for i := range 2000 {
		query.WriteString(strconv.FormatInt(int64(i), 36) + "&")
	}
	for range 100 {
		header.WriteString(name + "=w.mb0k1c3x." + rand.Text() + ";")
	}
	memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	require.NoError(t, err)
	backend := &countingBackend{Backend: memory}
	store, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: backend, BaseURL: site})
	require.NoError(t, err)
	a := newApp(t, store)
	b := a.browser()
	b.get("/auth/fake/callback?"+query.String(), func(r *http.Request) { r.Header.Set("Cookie", header.String()) })
	assert.Equal(t, oauthreg.Expired, a.last().Outcome)
	assert.Positive(t, backend.gets.Load())
	assert.LessOrEqual(t, backend.gets.Load(), int64(100))
}

// Planted cookies of the right form are looked at in a bounded number.
func TestCookiesLookedAtAreBounded(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(t *testing.T, a *app) {
		b := a.browser()
		callback := a.approved(b, ada, "")
		for i := range 200 {
			b.jar = append(b.jar, jarCookie{name: attemptCookies + pad16(i), value: "w.mb0k1c3x.ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
		}
		p := b.get(callback)
		assert.Equal(t, "/signup", p.location, "the older ones count")
		p = b.post("/auth/fake/start", nil)
		assert.Equal(t, http.StatusSeeOther, p.status)
		assert.Less(t, len(p.cookies), 150)
	})
}

func pad16(i int) string {
	s := strconv.Itoa(i)
	return strings.Repeat("A", 16-len(s)) + s
}
