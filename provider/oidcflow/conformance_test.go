package oidcflow_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthreg/go/provider/oidcflow"
	"github.com/oauthreg/go/provider/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		metadata func(object)
		config   func(*oidcflow.Config)
	}{
		"whole":                   {func(object) {}, func(*oidcflow.Config) {}},
		"profile of the id_token": {func(m object) { delete(m, "userinfo_endpoint") }, func(*oidcflow.Config) {}},
		"no way to revoke":        {func(m object) { delete(m, "revocation_endpoint") }, func(*oidcflow.Config) {}},
		"issuer in the callback":  {func(m object) { m["authorization_response_iss_parameter_supported"] = true }, func(*oidcflow.Config) {}},
		"id_token kept":           {func(object) {}, func(c *oidcflow.Config) { c.KeepIDToken = true }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
				op := &honest{forger: newForger(), codes: map[string]url.Values{}, access: map[string]bool{}, refresh: map[string]string{}}
				test.metadata(op.metadata)
				config := func(c *oidcflow.Config) {
					c.HTTPClient = client
					test.config(c)
				}
				return providertest.Provider{
					Flow: op.flow(t, config), Twin: op.flow(t, config), Handler: op, CallbackURL: callback,
					Approve: op.approve, Deny: op.deny, Subject: subject, Secrets: []string{secret},
				}
			}})
		})
	}
}

// honest is a provider that does what the protocol says.
type honest struct {
	*forger

	mu      sync.Mutex
	codes   map[string]url.Values // the parameters of the start
	access  map[string]bool
	refresh map[string]string // to the access token it came with
}

func (op *honest) approve(_ context.Context, authURL string) (string, error) {
	return op.back(authURL, func(start, query url.Values) {
		code := "code-" + rand.Text()
		query.Set("code", code)
		op.mu.Lock()
		defer op.mu.Unlock()
		op.codes[code] = start
	})
}

func (op *honest) deny(_ context.Context, authURL string) (string, error) {
	return op.back(authURL, func(_, query url.Values) { query.Set("error", "access_denied") })
}

func (op *honest) back(authURL string, answer func(start, query url.Values)) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", err
	}
	start := u.Query()
	if start.Get("redirect_uri") != callback || start.Get("client_id") != clientID || start.Get("response_type") != "code" {
		return "", errors.New("the provider shows an error page")
	}
	query := url.Values{"state": start["state"], "iss": {issuer}}
	answer(start, query)
	return callback + "?" + query.Encode(), nil
}

func (op *honest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	user, password, _ := r.BasicAuth()
	known := user == clientID && password == secret
	op.mu.Lock()
	defer op.mu.Unlock()
	switch r.URL.Path {
	case "/token":
		if !known {
			refuse(w, http.StatusUnauthorized, "invalid_client")
			return
		}
		op.token(w, r)
	case "/userinfo":
		if !op.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] {
			refuse(w, http.StatusUnauthorized, "invalid_token")
			return
		}
		op.forger.ServeHTTP(w, r)
	case "/revoke":
		token := r.PostForm.Get("token")
		delete(op.access, op.refresh[token])
		delete(op.access, token)
		delete(op.refresh, token)
	default:
		op.forger.ServeHTTP(w, r)
	}
}

func (op *honest) token(w http.ResponseWriter, r *http.Request) {
	claims := maps.Clone(op.claims)
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		start := op.codes[r.PostForm.Get("code")]
		delete(op.codes, r.PostForm.Get("code"))
		sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		if start == nil || start.Get("code_challenge") != b64(sum[:]) || r.PostForm.Get("redirect_uri") != callback {
			refuse(w, http.StatusBadRequest, "invalid_grant")
			return
		}
		claims["nonce"] = start.Get("nonce")
	case "refresh_token":
		access, ok := op.refresh[r.PostForm.Get("refresh_token")]
		if !ok {
			refuse(w, http.StatusBadRequest, "invalid_grant")
			return
		}
		delete(op.access, access)
		delete(op.refresh, r.PostForm.Get("refresh_token"))
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	access, refresh := "access-"+rand.Text(), "refresh-"+rand.Text()
	op.access[access], op.refresh[refresh] = true, access
	claims["exp"], claims["at_hash"] = time.Now().Add(time.Hour).Unix(), atHash(access)
	data, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	send(w, object{"access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 3600, "id_token": op.sign(data)})
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"error":"` + code + `"}`))
}
