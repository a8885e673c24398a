package twittertest

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Approve does what a browser does that was sent to authURL, for a person who
// approves: it opens the page, picks the person with that ID ("" for the one
// already picked), presses the button, and returns the URL the browser is sent
// to, which is the app's callback with its query. authURL may be of OAuth 1.0a
// or OAuth 2.0.
//
// It fails if authURL is not the server's, if the page says that the request
// token or the request is not good, or if a fault is on at [Authenticate] or
// [OAuth2Authorize]. No error holds the URL or a token.
func (s *Server) Approve(ctx context.Context, authURL, personID string) (callbackURL string, err error) {
	resp, _, err := s.decide(ctx, authURL, personID, "authorize")
	if err != nil {
		return "", err
	}
	if callbackURL = resp.Header.Get("Location"); callbackURL == "" {
		return "", errors.New("twittertest: the page does not send the browser back; use ApprovePIN for the callback oob")
	}
	return callbackURL, nil
}

// ApprovePIN is Approve for the PIN flow, where the page shows the PIN that the
// person is to type in.
func (s *Server) ApprovePIN(ctx context.Context, authURL, personID string) (pin string, err error) {
	_, page, err := s.decide(ctx, authURL, personID, "authorize")
	if err != nil {
		return "", err
	}
	pin, found := submatch(`id="pin">([0-9]+)<`, page)
	if !found {
		return "", errors.New("twittertest: the page shows no PIN; use Approve for a callback URL")
	}
	return pin, nil
}

// Deny opens authURL, presses Cancel, and returns the URL behind "Return to
// app". It is "" in the PIN flow, where the app is never told. Over OAuth 2.0 it
// is where the browser is sent.
func (s *Server) Deny(ctx context.Context, authURL string) (callbackURL string, err error) {
	resp, page, err := s.decide(ctx, authURL, "", "cancel")
	if err != nil {
		return "", err
	}
	if callbackURL = resp.Header.Get("Location"); callbackURL != "" {
		return callbackURL, nil
	}
	callbackURL, _ = submatch(`id="return" href="([^"]*)"`, page)
	return callbackURL, nil
}

// decide opens the page and sends its form in.
func (s *Server) decide(ctx context.Context, authURL, personID, decision string) (*http.Response, string, error) {
	u, err := url.Parse(authURL)
	paths := []string{pathAuthenticate, pathAuthorize, pathOAuth2Authorize}
	if err != nil || u.Scheme+"://"+u.Host != s.baseURL || !slices.Contains(paths, u.Path) {
		return nil, "", errors.New("twittertest: the URL is not that of the page at " + s.baseURL)
	}
	_, page, err := s.browse(ctx, http.MethodGet, authURL, nil)
	if err != nil {
		return nil, "", err
	}
	form := url.Values{"person": {personID}, "decision": {decision}}
	fields := regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(fields) == 0 {
		return nil, "", errors.New("twittertest: the page has no form")
	}
	for _, m := range fields {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	if picked, found := submatch(`value="([^"]*)" required checked`, page); found && personID == "" {
		form.Set("person", picked)
	}
	return s.browse(ctx, http.MethodPost, s.baseURL+path.Join(path.Dir(u.Path), "authorize"), form)
}

// browse sends one request without following where it leads.
func (s *Server) browse(ctx context.Context, method, target string, form url.Values) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", errors.New("twittertest: the URL cannot be opened")
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := inProcess{s}.RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, "", fmt.Errorf("twittertest: the page: %w", err)
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusSeeOther {
		reason := resp.Header.Get(reasonHeader)
		if reason == "" {
			reason = "a fault is on"
		}
		return nil, "", fmt.Errorf("twittertest: the page answered %d: %s", resp.StatusCode, reason)
	}
	return resp, string(page), nil
}

// submatch finds something in a page of the server's own making.
func submatch(pattern, page string) (string, bool) {
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		return "", false
	}
	return html.UnescapeString(m[1]), true
}
