package provider_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

// The values have nothing in common with what may rightly be printed.
const (
	accessValue = "Qk7/zT+w9~Xv"
	secretValue = "jR2\"mY<h>8Lp"
	extraValue  = "uB5%gN&d6'Ks"
)

func secretToken() provider.Token {
	return provider.Token{
		Access: provider.NewSecret(accessValue), Secret: provider.NewSecret(secretValue),
		Subject: "42", Username: "ann",
		Extra: map[string]provider.Secret{"refresh_token": provider.NewSecret(extraValue)},
	}
}

// disguises are the forms in which a value is still the value.
func disguises(value string) []string {
	b := []byte(value)
	reversed := []rune(value)
	slices.Reverse(reversed)
	jsonText, _ := json.Marshal(value)
	list := []string{
		value,
		string(reversed),
		strings.Trim(string(jsonText), `"`),
		strings.Trim(fmt.Sprintf("%q", value), `"`),
		htmltemplate.HTMLEscapeString(value),
		htmltemplate.URLQueryEscaper(value),
		hex.EncodeToString(b),
		fmt.Sprintf("%X", b), fmt.Sprintf("% x", b), fmt.Sprintf("% X", b), fmt.Sprintf("%# x", b),
		fmt.Sprintf("%#v", b), fmt.Sprintf("%U", []rune(value)), fmt.Sprintf("%b", b), fmt.Sprintf("%o", b),
		base64.RawStdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b),
		strings.Trim(fmt.Sprintf("%d", b), "[]"),
	}
	return list
}

func assertHidden(t *testing.T, how, output string) {
	t.Helper()
	for _, value := range []string{accessValue, secretValue, extraValue} {
		for _, form := range disguises(value) {
			assert.False(t, strings.Contains(output, form), "%s prints a secret, as %q", how, form)
		}
	}
}

type (
	exported[T any]   struct{ Value T }
	unexported[T any] struct {
		value T
		other int
	}
	deep[T any] struct {
		direct  unexported[T]
		pointer *unexported[T]
		list    []unexported[T]
		table   map[string]unexported[T]
		any     any
	}
	embeddedSecret    struct{ provider.Secret }
	embeddedToken     struct{ provider.Token }
	embeddedHandshake struct{ provider.Handshake }
)

// shapes are the ways a value may be held when somebody prints it.
func shapes[T any](v T) map[string]any {
	p := &v
	hidden := unexported[T]{value: v, other: 1}
	return map[string]any{
		"direct":                      v,
		"pointer":                     p,
		"pointer to a pointer":        &p,
		"exported field":              exported[T]{v},
		"pointer to exported field":   &exported[T]{v},
		"exported pointer":            exported[*T]{p},
		"unexported field":            hidden,
		"pointer to unexported field": &hidden,
		"unexported pointer":          unexported[*T]{value: p},
		"deep in unexported fields": deep[T]{
			direct: hidden, pointer: &hidden, list: []unexported[T]{hidden},
			table: map[string]unexported[T]{"k": hidden}, any: v,
		},
		"slice":             []T{v, v},
		"slice of pointers": []*T{p},
		"array":             [1]T{v},
		"map":               map[string]T{"k": v},
		"map of pointers":   map[string]*T{"k": p},
		"any":               []any{v, p},
	}
}

// held is everything of this package that holds a secret, in every shape.
func held() map[string]any {
	secret, handshake := provider.NewSecret(secretValue), provider.Handshake{ID: "id", Secret: provider.NewSecret(secretValue)}
	all := map[string]any{
		"Secret, map key":            map[provider.Secret]string{secret: "v"},
		"Secret, unexported map key": unexported[map[provider.Secret]int]{value: map[provider.Secret]int{secret: 1}},
		"Secret, embedded":           embeddedSecret{secret},
		"Token, embedded":            embeddedToken{secretToken()},
		"Handshake, embedded":        embeddedHandshake{handshake},
	}
	for name, shape := range map[string]map[string]any{
		"Secret": shapes(secret), "Token": shapes(secretToken()), "Handshake": shapes(handshake),
	} {
		for how, v := range shape {
			all[name+", "+how] = v
		}
	}
	return all
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	verbs := []string{
		"%v", "%+v", "%#v", "%s", "%+s", "%#s", "%q", "%+q", "%#q", "%x", "%X", "% x", "%#x", "% #X",
		"%d", "%T", "%U", "%#U", "%b", "%o", "%O", "%c", "%e", "%g", "%t", "%p", "%20v", "%-20.3v", "%z", "%w",
	}
	for name, v := range held() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range verbs {
				assertHidden(t, verb, fmt.Sprintf(verb, v))
			}
			assertHidden(t, "Sprint", fmt.Sprint(v)+fmt.Sprintln(v))
			err := fmt.Errorf("failed with %v: %+v", v, v)
			assertHidden(t, "an error", fmt.Sprintf("%v %+v %#v", err, errors.Join(err, err), errors.Join(err)))
		})
	}
}

func TestSecretsDoNotLog(t *testing.T) {
	t.Parallel()
	for name, v := range held() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			for _, h := range []slog.Handler{
				slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil),
			} {
				log := slog.New(h)
				log.Info("direct", "k", v)
				log.Info("nested", "k", struct{ Inner, inner any }{v, v})
				log.Info("group", slog.Group("g", "k", v, slog.Group("h", "k", v)))
				log.With("k", v).WithGroup("g").Info("with", "k", v)
				log.Info(fmt.Sprint(v), "err", fmt.Errorf("%v", v))
			}
			require.Contains(t, out.String(), "direct")
			assertHidden(t, "slog", out.String())
		})
	}
}

func TestSecretsDoNotEncode(t *testing.T) {
	t.Parallel()
	for name, v := range held() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(v)
			assertHidden(t, "json", fmt.Sprint(string(data), err))
			// Where the encoder sees the secret, it must not write something else
			// in its place: that would destroy a stored token.
			if !strings.Contains(name, "unexported") {
				require.Error(t, err)
			}
			var out bytes.Buffer
			err = json.NewEncoder(&out).Encode(v)
			assertHidden(t, "json", fmt.Sprint(out.String(), err))

			data, err = xml.Marshal(v)
			assertHidden(t, "xml", fmt.Sprint(string(data), err))

			out.Reset()
			err = gob.NewEncoder(&out).Encode(v)
			assertHidden(t, "gob", fmt.Sprint(out.String(), err))

			out.Reset()
			err = template.Must(template.New("").Parse(`{{.}} {{printf "%v %q %x" . . .}}`)).Execute(&out, v)
			assertHidden(t, "text/template", fmt.Sprint(out.String(), err))
			out.Reset()
			err = htmltemplate.Must(htmltemplate.New("").Parse(`<a href="/{{.}}" title="{{.}}">{{.}}</a><script>x = {{.}}</script>`)).Execute(&out, v)
			assertHidden(t, "html/template", fmt.Sprint(out.String(), err))
		})
	}
}

// Each encoder fails, and says what to do.
func TestEncodersRefuseASecret(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]any{
		"Secret": provider.NewSecret(secretValue), "zero Secret": provider.Secret{},
		"Token": secretToken(), "Handshake": provider.Handshake{ID: "id", Secret: provider.NewSecret(secretValue)},
	} {
		_, err := json.Marshal(v)
		require.ErrorContains(t, err, "EncodeToken", name)
		require.ErrorContains(t, gob.NewEncoder(&bytes.Buffer{}).Encode(v), "EncodeToken", name)
		_, err = xml.Marshal(v)
		require.Error(t, err, name)
	}
	_, err := xml.Marshal(provider.NewSecret(secretValue))
	require.ErrorContains(t, err, "EncodeToken")
}

// The detector itself must be able to see.
func TestDisguisesAreSeen(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"%v", "%s", "%q", "%x", "%X", "% x", "%#x"} {
		out := fmt.Sprintf(verb, secretValue)
		seen := slices.ContainsFunc(disguises(secretValue), func(form string) bool {
			return strings.Contains(strings.ReplaceAll(out, "0x", ""), form)
		})
		assert.True(t, seen, "%s of a plain string is not recognised: %s", verb, out)
	}
}

func TestSecret(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, value string
		printed     string
	}{
		{"empty", "", ""},
		{"text", "value", provider.Redacted},
		{"blank", " ", provider.Redacted},
		{"any bytes", "\x00\xff", provider.Redacted},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := provider.NewSecret(row.value)
			assert.Equal(t, row.value, s.Reveal())
			assert.Equal(t, row.value == "", s.IsZero())
			for _, verb := range []string{"%v", "%s", "%q", "%#v", "%x", "%d"} {
				assert.Equal(t, row.printed, fmt.Sprintf(verb, s), verb)
			}
			assert.Equal(t, row.printed, s.String())
			assert.Equal(t, row.printed, s.GoString())
			assert.Equal(t, row.printed, s.LogValue().String())
		})
	}
	assert.Equal(t, provider.Secret{}, provider.NewSecret(""))
}

func TestTokenIsZero(t *testing.T) {
	t.Parallel()
	assert.True(t, provider.Token{}.IsZero())
	assert.True(t, provider.Token{Secret: provider.NewSecret("s"), Subject: "42"}.IsZero())
	assert.False(t, provider.Token{Access: provider.NewSecret("a")}.IsZero())
}
