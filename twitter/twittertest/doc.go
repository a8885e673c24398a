// Package twittertest is an X (Twitter) server inside the process: the endpoints
// of OAuth 1.0a and OAuth 2.0, the pages where a person approves, and the
// profile calls. It is for tests, and for running a program before its owner
// has credentials.
//
//	x, err := twittertest.New(twittertest.Config{})
//	if err != nil {
//		return err
//	}
//	defer x.Close()
//	flow, err := twitter.New(twitter.Config{
//		BaseURL:        x.URL(),
//		ConsumerKey:    twittertest.ConsumerKey,
//		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
//	})
//
// For OAuth 2.0 it is twitter.NewOAuth2 with [OAuth2ClientID] and
// [OAuth2ClientSecret]; one server is for both.
//
// It imports neither testing nor httptest, so a main function can start it:
// the page at the authorize URL can be clicked by a person.
//
// # Which name for which need
//
//   - To go through a sign-up without a browser, call [Server.Approve],
//     [Server.ApprovePIN] or [Server.Deny] with the URL that the app sends the
//     browser to.
//   - To see how an app takes bad news, call [Server.Fault] with one of the
//     ready-made faults, such as [RateLimited] or [OverCapacity].
//   - To see what an app sent, call [Server.Calls], [Server.LastQuery] or
//     [Server.Requests].
//   - To run on a fake clock (testing/synctest), start the server outside the
//     bubble and give the app [Server.Client], which needs no network.
//
// # Strictness
//
// The server refuses what X refuses, so that a passing test means something.
// The signature is checked by code of its own, sharing nothing with the client
// side of this library: a mistake made there is not made again here and does not
// cancel out. In particular:
//
//   - HMAC-SHA1 over the method, the scheme and host as received, and every
//     parameter of header, query and form body, keyed with both secrets.
//   - No parameter name twice. Protocol parameters are in the Authorization
//     header; oauth_callback and oauth_verifier may be in the query or the body
//     instead.
//   - A nonce is good once for its timestamp, and the timestamp may be five
//     minutes off.
//   - A request token lives 15 minutes, is approved or declined once, and is
//     exchanged once, with its own verifier and its own secret.
//   - The callback is on [Config].CallbackURLs, byte for byte.
//
// Over OAuth 2.0:
//
//   - The authorization request has response_type=code, the app's client ID, a
//     registered redirect URI, scopes that X knows, a state of at most 500
//     characters and a challenge. Where one of them is wrong, the person is told
//     that "Something went wrong", and the app is told nothing. X also takes the
//     challenge method "plain"; this server takes S256 only (RFC 9700 section
//     2.1.1).
//   - A confidential client authenticates by HTTP Basic and in no other way; a
//     public one ([Config].PublicClient) names its client ID in the body.
//   - A code lives 30 seconds and is for one attempt, with its own redirect URI
//     and code verifier.
//   - A bearer token lives two hours. Refresh tokens come with the scope
//     offline.access only, and are good once.
//   - /2/users/me wants the scopes users.read and tweet.read, and users.email for
//     confirmed_email. /1.1 takes no bearer tokens.
//
// A refused request says why in the X-Twittertest-Reason header of the answer,
// in [Request].Reason and in the log. X gives no such reasons.
//
// # What it is not
//
// Rate limits are announced in headers and not enforced. The page does not
// remember that a person approved before: it always asks. X's answers to some
// malformed requests are not documented; where they are not, the server answers
// 400 or 401 with the nearest of X's codes. A person who declines over OAuth 2.0
// is sent back with error=access_denied, as RFC 6749 has it. Refresh tokens do
// not grow old, and an access token outlives the refresh that replaces it.
//
// # Errors
//
// [New] returns every fault of its Config at once, as [*provider.ConfigError]
// values. [Server.Approve], [Server.ApprovePIN] and [Server.Deny] fail where a
// person could not go on. What an app gets to hear is X's; see [Fault] for the
// bad news.
//
// # Security
//
// The server listens on loopback addresses only. Its credentials, people and
// tokens are made up and protect nothing.
package twittertest
