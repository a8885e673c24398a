package sessionstore_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
)

func TestBaseURL(t *testing.T) {
	t.Parallel()
	const host, plain = "__Host-oauthreg", "oauthreg"
	tests := []struct {
		name, url string
		dangerous bool
		want      string // the cookie's name; "" if refused
	}{
		{"https", "https://app.example.com", false, host},
		{"https with port and path", "https://app.example.com:8443/auth/", false, host},
		{"https in capitals", "HTTPS://APP.EXAMPLE.COM", false, host},
		{"https on localhost", "https://localhost:8443", false, host},
		{"https stays secure when http is allowed", "https://app.example.com", true, host},
		{"localhost", "http://localhost:8080", false, plain},
		{"localhost in capitals", "http://LocalHost:8080", false, plain},
		{"name under localhost", "http://app.localhost", false, plain},
		{"loopback address", "http://127.0.0.1:8080", false, plain},
		{"another loopback address", "http://127.9.8.7", false, plain},
		{"IPv6 loopback", "http://[::1]:8080", false, plain},
		{"http elsewhere", "http://app.example.com", false, ""},
		{"http elsewhere, allowed", "http://app.example.com", true, plain},
		{"http on a private address", "http://192.168.0.7", false, ""},
		{"http on all addresses", "http://0.0.0.0:8080", false, ""},
		{"localhost as a part of a name", "http://localhost.example.com", false, ""},
		{"localhost as the end of a name", "http://notlocalhost", false, ""},
		{"loopback as a part of a name", "http://127.0.0.1.example.com", false, ""},
		{"empty", "", false, ""},
		{"empty, http allowed", "", true, ""},
		{"no scheme", "app.example.com", false, ""},
		{"another scheme", "ftp://app.example.com", true, ""},
		{"no host", "https://", false, ""},
		{"port only", "https://:443", false, ""},
		{"user", "https://user:hunter2@app.example.com", false, ""},
		{"query", "https://app.example.com/?a=hunter2", false, ""},
		{"empty query", "https://app.example.com/?", false, ""},
		{"fragment", "https://app.example.com/#hunter2", false, ""},
		{"not a URL", "https://app.example.com/%zzhunter2", false, ""},
		{"blank before", " https://app.example.com", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sealed, sealedErr := sessionstore.NewCookie(sessionstore.CookieConfig{
				Keys: newKeys(t, seal.NewKey()), BaseURL: tt.url, DangerouslyAllowHTTP: tt.dangerous,
			})
			memory, memoryErr := sessionstore.NewMemory(sessionstore.MemoryConfig{
				BaseURL: tt.url, DangerouslyAllowHTTP: tt.dangerous,
			})
			if tt.want == "" {
				for _, err := range []error{sealedErr, memoryErr} {
					fault, ok := errors.AsType[*sessionstore.ConfigError](err)
					require.True(t, ok, "%v", err)
					assert.Equal(t, "BaseURL", fault.Field)
					assert.Equal(t, tt.url == "", strings.Contains(fault.Reason, "it is required"), fault.Reason)
					assert.NotContains(t, err.Error(), "hunter2")
				}
				return
			}
			require.NoError(t, sealedErr)
			require.NoError(t, memoryErr)
			one, other := cookie(t, sealed, "key", "value"), cookie(t, memory, "key", "value")
			assert.Equal(t, tt.want, one.Name[:len(one.Name)-23])
			assert.Equal(t, one.Name, other.Name)
			assert.Equal(t, tt.want == host, one.Secure)
			assert.Equal(t, tt.want == host, other.Secure)
		})
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		ok   bool
	}{
		{"app", true},
		{"app-2_b.c", true},
		{strings.Repeat("n", 64), true},
		{strings.Repeat("n", 65), false},
		{"with blank", false},
		{"semi;colon", false},
		{"equals=", false},
		{"comma,", false},
		{"n\u00e4me", false},
		{"line\nbreak", false},
		{"__Host-app", false},
		{"__host-app", false},
		{"__Secure-app", false},
		{"__app", false},
		{"_app", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, sealedErr := sessionstore.NewCookie(sessionstore.CookieConfig{
				Keys: newKeys(t, seal.NewKey()), BaseURL: "https://app.example.com", Name: tt.name,
			})
			memory, memoryErr := sessionstore.NewMemory(sessionstore.MemoryConfig{
				BaseURL: "https://app.example.com", Name: tt.name,
			})
			if !tt.ok {
				for _, err := range []error{sealedErr, memoryErr} {
					fault, ok := errors.AsType[*sessionstore.ConfigError](err)
					require.True(t, ok, "%v", err)
					assert.Equal(t, "Name", fault.Field)
				}
				return
			}
			require.NoError(t, sealedErr)
			require.NoError(t, memoryErr)
			assert.Equal(t, "__Host-"+tt.name, cookie(t, memory, "key", "value").Name[:7+len(tt.name)])
		})
	}
}

// Whoever deploys mends all of them in one go.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, sealedErr := sessionstore.NewCookie(sessionstore.CookieConfig{Name: "a b", MaxBytes: 100})
	_, memoryErr := sessionstore.NewMemory(sessionstore.MemoryConfig{Name: "a b", MaxEntries: -1, MaxBytes: 100, MaxPerBrowser: -1})
	_, zeroKeysErr := sessionstore.NewCookie(sessionstore.CookieConfig{BaseURL: "https://app.example.com", Keys: &seal.Keyring{}})
	_, serverErr := sessionstore.NewServer(sessionstore.ServerConfig{Name: "a b", MaxPerBrowser: 51})
	_, nilErr := sessionstore.NewServer(sessionstore.ServerConfig{Backend: (*sessionstore.MemoryBackend)(nil), BaseURL: "https://app.example.com"})
	_, backendErr := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{MaxEntries: -1, MaxBytes: 100})
	tests := []struct {
		name string
		err  error
		want []string
	}{
		{"cookie", sealedErr, []string{"Keys", "BaseURL", "Name", "MaxBytes"}},
		{"memory", memoryErr, []string{"BaseURL", "Name", "MaxPerBrowser", "MaxEntries", "MaxBytes"}},
		{"server", serverErr, []string{"Backend", "BaseURL", "Name", "MaxPerBrowser"}},
		{"server over nil", nilErr, []string{"Backend"}},
		{"memory backend", backendErr, []string{"MaxEntries", "MaxBytes"}},
		{"cookie with empty keys", zeroKeysErr, []string{"Keys"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, fields(tt.err))
			for _, field := range tt.want {
				assert.ErrorContains(t, tt.err, "sessionstore: "+field+": ")
			}
		})
	}
}

// fields returns the fields of all ConfigErrors in the tree of err.
func fields(err error) []string {
	if fault, ok := err.(*sessionstore.ConfigError); ok {
		return []string{fault.Field}
	}
	var all []string
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			all = append(all, fields(err)...)
		}
	}
	return all
}

func TestConfigsKeepTheirPromises(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{
		reflect.TypeFor[sessionstore.CookieConfig](),
		reflect.TypeFor[sessionstore.MemoryConfig](),
		reflect.TypeFor[sessionstore.ServerConfig](),
		reflect.TypeFor[sessionstore.MemoryBackendConfig](),
	} {
		assert.False(t, typ.Comparable(), "%v can be compared", typ)
		assert.Equal(t, "_", typ.Field(0).Name, "%v can be written without field names", typ)
	}
}

// hinted is a backend with something to hide.
type hinted struct {
	sessionstore.Backend
	password string
}

// A program may log its configuration or its stores by accident.
func TestStoresDoNotPrintSecrets(t *testing.T) {
	t.Parallel()
	key := seal.NewKey()
	cfg := sessionstore.CookieConfig{Keys: newKeys(t, key), BaseURL: "https://app.example.com"}
	memory := newMemory(t, sessionstore.MemoryConfig{})
	id := cookie(t, memory, "request-token", "hunter2").Value
	backend := memory.Backend().(*sessionstore.MemoryBackend)
	server := sessionstore.ServerConfig{Backend: &hinted{Backend: backend, password: "hunter2"}, BaseURL: "https://app.example.com"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%q"} {
		for _, v := range []any{cfg, &cfg, newCookie(t, cfg), memory, *memory, backend, *backend, newServer(t, server)} {
			text := fmt.Sprintf(verb, v)
			for _, secret := range []string{key, id, "request-token", "hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprint([]byte("hunter2"))} {
				assert.NotContains(t, text, secret, "%s of %T", verb, v)
			}
		}
	}
}
