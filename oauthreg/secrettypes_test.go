package oauthreg_test

import (
	"context"
	"encoding/hex"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/oauthreg"
	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
	"github.com/oauthreg/go/seal"
	"github.com/oauthreg/go/sessionstore"
	"github.com/oauthreg/go/tokenstore"
	"github.com/oauthreg/go/twitter"
	"github.com/oauthreg/go/twitter/twittertest"
	"github.com/oauthreg/go/usernames"
)

// hiddenSecret is in every value that is printed here.
const hiddenSecret = "kd94hf93k423kf44-hidden"

// fill puts a secret wherever v has room for one, at any depth.
func fill(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[provider.Secret]():
		v.Set(reflect.ValueOf(provider.NewSecret(hiddenSecret)))
	case v.Kind() == reflect.Struct:
		for _, f := range v.Fields() {
			if f.CanSet() {
				fill(f)
			}
		}
	case v.Type() == reflect.TypeFor[map[string]provider.Secret]():
		v.Set(reflect.ValueOf(map[string]provider.Secret{"k": provider.NewSecret(hiddenSecret)}))
	case v.Type() == reflect.TypeFor[error]():
		v.Set(reflect.ValueOf(error(&provider.Error{Kind: provider.ErrUnavailable})))
	}
}

func filled[T any]() T {
	var v T
	fill(reflect.ValueOf(&v).Elem())
	return v
}

// secretKMS knows the data keys that it is shown.
type secretKMS struct{ vault *vault }

func (k secretKMS) WrapKey(_ context.Context, key []byte) ([]byte, error) {
	k.vault.secret(string(key))
	return []byte("wrapped"), nil
}

func (secretKMS) UnwrapKey(context.Context, []byte) ([]byte, error) { return nil, seal.ErrOpen }

// madeOfSecrets returns a value of every exported type that can hold a secret or
// something that leads to one: filled, or made and used.
func madeOfSecrets(t *testing.T, v *vault) []any {
	t.Helper()
	must := func(err error) { t.Helper(); require.NoError(t, err) }
	key := seal.NewKey()
	v.secret(hiddenSecret, key)
	keys, err := seal.Parse(key)
	must(err)
	sealer, err := keys.Sealer("a purpose")
	must(err)
	envelope, err := seal.NewEnvelope(seal.EnvelopeConfig{KeyWrapper: secretKMS{v}})
	must(err)
	box, err := envelope.Box("a purpose")
	must(err)
	_, err = box.Seal(t.Context(), []byte("something"))
	must(err)

	memory, err := sessionstore.NewMemoryBackend(sessionstore.MemoryBackendConfig{})
	must(err)
	t.Cleanup(func() { _ = memory.Close() })
	server, err := sessionstore.NewServer(sessionstore.ServerConfig{Backend: memory, BaseURL: site})
	must(err)
	cookies, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, BaseURL: site})
	must(err)
	for _, store := range []sessionstore.Store{server, cookies} {
		must(store.Put(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, site, nil), "k", []byte(hiddenSecret), time.Minute))
	}
	must(memory.Put(t.Context(), "k", []byte(hiddenSecret), time.Minute))

	accounts := tokenstore.NewMemory()
	must(accounts.Link(t.Context(), tokenstore.Account{Identity: fakeID, UserID: "ada", Token: filled[provider.Token]()}))
	sealed, err := tokenstore.Seal(accounts, keys)
	must(err)

	x, err := twitter.New(twitter.Config{ConsumerKey: "k", ConsumerSecret: provider.NewSecret(hiddenSecret)})
	must(err)
	x2, err := twitter.NewOAuth2(twitter.OAuth2Config{ClientID: "id", ClientSecret: provider.NewSecret(hiddenSecret)})
	must(err)

	return []any{
		filled[provider.Token](), filled[provider.Handshake](), filled[provider.Profile](), filled[provider.AuthRequest](),
		filled[provider.Secret](), filled[provider.Error](), filled[provider.Refusal](), filled[provider.ConfigError](),
		filled[oauth1flow.Config](), filled[oauth1flow.Flow](), filled[oauth2flow.Config](), filled[oauth2flow.Flow](), filled[oauth2flow.Mapping](),
		filled[twitter.Config](), x, filled[twitter.OAuth2Config](), x2,
		filled[twittertest.Config](), filled[twittertest.Fault](), filled[twittertest.Person](),
		keys, sealer, envelope, box, seal.EnvelopeConfig{Keyring: keys}, filled[seal.ConfigError](),
		memory, server, cookies, memory.Stats(), sessionstore.CookieConfig{Keys: keys}, sessionstore.ServerConfig{Backend: memory},
		accounts, sealed, filled[tokenstore.Account](), filled[tokenstore.Identity](), filled[tokenstore.Row](), filled[tokenstore.ResealReport](),
		filled[oauthreg.Result](), filled[oauthreg.Completion](), filled[oauthreg.Disconnection](), filled[oauthreg.Step](), filled[oauthreg.Call](), filled[oauthreg.Page](), filled[oauthreg.PendingView](),
		filled[usernames.Rules](),
	}
}

// elsewhere has the types that the test does not make, and why.
var elsewhere = map[string]string{
	"oauthreg.Config":                  "TestConfigDoesNotPrintItsSecrets",
	"oauthreg.Registrar":               "TestNoSecretGetsOut",
	"oauthreg.Pending":                 "TestNoSecretGetsOut",
	"twitter.Button":                   "texts and URLs of the page",
	"twittertest.Server":               "a stand-in: its keys are public constants",
	"twittertest.Request":              "has no secret to show: twittertest.TestLogHoldsNoSecret",
	"sessionstore.MemoryConfig":        "a size, a URL and a name",
	"sessionstore.MemoryBackendConfig": "sizes",
	"sessionstore.ConfigError":         "a field and a reason: sessionstore.TestStoresDoNotPrintSecrets",
	"sessionstore.SQLBackend":          "a handle of the app's and the texts of statements; what it keeps is sealed",
	"sessionstore.SQLConfig":           "a handle of the app's",
	"sessionstore.SCSBackend":          "a store of the app's",
	"sessionstore.SCSSession":          "a session manager of the app's",
	"sessionstore.SCSSessionConfig":    "a session manager of the app's",
	"tokenstore.SQL":                   "a handle of the app's and the texts of statements",
	"tokenstore.SQLConfig":             "a handle of the app's",
}

// Whatever an app prints, in whatever way: no exported type gives away a secret
// that it holds, and none was forgotten here.
func TestNoExportedTypePrintsASecret(t *testing.T) {
	t.Parallel()
	v := &vault{}
	seen := map[string]bool{}
	for _, value := range madeOfSecrets(t, v) {
		typ := reflect.TypeOf(value)
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		name := path.Base(typ.PkgPath()) + "." + typ.Name()
		seen[name] = true
		v.inspect(name, value)
		pointer := reflect.New(reflect.TypeOf(value))
		pointer.Elem().Set(reflect.ValueOf(value))
		v.inspect("*"+name, pointer.Interface())
		v.inspect("in "+name, struct{ inner any }{value})
		v.see(name, string(hexed(value)))
	}
	assert.Empty(t, v.leaks())

	for name := range exportedStructs(t) {
		assert.True(t, seen[name] != (elsewhere[name] != ""), "%s is to be either made here or excused, with the reason", name)
		delete(elsewhere, name)
	}
	assert.Empty(t, elsewhere, "excused, and not there")

	v.inspect("teeth", struct{ Key string }{hiddenSecret})
	assert.NotEmpty(t, v.leaks(), "and a leak would be found")
}

// hexed is what a dump of the exported byte slices in v shows.
func hexed(v any) []byte {
	var out []byte
	rv := reflect.Indirect(reflect.ValueOf(v))
	if rv.Kind() != reflect.Struct {
		return nil
	}
	for typ, f := range rv.Fields() {
		if typ.IsExported() && f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8 {
			out = append(out, hex.EncodeToString(f.Bytes())...)
		}
	}
	return out
}

// exportedStructs returns "package.Type" of every exported struct of the
// packages that an app imports.
func exportedStructs(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, dir := range []string{
		"oauthreg", "provider", "provider/oauth1flow", "provider/oauth2flow", "providers", "twitter", "twitter/twittertest",
		"sessionstore", "tokenstore", "seal", "usernames",
	} {
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(dir), "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			src, err := os.ReadFile(name)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			require.NoError(t, err)
			file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
			require.NoError(t, err)
			for _, decl := range file.Decls {
				gen, ok := decl.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, spec := range gen.Specs {
					if typ, ok := spec.(*ast.TypeSpec); ok && typ.Name.IsExported() {
						if _, ok := typ.Type.(*ast.StructType); ok {
							found[path.Base(dir)+"."+typ.Name.Name] = true
						}
					}
				}
			}
		}
	}
	return found
}
