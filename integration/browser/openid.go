package browser

// Where things are on the example's pages once it offers OpenID.
const (
	OpenIDButton        = `form[action="/auth/oidc/start"]:not(:has([name="intent"])) button`
	ConnectOpenIDButton = `form[action="/auth/oidc/start"]:has([name="intent"][value="connect"]) button`
)

// OfferOpenID starts the program again, now with the OpenID Provider at issuer,
// which must know that client and [Program.OpenIDCallback].
func (p *Program) OfferOpenID(issuer, clientID, clientSecret string) error {
	p.Kill()
	p.env = append(p.env, "OIDC_ISSUER="+issuer, "OIDC_CLIENT_ID="+clientID, "OIDC_CLIENT_SECRET="+clientSecret)
	return p.Start()
}

// OpenIDCallback is where the provider sends browsers back to.
func (p *Program) OpenIDCallback() string { return p.URL + "/auth/oidc/callback" }
