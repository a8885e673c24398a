package oauth2flow_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// answering is a Flow that is always answered with that status and body.
func answering(t *testing.T, status int, contentType, text string) (f *oauth2flow.Flow, calls *int) {
	t.Helper()
	calls = new(int)
	s := fakeServer{t: t, url: "https://api.fake.example"}
	return s.flow(identify("user"), func(c *oauth2flow.Config) {
		c.ExtraMembers = []string{"kept"}
		c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			*calls++
			header := http.Header{"Content-Type": {contentType}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text))}, nil
		})}
	}), calls
}

func fuzzError(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	if !ok || e.Kind == nil || e.Provider != "fake" {
		t.Errorf("not an error of the Flow: %#v", err)
	}
	if len(err.Error()) > 500 || strings.Contains(err.Error(), marker) || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
		t.Errorf("the error repeats the answer: %q", err)
	}
}

// A token answer is used whole or not at all, and never quoted.
func FuzzTokenAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"t","user":` + ada + `}`, `{"access_token":"t","expires_in":"60","kept":1}`, `{"access_token":"t","error":"x"}`,
		`{"error":"invalid_grant"}`, "access_token=t&user=007", "error=bad_verification_code", "", "%", "a;b", "<html>" + marker,
		`{"access_token":"t","user":" "}`, `{"error":"` + marker + `\n"}`, `{"access_token":"t","token_type":"mac"}`,
	} {
		for _, contentType := range []string{jsonType, formType, "text/plain", ""} {
			f.Add(http.StatusOK, contentType, seed)
			f.Add(http.StatusBadRequest, contentType, seed)
		}
	}
	f.Fuzz(func(t *testing.T, status int, contentType, text string) {
		if status < 200 || status > 599 {
			return
		}
		flow, calls := answering(t, status, contentType, text)
		tok, err := flow.HandleCallback(t.Context(), handshake(), approved())
		if *calls != 1 {
			t.Errorf("%d calls", *calls)
		}
		switch {
		case err != nil:
			if !tok.IsZero() || tok.Subject != "" {
				t.Error("there is a token beside the error")
			}
			// An error code is a word and may be anything but the marker.
			if !strings.Contains(text, marker) {
				fuzzError(t, err)
			}
		case status >= 300, tok.IsZero():
			t.Errorf("%d %q was taken", status, text)
		case tok.Subject != "" && provider.CheckID(tok.Subject) != nil:
			t.Errorf("the ID %q was taken", tok.Subject)
		}
	})
}

// Whatever a browser brings: without this handshake's state nobody is called.
func FuzzHandleCallback(f *testing.F) {
	for _, seed := range []string{
		approved().Encode(), "state=state-1", "state=state-1&error=access_denied", "state=x&error=access_denied", "state=x&code=c", "",
		"state=state-1&state=x&code=c", "state=state-1&code=c&code=d", "state=state-1&error=" + marker + "%0a", "state=state-1&code=c&iss=x", "%ff=%ff",
		"state=state-1&code=c&iss=" + url.QueryEscape(issuer), "state=state-1&error=" + marker + "&iss=",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, raw string, require bool) {
		query, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		calls := 0
		s := fakeServer{t: t, url: "https://api.fake.example"}
		flow := s.flow(func(c *oauth2flow.Config) {
			c.Issuer, c.RequireIssuer = issuer, require
			c.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				calls++
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"access_token":"t"}`))}, nil
			})}
		})
		_, err = flow.HandleCallback(t.Context(), handshake(), query)
		once := func(name, want string) bool {
			v := query[name]
			return len(v) == 1 && v[0] != "" && (want == "" || v[0] == want)
		}
		may := once("state", "state-1") && once("code", "") && query.Get("error") == "" &&
			(once("iss", issuer) || (!require && !query.Has("iss")))
		switch {
		case calls > 0 && !may:
			t.Errorf("a call was made for %q", raw)
		case may != (err == nil) || (err == nil) != (calls == 1):
			t.Errorf("%d calls for %q, and %v", calls, raw, err)
		}
		if err != nil && !once("state", "state-1") && !errors.Is(err, provider.ErrMismatch) {
			t.Errorf("%v", err)
		}
	})
}
