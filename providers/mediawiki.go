package providers

import (
	"cmp"
	"net/url"

	"github.com/dghubble/oauth1"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// MediaWiki is for people with an account at a wiki that has the extension
// OAuth, such as those of Wikimedia. indexURL is the URL of its index.php; "" is
// https://meta.wikimedia.org/w/index.php, for all of Wikimedia. Register an
// OAuth 1.0a consumer at its page Special:OAuthConsumerRegistration/propose; let
// requests name a callback below the registered one. The wiki does not send back
// people who decline.
//
// It takes key and secret, and sets them, because the wiki signs with the secret
// what it says of a person (https://www.mediawiki.org/wiki/OAuth/For_Developers):
// signature, consumer and wiki are checked. Profile.Raw is the JSON in the
// JWT.
//
// The ID is the central user ID, which is one for all wikis of a farm and stays
// when the user name changes. Another farm gives the same numbers to other
// people, so offer it under another name of yours. Name and e-mail come only
// with a consumer for "user identity verification with access to real name and
// email"; EmailVerified is "confirmed_email".
//
// Wikimedia refuses requests whose User-Agent names no app. The Header set
// here sends this library's name; set the app's, with a way to reach you, as
// https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy
// asks.
func MediaWiki(indexURL, consumerKey string, consumerSecret provider.Secret) oauth1flow.Config {
	index := cmp.Or(indexURL, "https://meta.wikimedia.org/w/index.php")
	page := func(name string) string { return index + "?title=" + url.QueryEscape("Special:OAuth/"+name) }
	identity := wikiIdentity{index: index, key: consumerKey, secret: consumerSecret}
	return oauth1flow.Config{
		Name:           "mediawiki",
		ConsumerKey:    consumerKey,
		ConsumerSecret: consumerSecret,
		Endpoint: oauth1.Endpoint{
			RequestTokenURL: page("initiate"),
			AuthorizeURL:    page("authenticate"), // does not ask again who agreed before
			AccessTokenURL:  page("token"),
		},
		AuthorizeParams: url.Values{"oauth_consumer_key": {consumerKey}},
		ProfileURL:      page("identify"),
		ParseProfile:    identity.parse,
		Header:          agentHeader(),
	}
}
