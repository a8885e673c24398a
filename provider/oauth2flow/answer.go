package oauth2flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/oauthreg/go/internal/outbound"
)

// tokenClient returns a client for one call of x/oauth2 to the token endpoint,
// and the answer it will get.
func (f *Flow) tokenClient() (*http.Client, *answer) {
	client := outbound.NewClient(f.call.HTTP)
	a := &answer{base: client.Transport, header: f.cfg.Header}
	client.Transport = a
	return client, a
}

// answer is a transport that reads the answer to its one request whole, and
// keeps it: x/oauth2 makes floats of the numbers in it, and so one person's ID
// of another's, and does not tell why it could not read it.
type answer struct {
	base   http.RoundTripper
	header http.Header
	status int
	body   []byte
}

var errNoResponse = errors.New("the HTTP client returned neither an answer nor an error")

// RoundTrip implements http.RoundTripper.
func (a *answer) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context()) // a RoundTripper may not change it
	for name, values := range a.header {
		if req.Header[name] == nil { // x/oauth2's own matter more
			req.Header[name] = values
		}
	}
	res, err := a.base.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case res == nil: // http.Client, which says so, is above
		return nil, errNoResponse
	case res.Body == nil:
		res.Body = http.NoBody
	}
	a.status = res.StatusCode
	if a.body, err = outbound.ReadAll(res, outbound.MaxToken); err != nil {
		return nil, err
	}
	body := a.body
	if res.StatusCode == http.StatusOK {
		res.Header, body = normalised(res.Header, body)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// member returns a member of a token answer that x/oauth2 understood, with each
// digit of its numbers ([json.Number]), or nil.
func (a *answer) member(name string) any {
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	var members map[string]any
	if decoder.Decode(&members) == nil {
		return members[name]
	}
	if form, err := url.ParseQuery(string(a.body)); err == nil && form.Has(name) {
		return form.Get(name)
	}
	return nil
}
