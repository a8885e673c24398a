// Package providers has the configurations of well-known providers, as values
// to complete and hand to oauth2flow.New or oauth1flow.New:
//
//	cfg := providers.GitHub()
//	cfg.ClientID, cfg.ClientSecret = id, provider.NewSecret(secret)
//	flow, err := oauth2flow.New(cfg)
//
// Every call returns a value of its own: whatever is changed in it (scopes, an
// API host, a time limit) changes nothing for the next caller. There is no list
// of providers and nothing to register with; the package of an app's own
// provider looks like a file of this one.
//
// # Which name for which need
//
//   - The function of a provider returns its configuration: complete it with
//     the keys, and give it to New of the package that it comes from.
//   - [GitLab], [MediaWiki], [Microsoft] and [Twitch] take what decides about
//     the rest: an instance, an organisation, a client ID.
//   - For X, use package twitter; for an OpenID Provider that is not here,
//     module provider/oidcflow; for anything else, oauth2flow or oauth1flow
//     with a configuration of your own.
//   - What the app asks for is in Scopes or AuthorizeParams, and can be
//     changed: less asks people less.
//
// # What each provider says of a person
//
// "Verified" is what ends up in Profile.EmailVerified. It is set only where the
// provider's documentation promises it, never because an address is there.
//
//	function    protocol   Profile.ID                e-mail      verified
//	Discord     OAuth 2.0  snowflake                 yes         as "verified" says
//	Facebook    OAuth 2.0  per app                   if any      never
//	GitHub      OAuth 2.0  number                    primary     as /user/emails says
//	GitLab      OAuth 2.0  number, per instance      primary     as "email_verified" says
//	Google      OAuth 2.0  sub                       yes         as "email_verified" says
//	LinkedIn    OAuth 2.0  sub, per app              if any      as "email_verified" says
//	Microsoft   OAuth 2.0  sub, per app              if any      never (anybody's address)
//	Slack       OAuth 2.0  workspace and member      yes         as "email_verified" says
//	Spotify     OAuth 2.0  user ID                   as typed    never
//	Twitch      OAuth 2.0  number                    yes         always
//	Discogs     OAuth 1.0a number                    no          -
//	Flickr      OAuth 1.0a NSID                      no          -
//	MediaWiki   OAuth 1.0a central user ID           if granted  as "confirmed_email" says
//	Trello      OAuth 1.0a member ID                 if granted  never
//	Tumblr      OAuth 1.0a UUID of the primary blog  no          -
//
// A verified address tells who could read its mail when the provider checked.
// It is no identity: only Profile.ID is.
//
// # Callback URLs
//
// What the callback URL of an attempt has to be at the provider:
//
//	registered, compared to the letter  Discord, Facebook, GitLab, Google, LinkedIn, Microsoft, Slack, Spotify, Twitch
//	registered, or below it             GitHub; MediaWiki, if the consumer was proposed so
//	its origin is registered            Trello
//	no rule in the documentation        Discogs, Flickr, Tumblr (register the one in use)
//
// Register https URLs; for development most accept loopback addresses, Slack
// none but https, and Spotify 127.0.0.1 but not "localhost".
//
// # Tests
//
// Leave the URLs as they are and give HTTPClient a Transport that answers in
// place of the network. Some configurations ask a second URL, GitHub's for the
// e-mail address: with ProfileURL changed, its host is none of the provider's any
// more, and the profile comes without the address. docs/several-providers.md has
// a fake to copy.
//
// # Errors
//
// The functions return no errors. What was not filled in is told by New, all
// at once. From then on errors are those of the two packages, with what a
// provider means by its own codes where it is known.
//
// # Security
//
// Offer a provider under one name forever: identities are stored under it. Two
// instances of a provider, or two farms of wikis, number their people alike,
// so they need two names. Never find a person by address or handle: the table
// tells what each word is worth.
package providers
