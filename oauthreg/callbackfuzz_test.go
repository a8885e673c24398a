package oauthreg_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// FuzzCallback sends whatever a stranger's browser may: no query and no cookie
// makes a call to the provider, signs anybody in, or breaks the server.
func FuzzCallback(f *testing.F) {
	const try = "__Host-oauthreg_try_AAAAAAAAAAAAAAAA="
	for _, seed := range [][2]string{
		{"", ""}, {"token=a&verifier=b", ""}, {"denied=a", ""}, {"token=a&token=b", ""}, {"%zz", ""}, {"token=\xff", ""},
		{"token=a", try + "w.mws3oty9.IKEU5NFS753UPJWWGYUJULPDM2"}, {"token=a", try + "s..;" + try + "w.-1.x"},
		{"token=a", "__Host-oauthreg-AAAAAAAAAAAAAAAAAAAAAA=AAAA"}, {"state=a&code=b", "x"}, {"a;b", "=;=;\x00"},
	} {
		f.Add(seed[0], seed[1])
	}
	for _, kind := range storeKinds {
		f.Add("token="+kind.name, kind.name)
	}
	f.Fuzz(func(t *testing.T, query, cookies string) {
		for _, kind := range storeKinds {
			a := newApp(t, kind.new(t))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/auth/fake/callback", nil)
			r.URL.RawQuery = query
			r.Header.Set("Cookie", cookies)
			w := httptest.NewRecorder()
			a.handler.ServeHTTP(w, r)
			if w.Code != http.StatusSeeOther && w.Code != http.StatusBadRequest {
				t.Errorf("%s: status %d", kind.name, w.Code)
			}
			if a.flow.count() != (calls{}) || len(a.signIns) > 0 {
				t.Errorf("%s: %+v, signed in: %d", kind.name, a.flow.count(), len(a.signIns))
			}
		}
	})
}
