package oauth1sign_test

import (
	"net/http"
	"testing"

	"github.com/dghubble/oauth1"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/oauth1sign"
)

// profileCall returns what signs a call for a profile, with the parameters that
// X's has.
func profileCall(t testing.TB) func() {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet,
		"https://api.x.com/1.1/account/verify_credentials.json?include_email=true&include_entities=false&skip_status=true", nil)
	require.NoError(t, err)
	s := &oauth1sign.Signer{ConsumerKey: "xvz1evFS4wEEPTGEFPHBog", Method: &oauth1.HMACSigner{ConsumerSecret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"}}
	return func() {
		require.NoError(t, s.Sign(req, "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtr2YPi5kE"))
	}
}

func BenchmarkSign(b *testing.B) {
	sign := profileCall(b)
	b.ReportAllocs()
	for b.Loop() {
		sign()
	}
}
