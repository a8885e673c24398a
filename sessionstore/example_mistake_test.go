package sessionstore_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

// The classic mistake is a key that each process makes for itself. All is well
// until the app is started again, or a second instance answers: then nobody's
// attempt is found. All instances need the key that is in the configuration.
func ExampleNewCookie_mistake() {
	instance := func(key string) *sessionstore.Cookie {
		keys, err := seal.Parse(key)
		if err != nil {
			log.Fatal(err)
		}
		sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: "https://app.example.com"})
		if err != nil {
			log.Fatal(err)
		}
		return sessions
	}
	found := func(first, second *sessionstore.Cookie) bool {
		w := httptest.NewRecorder()
		if err := first.Put(w, httptest.NewRequest(http.MethodPost, "/start", nil), "note", []byte("hello"), time.Minute); err != nil {
			log.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/callback", nil)
		for _, cookie := range w.Result().Cookies() {
			r.AddCookie(cookie)
		}
		_, found, err := second.Get(r, "note")
		if err != nil {
			log.Fatal(err)
		}
		return found
	}
	fmt.Println("a key for each instance:", found(instance(seal.NewKey()), instance(seal.NewKey())))
	key := seal.NewKey() // os.Getenv("OAUTHREG_KEY")
	fmt.Println("one key for all:", found(instance(key), instance(key)))
	// Output:
	// a key for each instance: false
	// one key for all: true
}

// What belongs to no browser can be shared by instances through the backend. A
// key is the hash of a text with a purpose and a secret in it.
func ExampleServer_Backend() {
	sessions, err := sessionstore.NewMemory(sessionstore.MemoryConfig{BaseURL: "https://app.example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	hash := sha256.Sum256([]byte("app.example.com/mail link v1:" + "a secret, 32 random letters long"))
	key := base64.RawURLEncoding.EncodeToString(hash[:])

	ctx := context.Background()
	if err := sessions.Backend().Put(ctx, key, []byte("user-1"), time.Hour); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		value, found, err := sessions.Backend().Take(ctx, key)
		fmt.Printf("%q %v %v\n", value, found, err)
	}
	// Output:
	// "user-1" true <nil>
	// "" false <nil>
}
