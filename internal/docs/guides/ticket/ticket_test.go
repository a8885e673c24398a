package ticket_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/internal/docs/guides/ticket"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/providertest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, providertest.Config{New: func(t *testing.T, client *http.Client) providertest.Provider {
		flow, err := ticket.New("our-app", provider.NewSecret("our-app-secret"), client)
		require.NoError(t, err)
		fake := &fakeTickets{tickets: map[string]bool{}, keys: map[string]bool{}}
		return providertest.Provider{
			Flow: flow, Handler: fake, Approve: fake.approve, Deny: fake.deny,
			CallbackURL: "https://app.example/auth/ticket/callback",
			Subject:     "member-4711", Secrets: []string{"our-app-secret"},
		}
	}})
}

func TestNewWantsKeys(t *testing.T) {
	t.Parallel()
	_, err := ticket.New("", provider.Secret{}, http.DefaultClient)
	require.EqualError(t, err, "ticket: the app's ID and secret are required")
}

type fakeTickets struct {
	mu            sync.Mutex
	tickets, keys map[string]bool
}

func (f *fakeTickets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.URL.Path {
	case "/redeem":
		t := r.PostFormValue("ticket")
		if !f.tickets[t] || r.PostFormValue("secret") != "our-app-secret" {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		delete(f.tickets, t) // once
		key := rand.Text()
		f.keys["Key "+key] = true
		fmt.Fprintf(w, `{"key":%q,"member":"member-4711"}`, key)
	case "/member":
		if !f.keys[r.Header.Get("Authorization")] {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"member":"member-4711","nick":"ada","mail":"ada@example.com"}`)
	}
}

func (f *fakeTickets) approve(_ context.Context, authURL string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := rand.Text()
	f.tickets[t] = true
	return back(authURL, url.Values{"ticket": {t}})
}

func (f *fakeTickets) deny(_ context.Context, authURL string) (string, error) {
	return back(authURL, url.Values{"refused": {"1"}})
}

func back(authURL string, query url.Values) (string, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return "", err
	}
	query.Set("state", u.Query().Get("state"))
	return u.Query().Get("back") + "?" + query.Encode(), nil
}
