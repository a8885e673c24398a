package benchmarks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/dghubble/oauth1"
	"github.com/gorilla/securecookie"

	"github.com/oauthreg/go/internal/oauth1sign"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
)

// Part is one thing that a registration is made of, done by itself.
type Part struct {
	// Title is what is done, Name who does it. The first of a Title is the
	// library's.
	Title, Name string
	// New returns the operation, for one goroutine.
	New func(ctx context.Context) (func() error, error)
}

const (
	signing  = "Sign one request"
	parsing  = "Parse one profile"
	sealing  = "Seal and open one session value"
	calling  = "One call with a client that is kept"
	creating = "Make a client for a stored token, and one call"
)

// Parts are the parts, in the order of the table.
func Parts() []Part {
	return []Part{
		{signing, "oauthreg", signOwn},
		{signing, "floor", signFloor},
		{signing, "dghubble", signDirect},
		{parsing, "oauthreg", parseOwn},
		{parsing, "three fields", parseThree},
		{parsing, "a map, as goth", parseMap},
		{sealing, "oauthreg (AES-256-GCM)", sealOwn},
		{sealing, "securecookie (HMAC)", securecookieOf(nil)},
		{sealing, "securecookie (AES-CTR, HMAC)", securecookieOf([]byte("0123456789abcdef"))},
		{calling, "oauthreg", callOwn(true)},
		{calling, "dghubble", callDirect(true)},
		{creating, "oauthreg", callOwn(false)},
		{creating, "dghubble", callDirect(false)},
	}
}

// profileRequest is the request that is signed.
func profileRequest(ctx context.Context) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, apiURL+profilePath+profileQuery, nil)
}

var errUnsigned = errors.New("the request was not signed")

// signed checks what a part has done to a request.
func signed(req *http.Request) error {
	if !strings.Contains(req.Header.Get("Authorization"), `oauth_signature="`) {
		return errUnsigned
	}
	return nil
}

func signOwn(ctx context.Context) (func() error, error) {
	signer := &oauth1sign.Signer{ConsumerKey: consumerKey, Method: &oauth1.HMACSigner{ConsumerSecret: consumerSecret}}
	req, err := profileRequest(ctx)
	p := person(1)
	return func() error {
		if err := signer.Sign(req, p.Token, p.TokenSecret); err != nil {
			return err
		}
		return signed(req)
	}, err
}

func signFloor(ctx context.Context) (func() error, error) {
	p := person(1)
	req, err := profileRequest(ctx)
	header := make([]string, 1)
	return func() error {
		header[0] = floorProfile.sign(consumerSecret+"&"+p.TokenSecret, p.Token, "")
		req.Header["Authorization"] = header
		return signed(req)
	}, err
}

// signDirect signs in a transport, for dghubble/oauth1 has no other way in for
// requests with a token. It copies the request: three allocations.
func signDirect(ctx context.Context) (func() error, error) {
	p := person(1)
	config := &oauth1.Config{ConsumerKey: consumerKey, ConsumerSecret: consumerSecret}
	answer := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
	client := &http.Client{Transport: transport(func(req *http.Request) (*http.Response, error) { return answer, signed(req) })}
	signer := config.Client(context.WithValue(ctx, oauth1.HTTPClient, client), oauth1.NewToken(p.Token, p.TokenSecret)).Transport
	req, err := profileRequest(ctx)
	return func() error {
		res, err := signer.RoundTrip(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}, err
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

var errProfile = errors.New("the profile is somebody else's")

func parseOwn(context.Context) (func() error, error) {
	body, want := profileAnswer.fill(nil, 1), person(1)
	return func() error {
		p, err := twitter.ParseVerifyCredentials(body)
		if err == nil && (p.ID != want.ID || p.Email != want.Email || p.Username != want.Handle) {
			err = errProfile
		}
		return err
	}, nil
}

func parseThree(context.Context) (func() error, error) {
	body, want := profileAnswer.fill(nil, 1), person(1)
	return func() error {
		var v struct {
			ID     string `json:"id_str"`
			Handle string `json:"screen_name"`
			Email  string `json:"email"`
		}
		err := json.Unmarshal(body, &v)
		if err == nil && (v.ID != want.ID || v.Email != want.Email || v.Handle != want.Handle) {
			err = errProfile
		}
		return err
	}, nil
}

func parseMap(context.Context) (func() error, error) {
	body, want := profileAnswer.fill(nil, 1), person(1)
	return func() error {
		var v map[string]any
		err := json.NewDecoder(bytes.NewReader(body)).Decode(&v)
		if err == nil && (v["id_str"] != want.ID || v["email"] != want.Email || v["screen_name"] != want.Handle) {
			err = errProfile
		}
		return err
	}, nil
}

// sessionValue is as long as a handshake that waits.
var sessionValue = []byte(strings.Repeat("handshake, ", 20))

var errValue = errors.New("the value did not come back")

func sealOwn(context.Context) (func() error, error) {
	keys, err := seal.Parse(seal.NewKey())
	if err != nil {
		return nil, err
	}
	box, err := keys.Sealer("benchmark")
	return func() error {
		got, _, err := box.Open(box.Seal(sessionValue, "try/1"), "try/1")
		if err == nil && !bytes.Equal(got, sessionValue) {
			err = errValue
		}
		return err
	}, err
}

func securecookieOf(block []byte) func(context.Context) (func() error, error) {
	return func(context.Context) (func() error, error) {
		codec := securecookie.New([]byte("0123456789abcdef0123456789abcdef"), block)
		return func() error {
			encoded, err := codec.Encode("try/1", sessionValue)
			if err != nil {
				return err
			}
			var got []byte
			if err := codec.Decode("try/1", encoded, &got); err != nil || !bytes.Equal(got, sessionValue) {
				return errValue
			}
			return nil
		}, nil
	}
}

// get calls X and reads the answer.
func get(ctx context.Context, client *http.Client) error {
	req, err := profileRequest(ctx)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	var buffer [maxAnswer]byte
	for err == nil {
		_, err = res.Body.Read(buffer[:])
	}
	if err != io.EOF || res.StatusCode != http.StatusOK {
		return errAnswer
	}
	return res.Body.Close()
}

func callOwn(keep bool) func(context.Context) (func() error, error) {
	return func(ctx context.Context) (func() error, error) {
		w := InProcess(0)
		subject, err := newOwn(memoryStore, slog.DiscardHandler)(w)
		if err != nil {
			return nil, err
		}
		if err := NewBrowser(ctx, subject).Register(w.Approve); err != nil {
			return nil, err
		}
		reg, id := subject.(*own).reg, tokenstore.Identity{Provider: "twitter", Subject: person(0).ID}
		kept, err := reg.Client(ctx, id)
		return func() error {
			client := kept
			if !keep {
				var err error
				if client, err = reg.Client(ctx, id); err != nil {
					return err
				}
			}
			return get(ctx, client)
		}, err
	}
}

func callDirect(keep bool) func(context.Context) (func() error, error) {
	return func(ctx context.Context) (func() error, error) {
		p := person(0)
		config := &oauth1.Config{ConsumerKey: consumerKey, ConsumerSecret: consumerSecret}
		withClient := context.WithValue(ctx, oauth1.HTTPClient, InProcess(0).Client())
		kept := config.Client(withClient, oauth1.NewToken(p.Token, p.TokenSecret))
		return func() error {
			client := kept
			if !keep {
				client = config.Client(withClient, oauth1.NewToken(p.Token, p.TokenSecret))
			}
			return get(ctx, client)
		}, nil
	}
}
