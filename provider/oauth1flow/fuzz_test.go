package oauth1flow_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
)

// answering is a Flow that is always answered with that status and body.
func answering(t *testing.T, status int, text string) (f *oauth1flow.Flow, calls *int) {
	t.Helper()
	calls = new(int)
	p := fakeProvider{t: t, url: "https://api.fake.example"}
	return p.flow(func(c *oauth1flow.Config) {
		c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			*calls++
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text))}, nil
		})}
	}), calls
}

// A token answer is used whole or not at all, and never quoted.
func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		"oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=true&user_id=71", "oauth_token=t&oauth_token_secret=s",
		"oauth_token=a&oauth_token=b&oauth_token_secret=s", "<html>", `{"oauth_token":"t"}`, "", "%", "a;b", "oauth_token=%ff&oauth_token_secret=s",
		"oauth_token=t&oauth_token_secret=s&user_id=%20", "oauth_problem=token_rejected",
	} {
		f.Add(http.StatusOK, seed)
		f.Add(http.StatusUnauthorized, seed)
	}
	f.Fuzz(func(t *testing.T, status int, text string) {
		if status < 200 || status > 599 {
			return
		}
		flow, _ := answering(t, status, text)
		authURL, hs, err := flow.AuthURL(t.Context(), provider.AuthRequest{CallbackURL: callbackURL})
		switch {
		case err == nil:
			if hs.ID == "" || hs.Secret.IsZero() || !utf8.ValidString(hs.ID) || !strings.Contains(text, "oauth_callback_confirmed") {
				t.Errorf("%q was taken", text)
			}
			u, err := url.Parse(authURL)
			if err != nil || u.Host != "api.fake.example" || u.Query().Get("oauth_token") != hs.ID {
				t.Errorf("the browser is sent to %q", authURL)
			}
		case hs.ID != "" || authURL != "":
			t.Error("there is a handshake beside the error")
		default:
			fuzzError(t, err)
		}
		tok, err := flow.HandleCallback(t.Context(), handshake(), approved())
		switch {
		case err != nil:
			fuzzError(t, err)
		case status != http.StatusOK, tok.IsZero(), tok.Secret.IsZero():
			t.Errorf("%d %q was taken", status, text)
		case tok.Subject != "" && provider.CheckID(tok.Subject) != nil:
			t.Errorf("the ID %q was taken", tok.Subject)
		}
	})
}

func fuzzError(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Kind == nil || e.Provider != "fake" {
		t.Errorf("not an error of the Flow: %#v", err)
	}
	if len(err.Error()) > 500 || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
		t.Errorf("the error repeats the answer: %q", err)
	}
}

// Whatever a browser brings: without this handshake's token nobody is called.
func FuzzHandleCallback(f *testing.F) {
	for _, seed := range []string{
		approved().Encode(), "denied=" + url.QueryEscape(requestToken), "denied=x", "oauth_token=x&oauth_verifier=v", "",
		"oauth_token=" + url.QueryEscape(requestToken), "oauth_token=" + url.QueryEscape(requestToken) + "&oauth_problem=user_refused",
		"oauth_token=a&oauth_token=b&oauth_verifier=v", "%ff=%ff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		flow, calls := answering(t, http.StatusOK, "oauth_token=t&oauth_token_secret=s")
		_, err = flow.HandleCallback(t.Context(), handshake(), query)
		once := func(name, want string) bool {
			v := query[name]
			return len(v) == 1 && v[0] != "" && (want == "" || v[0] == want)
		}
		may := once("oauth_token", requestToken) && once("oauth_verifier", "") && query.Get("denied") == ""
		switch {
		case *calls > 0 && !may:
			t.Errorf("a call was made for %q", raw)
		case (err == nil) != (*calls == 1):
			t.Errorf("%d calls, and %v", *calls, err)
		}
		if err != nil && !errors.Is(err, provider.ErrMismatch) && !errors.Is(err, provider.ErrDenied) {
			t.Errorf("%v", err)
		}
	})
}
