package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
)

// subject is an app that people register with. It answers POST /x/start, GET
// /x/callback and, if it has a form, GET and POST /form.
type subject struct {
	name    string
	app     http.Handler
	hasForm bool
}

// subjects are made anew on each wire, so that the first registration of each
// finds no connection.
func subjects() ([]subject, error) {
	var list []subject
	for _, make := range []func() (subject, error){withCookies, withMemory, withDghubble, withGoth} {
		s, err := make()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

const callbackURL = appURL + "/x/callback"

// start returns where the browser is sent to.
func (s subject) start(b *browser) (authURL string, err error) {
	w := b.do(s.app, appURL+"/x/start", url.Values{})
	return redirected(w)
}

func (s subject) callback(b *browser, target string) error {
	_, err := redirected(b.do(s.app, target, nil))
	return err
}

func (s subject) form(b *browser) error { return ok(b.do(s.app, appURL+"/form", nil)) }

func (s subject) complete(b *browser) error { return ok(b.do(s.app, appURL+"/form", url.Values{})) }

// redirected returns where to. Being sent back with an error is one.
func redirected(w *httptest.ResponseRecorder) (location string, err error) {
	location = w.Header().Get("Location")
	if w.Code < 300 || w.Code > 399 || location == "" {
		return "", fmt.Errorf("the app answered %d: %.200s", w.Code, w.Body)
	}
	if u, err := url.Parse(location); err != nil || u.Query().Has("error") {
		return "", errors.New("the app sent the browser to " + location)
	}
	return location, nil
}

func ok(w *httptest.ResponseRecorder) error {
	if w.Code != http.StatusOK {
		return fmt.Errorf("the app answered %d: %.200s", w.Code, w.Body)
	}
	return nil
}
