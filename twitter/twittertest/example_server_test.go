package twittertest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
)

// Without the network: for tests in a bubble of testing/synctest, and to be sure
// that nothing reaches the real X.
func ExampleServer_Client() {
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	flow, err := twitter.New(twitter.Config{
		ConsumerKey:    twittertest.ConsumerKey,
		ConsumerSecret: provider.NewSecret(twittertest.ConsumerSecret),
		BaseURL:        x.URL(),
		HTTPClient:     x.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, handshake, err := flow.AuthURL(context.Background(), provider.AuthRequest{CallbackURL: appCallback})
	fmt.Println(handshake.ID != "", err)

	_, err = x.Client().Get(twitter.DefaultBaseURL)
	fmt.Println("the real X is out of reach:", err != nil)
	// Output:
	// true <nil>
	// the real X is out of reach: true
}

// Behind TLS, or below a host name of one's own.
func ExampleServer_Handler() {
	x, err := twittertest.New(twittertest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer x.Close()
	secure := httptest.NewTLSServer(x.Handler())
	defer secure.Close()

	res, err := secure.Client().Post(secure.URL+"/oauth/request_token", "", http.NoBody)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	fmt.Println(res.Status, err)
	fmt.Println(res.Header.Get("X-Twittertest-Reason"))
	// Output:
	// 400 Bad Request <nil>
	// there is no Authorization header of the OAuth scheme
}

// The people who are there unless Config names others, each with something
// that sign-ups get wrong.
func ExampleMadeUpPeople() {
	for _, person := range twittertest.MadeUpPeople() {
		fmt.Printf("%s %q %q\n", person.ScreenName, person.Name, person.Email)
	}
	// Output:
	// ada_quill "Ada Quill" "ada.quill@example.com"
	// hanako_mori "森 花子 🌸" "hanako.mori@example.com"
	// samir_nour "سمير نور" ""
	// Bobby_OTables "Robert \"Bobby\" O'Tables <b>& Sons</b>" "bobby+x@example.com"
	// _fox_ "🦊🏳️\u200d🌈" ""
	// parked_account "Parked Account" ""
}
