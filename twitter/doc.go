// Package twitter lets people sign up with X (Twitter), over OAuth 1.0a:
//
//	x, err := twitter.New(twitter.Config{
//		ConsumerKey:    os.Getenv("X_CONSUMER_KEY"),
//		ConsumerSecret: provider.NewSecret(os.Getenv("X_CONSUMER_SECRET")),
//	})
//
// or over OAuth 2.0:
//
//	x, err := twitter.NewOAuth2(twitter.OAuth2Config{
//		ClientID:     os.Getenv("X_CLIENT_ID"),
//		ClientSecret: provider.NewSecret(os.Getenv("X_CLIENT_SECRET")),
//		Scopes:       []string{"users.read", "tweet.read", "users.email"},
//	})
//
// Give the [Flow] or [OAuth2Flow] to package oauthreg, which runs the handshake.
// Later on, its Client calls X's API for a person whose token was kept, and its
// Revoke gives the token up.
//
// # Which name for which need
//
//   - For OAuth 1.0a, use [New]; for OAuth 2.0, [NewOAuth2].
//   - To take the profile from elsewhere, or not at all, set [Config.Profile];
//     to read more of it, [Config.ParseProfile] over [ParseVerifyCredentials]
//     or [ParseUsersMe].
//   - To call X later, use [Flow.Client], or [OAuth2Flow.RefreshingClient] for
//     tokens that end; to give a token up, [Flow.Revoke].
//   - To ask X before launch whether it takes the keys and the callback URL, use
//     [Flow.Check]; for the form that starts a sign-up, [Button]; for a program in
//     a terminal, [Flow.StartPIN].
//   - For tests, and to run an app before it has keys, use package
//     twittertest.
//
// # Which of the two
//
// X recommends OAuth 2.0 for new apps: the person sees what the app asks for
// (scopes), and the app may be a public client, without a secret. Its tokens end
// after two hours, unless offline.access was granted: then
// [OAuth2Flow.RefreshingClient] renews them. Above all, its token answer does not
// say who approved: without an answer from users/me, which costs credits and has
// limits, nobody can sign up.
//
// Over OAuth 1.0a the token answer says who approved, so that a sign-up goes on
// when the profile cannot be had, and tokens last until they are revoked.
//
// A person's ID is the same over both: an app that changes over mounts the other
// flow under the name of the first, and people find their accounts again. Tokens
// kept from one are of no use to the other.
//
// # Setting the app up at X
//
// In the console at https://console.x.com, under "User authentication
// settings": register the exact callback URL (127.0.0.1, not localhost, for
// development; at most ten), and turn on "Request email from users" if you want
// the address (it asks for links to your terms and privacy policy). From "Keys
// and tokens", copy the API Key and API Key Secret for OAuth 1.0a, or the Client
// ID and Client Secret for OAuth 2.0. Neither pair works in the place of the
// other.
//
// Where a callback URL, client ID or scope is not right, X tells different
// people: the app over OAuth 1.0a (as an error with a Hint), and over OAuth 2.0
// only the person, on a page that says "Something went wrong".
//
// [Flow.Check] asks X whether it knows the keys and the callback URL, and says
// what to change; the command oauthreg-check does so from the environment:
//
//	go run github.com/oauthreg/go/cmd/oauthreg-check -callback https://app.example.com/auth/twitter/callback
//
// # The button
//
// [Button] is the form that starts a sign-up, and [ButtonCSS] its style, by X's
// rules for it: https://docs.x.com/developer-terms/policy
//
// # Programs without a browser
//
// A program in a terminal uses [Flow.StartPIN] and [Flow.FinishPIN]: the person
// opens a link, approves, and types in the PIN that X shows
// (https://docs.x.com/fundamentals/authentication/oauth-1-0a/pin-based-oauth).
// examples/pin is one to copy. It is OAuth 1.0a only, and nothing for web sites.
//
// # What X says of a person
//
// Over OAuth 1.0a Token.Subject is the user ID, Token.Username the handle. The
// profile adds name, e-mail and picture, from v1.1 account/verify_credentials or
// v2 users/me ([Config.Profile]). Over OAuth 2.0 all comes from v2 users/me; the
// e-mail address needs the scope users.email, and a person who has none, or an
// app that was not granted it, gets a profile without.
//
// # Errors
//
// X answers in JSON, two forms of XML, plain text and HTML. All become one
// [provider.Error] with status, code, the end of a rate limit, and a Hint that
// tells the developer what to change.
//
// # Security
//
// Over OAuth 1.0a a sign-up is for the person whom the token answer names; over
// OAuth 2.0 PKCE and state protect the code. Tokens go to the hosts of BaseURL and
// APIHosts only, over https except on loopback, and no redirect is followed.
// An e-mail address that X gives out was confirmed, and is still no identity:
// a person's ID is. Errors hold no key, token or answer of X.
package twitter
