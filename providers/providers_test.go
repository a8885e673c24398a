package providers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth1flow"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// exported returns the package's exported functions, from its source.
func exported(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
				names = append(names, f.Name.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// Every provider is in the tables of these tests, in the package's
// documentation, and in the list of fixtures.
func TestEveryProviderIsTested(t *testing.T) {
	t.Parallel()
	var tested []string
	for _, row := range rows2 {
		tested = append(tested, row.function)
	}
	for _, row := range rows1 {
		tested = append(tested, row.function)
	}
	slices.Sort(tested)
	assert.Equal(t, exported(t), tested)

	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	for _, name := range tested {
		assert.GreaterOrEqual(t, strings.Count(string(doc), name), 2, "doc.go says nothing of %s's e-mail or callback", name)
	}
	list := fixture(t, "README.md")
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	for _, file := range files {
		assert.Contains(t, list, "`"+filepath.Base(file)+"`")
	}
}

// With credentials and nothing else New is content; without, they are all that
// is missing.
func TestConfigIsComplete(t *testing.T) {
	t.Parallel()
	for _, row := range rows2 {
		cfg := row.config()
		assert.Equal(t, row.name, cfg.Name)
		cfg.ClientID, cfg.ClientSecret = "", provider.NewSecret(clientSecret)
		_, err := oauth2flow.New(cfg)
		assert.Equal(t, []string{"ClientID"}, faults(t, err), row.function)
		cfg.ClientID, cfg.ClientSecret = clientID, provider.NewSecret(clientSecret)
		_, err = oauth2flow.New(cfg)
		assert.NoError(t, err, row.function)
	}
	for _, row := range rows1 {
		cfg := row.config()
		assert.Equal(t, row.name, cfg.Name)
		cfg.ConsumerKey, cfg.ConsumerSecret = "", provider.Secret{}
		_, err := oauth1flow.New(cfg)
		assert.Equal(t, []string{"ConsumerKey", "ConsumerSecret"}, faults(t, err), row.function)
		cfg.ConsumerKey, cfg.ConsumerSecret = consumerKey, provider.NewSecret(consumerSecret)
		_, err = oauth1flow.New(cfg)
		assert.NoError(t, err, row.function)
	}
}

// faults are the fields that New complains of.
func faults(t *testing.T, err error) []string {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%v", err)
	var fields []string
	for _, fault := range joined.Unwrap() {
		var e *provider.ConfigError
		require.ErrorAs(t, fault, &e)
		fields = append(fields, e.Field)
	}
	return fields
}

// What one caller writes into a configuration does not reach the next.
func TestConfigsAreIndependent(t *testing.T) {
	t.Parallel()
	spoil := func(header http.Header, lists ...map[string][]string) {
		for _, m := range append(lists, header) {
			for name, values := range m {
				for i := range values {
					values[i] = "spoilt"
				}
				m[name+"-Spoilt"] = nil
			}
		}
	}
	for _, row := range rows2 {
		before, spoilt := row.config(), row.config()
		for i := range spoilt.Scopes {
			spoilt.Scopes[i] = "spoilt"
		}
		spoil(spoilt.Header, spoilt.AuthorizeParams)
		after := row.config()
		assert.Equal(t, before.Scopes, after.Scopes, row.function)
		assert.Equal(t, before.Header, after.Header, row.function)
		assert.Equal(t, before.AuthorizeParams, after.AuthorizeParams, row.function)
		assert.Equal(t, before.Endpoint, after.Endpoint, row.function)
		assert.Equal(t, before.Mapping, after.Mapping, row.function)
	}
	for _, row := range rows1 {
		before, spoilt := row.config(), row.config()
		spoil(spoilt.Header, spoilt.AuthorizeParams, spoilt.RequestTokenParams)
		after := row.config()
		assert.Equal(t, before.AuthorizeParams, after.AuthorizeParams, row.function)
		assert.Equal(t, before.Header, after.Header, row.function)
		assert.Equal(t, before.RequestTokenParams, after.RequestTokenParams, row.function)
		assert.Equal(t, before.Endpoint, after.Endpoint, row.function)
	}
}
