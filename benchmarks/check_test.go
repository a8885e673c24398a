package benchmarks_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/benchmarks"
)

// Every subject registers people at an X that checks everything, with the data
// and as many calls as it says. These tests do not run in parallel: goth calls
// through http.DefaultTransport.
func TestSubjects(t *testing.T) {
	for _, kind := range benchmarks.Kinds() {
		if kind.Replay {
			continue
		}
		t.Run(kind.Name, func(t *testing.T) {
			require.NoError(t, benchmarks.Check(t.Context(), kind))
		})
	}
}

// byName is the subject of that name.
func byName(t *testing.T, name string) benchmarks.Kind {
	t.Helper()
	for _, k := range benchmarks.Kinds() {
		if k.Name == name {
			return k
		}
	}
	require.Fail(t, "there is no subject "+name)
	return benchmarks.Kind{}
}

// forgetful is a subject that does not keep all that it got.
type forgetful struct {
	benchmarks.Subject

	forget func(*benchmarks.Person)
}

func (f forgetful) Known(id string) (benchmarks.Person, bool) {
	p, ok := f.Subject.Known(id)
	f.forget(&p)
	return p, ok
}

// tampering is a way to X on which a header is changed.
type tampering struct {
	http.RoundTripper

	change func(authorization string) string
}

func (t tampering) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", t.change(req.Header.Get("Authorization")))
	return t.RoundTripper.RoundTrip(req)
}

// What is wrong does not pass, and so is not timed.
func TestCheckRefuses(t *testing.T) {
	forgets := func(forget func(*benchmarks.Person)) func(*benchmarks.Kind) {
		return func(k *benchmarks.Kind) {
			inner := k.New
			k.New = func(w *benchmarks.World) (benchmarks.Subject, error) {
				s, err := inner(w)
				return forgetful{s, forget}, err
			}
		}
	}
	tampers := func(change func(string) string) func(*benchmarks.Kind) {
		return func(k *benchmarks.Kind) {
			inner := k.New
			k.New = func(w *benchmarks.World) (benchmarks.Subject, error) {
				own := *w
				own.Transport = tampering{w.Transport, change}
				own.Enter()
				return inner(&own)
			}
		}
	}
	for _, row := range []struct {
		name   string
		breaks func(*benchmarks.Kind)
		want   string
	}{
		{"a wrong signature", tampers(func(h string) string {
			return strings.Replace(h, `oauth_signature="`, `oauth_signature="A`, 1)
		}), "a sign-up: start: status"},
		{"no e-mail address", forgets(func(p *benchmarks.Person) { p.Email = "" }), "saved"},
		{"another's ID", forgets(func(p *benchmarks.Person) { p.ID = "9100000000000000063" }), "saved"},
		{"no handle", forgets(func(p *benchmarks.Person) { p.Handle = "" }), "saved"},
		{"a wrong token", forgets(func(p *benchmarks.Person) { p.TokenSecret = "x" }), "the token that was saved is refused"},
		{"more calls than it says", func(k *benchmarks.Kind) { k.Returning-- }, "calls of X"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, name := range []string{"dghubble", "goth", "floor"} {
				kind := byName(t, name)
				row.breaks(&kind)
				err := benchmarks.Check(t.Context(), kind)
				require.Error(t, err, name)
				assert.Contains(t, err.Error(), row.want, name)
			}
		})
	}
}
