package providers_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/providers"
)

// askFor makes a Flow of a configuration and prints where it sends people, and
// what for.
func askFor(cfg oauth2flow.Config) {
	flow, err := oauth2flow.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	callback := "https://app.example/auth/" + cfg.Name + "/callback"
	authURL, _, err := flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: callback})
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := url.Parse(authURL)
	fmt.Println(u.Host+u.Path, u.Query().Get("scope"), err)
}

// made prints where a configuration of OAuth 1.0a sends people, which costs a
// call of the provider, so that no Flow is run here.
func made(cfg oauth1flow.Config) {
	_, err := oauth1flow.New(cfg)
	fmt.Println(cfg.Endpoint.AuthorizeURL, err)
}

func ExampleDiscord() {
	cfg := providers.Discord()
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	askFor(cfg)
	// Output:
	// discord.com/oauth2/authorize identify email <nil>
}

// Without the address: no permission to ask for, and one question less.
func ExampleFacebook() {
	cfg := providers.Facebook()
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	cfg.Scopes = []string{"public_profile"}
	askFor(cfg)
	// Output:
	// www.facebook.com/v22.0/dialog/oauth public_profile <nil>
}

// A company's own instance is offered under a name of its own: its numbers are
// other people than those of gitlab.com.
func ExampleGitLab() {
	flows := map[string]oauth2flow.Config{"gitlab": providers.GitLab(""), "work": providers.GitLab("https://git.company.example")}
	for _, name := range []string{"gitlab", "work"} {
		cfg := flows[name]
		cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
		askFor(cfg)
	}
	// Output:
	// gitlab.com/oauth/authorize openid profile email <nil>
	// git.company.example/oauth/authorize openid profile email <nil>
}

// A refresh token comes only when it is asked for.
func ExampleGoogle() {
	cfg := providers.Google()
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	cfg.AuthorizeParams = url.Values{"access_type": {"offline"}, "prompt": {"consent"}}
	askFor(cfg)
	// Output:
	// accounts.google.com/o/oauth2/auth openid email profile <nil>
}

// The one provider here without PKCE: see LinkedIn.
func ExampleLinkedIn() {
	cfg := providers.LinkedIn()
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	askFor(cfg)
	fmt.Println("without PKCE:", cfg.DangerouslyWithoutPKCE)
	// Output:
	// www.linkedin.com/oauth/v2/authorization openid profile email <nil>
	// without PKCE: true
}

// People of one organisation, and nobody else.
func ExampleMicrosoft() {
	cfg := providers.Microsoft("company.example")
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	askFor(cfg)
	// Output:
	// login.microsoftonline.com/company.example/oauth2/v2.0/authorize openid profile email <nil>
}

// The classic mistake is to take the address for the person: an administrator
// of any organisation can write anybody's address there. It comes unverified,
// so package oauthreg links nobody by it. The ID is who they are.
func ExampleMicrosoft_mistake() {
	users := map[string]string{"ceo@app.example": "user-1"} // by address
	accounts := map[string]string{}                         // by ID

	cfg := providers.Microsoft("common")
	attacker, err := cfg.Mapping.Parse([]byte(`{"sub": "AAAAvil", "name": "Eve", "email": "ceo@app.example", "email_verified": true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("by address: %q\n", users[attacker.Email])
	fmt.Printf("by ID: %q, the address is verified: %v\n", accounts[attacker.ID], attacker.EmailVerified)
	// Output:
	// by address: "user-1"
	// by ID: "", the address is verified: false
}

func ExampleSlack() {
	cfg := providers.Slack()
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	askFor(cfg)
	// Output:
	// slack.com/openid/connect/authorize openid profile email <nil>
}

func ExampleSpotify() {
	cfg := providers.Spotify()
	cfg.ClientID, cfg.ClientSecret = "id", provider.NewSecret("from the environment")
	askFor(cfg)
	// Output:
	// accounts.spotify.com/authorize user-read-email <nil>
}

// The client ID is in a header of every call too, so it is an argument.
func ExampleTwitch() {
	cfg := providers.Twitch("id")
	cfg.ClientSecret = provider.NewSecret("from the environment")
	askFor(cfg)
	fmt.Println(cfg.Header.Get("Client-Id"))
	// Output:
	// id.twitch.tv/oauth2/authorize user:read:email <nil>
	// id
}

// Discogs wants to know which app calls.
func ExampleDiscogs() {
	cfg := providers.Discogs()
	cfg.ConsumerKey, cfg.ConsumerSecret = "key", provider.NewSecret("from the environment")
	cfg.Header.Set("User-Agent", "app.example/1.0")
	made(cfg)
	// Output:
	// https://www.discogs.com/oauth/authorize <nil>
}

func ExampleFlickr() {
	cfg := providers.Flickr()
	cfg.ConsumerKey, cfg.ConsumerSecret = "key", provider.NewSecret("from the environment")
	made(cfg)
	fmt.Println(cfg.AuthorizeParams.Encode())
	// Output:
	// https://www.flickr.com/services/oauth/authorize <nil>
	// perms=read
}

// The wiki signs what it says of a person with the secret, so both are
// arguments.
func ExampleMediaWiki() {
	cfg := providers.MediaWiki("", "key", provider.NewSecret("from the environment"))
	cfg.Header.Set("User-Agent", "app.example/1.0 (https://app.example/contact)")
	made(cfg)
	// Output:
	// https://meta.wikimedia.org/w/index.php?title=Special%3AOAuth%2Fauthenticate <nil>
}

func ExampleTrello() {
	cfg := providers.Trello()
	cfg.ConsumerKey, cfg.ConsumerSecret = "key", provider.NewSecret("from the environment")
	cfg.AuthorizeParams.Set("name", "App Example")
	made(cfg)
	fmt.Println(cfg.AuthorizeParams.Encode())
	// Output:
	// https://trello.com/1/OAuthAuthorizeToken <nil>
	// expiration=30days&name=App+Example&scope=read
}

func ExampleTumblr() {
	cfg := providers.Tumblr()
	cfg.ConsumerKey, cfg.ConsumerSecret = "key", provider.NewSecret("from the environment")
	cfg.Header.Set("User-Agent", "app.example/1.0")
	made(cfg)
	// Output:
	// https://www.tumblr.com/oauth/authorize <nil>
}
