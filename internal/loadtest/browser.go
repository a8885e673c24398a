package main

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// patience is how long anybody waits for an answer. A callback may have to wait
// for what another instance was doing.
const patience = time.Minute

// browser keeps cookies, and follows redirects only when told to.
type browser struct {
	jar http.CookieJar
}

func newBrowser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{jar}
}

// answer is what came of a request.
type answer struct {
	status   int
	location string // below origin, without it
	body     string
	took     time.Duration

	cut    bool // the instance was killed meanwhile, or the connection lost
	gaveUp bool // the request was cancelled
	err    error
}

// do sends a request to one incarnation of an instance.
func (b *browser) do(ctx context.Context, to *incarnation, ticket, method, target string, form url.Values) answer {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(waiting, method, origin+target, body)
	if err != nil {
		return answer{err: errors.New("the app sent the browser to what is no URL")}
	}
	req.Header.Set(ticketHeader, ticket)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	client := &http.Client{
		Jar: b.jar, Transport: to.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	begun := time.Now()
	res, err := client.Do(req)
	var data []byte
	if err == nil {
		data, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	a := answer{took: time.Since(begun)}
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the URL, which has a verifier in it
		}
		a.err, a.gaveUp, a.cut = err, ctx.Err() != nil, to.dead.Load() || cancelledByAnother(waiting, err)
		return a
	}
	a.status, a.body = res.StatusCode, string(data)
	a.location = strings.TrimPrefix(res.Header.Get("Location"), origin)
	return a
}

// cancelledByAnother tells a connection that was lost to somebody else's giving
// up. People share connections here: net/http hands one on when an answer without
// a body has been read, and whoever gives up at that moment closes it under the
// next, who never asked for that.
func cancelledByAnother(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() == nil
}

var inputPattern = regexp.MustCompile(`<input name="([^"]*)" value="([^"]*)">`)

// inputs reads the fields of a page.
func (a answer) inputs() url.Values {
	form := url.Values{}
	for _, m := range inputPattern.FindAllStringSubmatch(a.body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}
