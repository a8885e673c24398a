package benchmarks

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
)

// replay answers the browser and calls X as often as an app does, and does
// nothing else: no signature, no parsing, nobody is known. What a subject costs
// above it is the subject's own.
type replay struct {
	users

	mux     *http.ServeMux
	client  *http.Client
	buffers sync.Pool
}

// newReplay makes as many calls of X as an app that makes calls of them, and
// with form goes through the form.
func newReplay(form bool, calls int) func(w *World) (Subject, error) {
	return func(w *World) (Subject, error) {
		s := &replay{mux: http.NewServeMux(), client: w.Client()}
		s.buffers.New = func() any { return new([maxAnswer]byte) }
		s.handle("POST "+startPath, apiURL+"/oauth/authenticate?oauth_token="+idPrefix+"000000000"+requestRest, "POST "+requestTokenPath)
		upstream := []string{"POST " + accessTokenPath, "GET " + profilePath + profileQuery}
		end := donePath
		if form {
			end = formPath
			s.handle("POST "+formPath, donePath)
			s.mux.HandleFunc("GET "+formPath, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, replayForm)
			})
		}
		s.handle("GET "+callbackPath, end, upstream[:calls-1]...)
		return s, nil
	}
}

const (
	profileQuery = "?include_email=true&include_entities=false&skip_status=true"
	replayForm   = "email=reader.000000000%40example.com&username=reader_000000000"
)

// replayHeader carries the token, by which the fake tells what to answer.
var replayHeader = []string{`OAuth oauth_consumer_key="test-consumer-key", oauth_nonce="IBWRK5CHV3Q2YLAZJ7TXNEM4SG", ` +
	`oauth_signature="AEcKKzMlHdsEmmE5aFY2wYGvgiQ%3D", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1795000000", ` +
	`oauth_token="9100000000000000000` + tokenSuffix + `", oauth_version="1.0"`}

// handle answers one path with a redirect, after calls such as "GET /path".
func (s *replay) handle(pattern, location string, calls ...string) {
	prepared := make([]http.Request, len(calls))
	for i, c := range calls {
		var method, target string
		_, _ = fmt.Sscan(c, &method, &target) // two words, written above
		u, err := url.Parse(apiURL + target)
		if err != nil {
			panic(err) // written above
		}
		prepared[i] = http.Request{Method: method, URL: u, Host: u.Host}
	}
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		for i := range prepared {
			req := prepared[i]
			req.Header = http.Header{"Authorization": replayHeader}
			if err := s.call(&req); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
		}
		redirect(w, location)
	})
}

func (s *replay) call(req *http.Request) error {
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	buffer := s.buffers.Get().(*[maxAnswer]byte)
	defer s.buffers.Put(buffer)
	for err == nil {
		_, err = res.Body.Read(buffer[:])
	}
	if err != io.EOF || res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %w", res.StatusCode, err)
	}
	return res.Body.Close()
}

func (s *replay) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
