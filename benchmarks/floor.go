package benchmarks

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// floor is the least that registers people: it signs by hand, keeps request
// tokens in a map under no more than the token, and checks nothing. Anybody can
// finish anybody's registration; a hanging X hangs the app; an answer of a
// gigabyte is read; nothing expires. Do not copy it.
//
// It is what the others are measured against, because what it spends, everybody
// has to spend.
type floor struct {
	users

	mux    *http.ServeMux
	client *http.Client
	form   bool

	mu      sync.Mutex
	secrets map[string]string // by request token
	pending map[string]Person // by cookie, with a form
}

// newFloor goes through a form if asked to, as an app with oauthreg does.
func newFloor(form bool) func(w *World) (Subject, error) {
	return func(w *World) (Subject, error) {
		s := &floor{
			mux: http.NewServeMux(), client: w.Client(), form: form,
			secrets: make(map[string]string), pending: make(map[string]Person),
		}
		s.mux.HandleFunc("POST "+startPath, s.start)
		s.mux.HandleFunc("GET "+callbackPath, s.callback)
		s.mux.HandleFunc("GET "+formPath, s.showForm)
		s.mux.HandleFunc("POST "+formPath, s.submitForm)
		return s, nil
	}
}

func (s *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

const floorHeader = `OAuth oauth_consumer_key="` + consumerKey + `", oauth_signature_method="HMAC-SHA1", oauth_version="1.0"`

// The calls, as the fake has to see them. The URLs and parameters are encoded
// once for the header and twice for the base string.
var (
	floorRequestToken = floorCall{
		first: "POST&" + encode(apiURL+requestTokenPath) + "&oauth_callback%3D" + encode(encode(callbackURL)) +
			"%26oauth_consumer_key%3D" + consumerKey + "%26oauth_nonce%3D",
		header: floorHeader + `, oauth_callback="` + encode(callbackURL) + `"`,
	}
	floorAccessToken = floorCall{
		first:  "POST&" + encode(apiURL+accessTokenPath) + "&oauth_consumer_key%3D" + consumerKey + "%26oauth_nonce%3D",
		header: floorHeader,
	}
	floorProfile = floorCall{
		first: "GET&" + encode(apiURL+profilePath) + "&include_email%3Dtrue%26include_entities%3Dfalse%26oauth_consumer_key%3D" +
			consumerKey + "%26oauth_nonce%3D",
		header: floorHeader,
		last:   "%26skip_status%3Dtrue",
	}
)

// encode is percent-encoding for the constants above, which have no blanks.
func encode(s string) string { return url.QueryEscape(s) }

var errAnswer = errors.New("the answer of X is another than expected")

func (s *floor) call(ctx context.Context, method, target, authorization string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", authorization)
	res, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", errAnswer, res.Status)
	}
	return io.ReadAll(res.Body)
}

func (s *floor) start(w http.ResponseWriter, r *http.Request) {
	body, err := s.call(r.Context(), http.MethodPost, apiURL+requestTokenPath, floorRequestToken.sign(consumerSecret+"&", "", ""))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	answer := string(body)
	token := member(answer, "oauth_token=")
	s.mu.Lock()
	s.secrets[token] = member(answer, "oauth_token_secret=")
	s.mu.Unlock()
	redirect(w, apiURL+"/oauth/authenticate?oauth_token="+token)
}

// member is the value of a member of a form-encoded text that needs no decoding.
func member(text, name string) string {
	_, value, _ := strings.Cut(text, name)
	value, _, _ = strings.Cut(value, "&")
	return value
}

func (s *floor) callback(w http.ResponseWriter, r *http.Request) {
	token := member(r.URL.RawQuery, "oauth_token=")
	s.mu.Lock()
	secret, ok := s.secrets[token]
	delete(s.secrets, token)
	s.mu.Unlock()
	if !ok {
		http.Error(w, "unknown request token", http.StatusBadRequest)
		return
	}
	p, err := s.fetch(r.Context(), token, secret, member(r.URL.RawQuery, "oauth_verifier="))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if _, known := s.Known(p.ID); known || !s.form {
		s.save(p)
		redirect(w, donePath)
		return
	}
	id := rand.Text()
	s.mu.Lock()
	s.pending[id] = p
	s.mu.Unlock()
	w.Header()["Set-Cookie"] = []string{"p=" + id}
	redirect(w, formPath)
}

// fetch asks for the token, and for the profile of whoever is not known.
func (s *floor) fetch(ctx context.Context, token, secret, verifier string) (Person, error) {
	body, err := s.call(ctx, http.MethodPost, apiURL+accessTokenPath, floorAccessToken.sign(consumerSecret+"&"+secret, token, verifier))
	if err != nil {
		return Person{}, err
	}
	answer := string(body)
	access, accessSecret := member(answer, "oauth_token="), member(answer, "oauth_token_secret=")
	if p, known := s.Known(member(answer, "user_id=")); known {
		p.Token, p.TokenSecret = access, accessSecret
		return p, nil
	}
	body, err = s.call(ctx, http.MethodGet, apiURL+profilePath+profileQuery, floorProfile.sign(consumerSecret+"&"+accessSecret, access, ""))
	if err != nil {
		return Person{}, err
	}
	var v struct {
		ID     string `json:"id_str"`
		Handle string `json:"screen_name"`
		Email  string `json:"email"`
	}
	err = json.Unmarshal(body, &v)
	return Person{ID: v.ID, Handle: v.Handle, Email: v.Email, Token: access, TokenSecret: accessSecret}, err
}

// waiting returns whose form it is, by the only cookie there is.
func (s *floor) waiting(r *http.Request) (id string, p Person) {
	if lines := r.Header["Cookie"]; len(lines) > 0 {
		id = strings.TrimPrefix(lines[0], "p=")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return id, s.pending[id]
}

func (s *floor) showForm(w http.ResponseWriter, r *http.Request) {
	_, p := s.waiting(r)
	_, _ = io.WriteString(w, "username="+url.QueryEscape(p.Handle)+"&email="+url.QueryEscape(p.Email))
}

func (s *floor) submitForm(w http.ResponseWriter, r *http.Request) {
	id, p := s.waiting(r)
	if err := r.ParseForm(); err != nil || p.ID == "" {
		http.Error(w, "no sign-up waits", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	delete(s.pending, id)
	s.mu.Unlock()
	p.Handle, p.Email = r.PostForm.Get("username"), r.PostForm.Get("email")
	s.save(p)
	redirect(w, donePath)
}
