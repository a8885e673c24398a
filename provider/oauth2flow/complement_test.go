package oauth2flow_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

type getter = func(ctx context.Context, url string) ([]byte, error)

// Complement adds, and what it adds is checked like the rest.
func TestComplement(t *testing.T) {
	t.Parallel()
	other := func(hits *atomic.Int32) string {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
		t.Cleanup(server.Close)
		return server.URL
	}
	var hits atomic.Int32
	elsewhere := other(&hits)
	cause := errors.New("the addresses are not to be had")
	for _, row := range []struct {
		name       string
		complement func(ctx context.Context, base string, get getter, p *provider.Profile) error
		email      string
		kind       error
		calls      int
	}{
		{"adds", func(ctx context.Context, base string, get getter, p *provider.Profile) error {
			data, err := get(ctx, base+"/emails")
			if err == nil && strings.Contains(string(data), "first@example.com") {
				p.Email = "first@example.com"
			}
			return err
		}, "first@example.com", nil, 2},
		{"fails", func(_ context.Context, _ string, _ getter, p *provider.Profile) error {
			p.Email, p.ID = "half@example.com", "1"
			return cause
		}, "ada@example.com", nil, 1},
		{"is not answered", func(ctx context.Context, base string, get getter, p *provider.Profile) error {
			p.Email = "half@example.com"
			_, err := get(ctx, base+"/absent")
			return err
		}, "ada@example.com", nil, 2},
		{"is certain that it is somebody else", func(context.Context, string, getter, *provider.Profile) error {
			return &provider.Error{Kind: provider.ErrIdentity, Reason: "another person's addresses"}
		}, "", provider.ErrIdentity, 1},
		{"is certain in its own words", func(context.Context, string, getter, *provider.Profile) error {
			return errors.Join(errors.New("another person's addresses"), provider.ErrIdentity)
		}, "", provider.ErrIdentity, 1},
		{"makes somebody else of it", func(_ context.Context, _ string, _ getter, p *provider.Profile) error {
			p.ID = "1"
			return nil
		}, "", provider.ErrIdentity, 1},
		{"takes the ID away", func(_ context.Context, _ string, _ getter, p *provider.Profile) error {
			p.ID = ""
			return nil
		}, "", provider.ErrIdentity, 1},
		{"asks a foreign host", func(ctx context.Context, _ string, get getter, _ *provider.Profile) error {
			data, err := get(ctx, elsewhere+"/"+marker)
			assert.Empty(t, data)
			requireError(t, err, provider.ErrRefused, provider.OpProfile)
			return nil
		}, "ada@example.com", nil, 1},
		{"asks no URL", func(ctx context.Context, _ string, get getter, _ *provider.Profile) error {
			_, err := get(ctx, "http://[::1/"+marker)
			requireError(t, err, provider.ErrRefused, provider.OpProfile)
			return nil
		}, "ada@example.com", nil, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			f := s.flow(func(c *oauth2flow.Config) {
				c.Header = http.Header{"X-Version": {"2"}}
				c.Complement = func(ctx context.Context, get func(context.Context, string) ([]byte, error), p *provider.Profile) error {
					assert.Equal(t, s.profile, string(p.Raw))
					return row.complement(ctx, s.url, get, p)
				}
			})
			p, err := f.FetchProfile(t.Context(), s.token())
			assert.Len(t, s.made(""), row.calls)
			for _, c := range s.made("") {
				assert.Equal(t, []string{"2"}, c.header["X-Version"])
			}
			if row.kind != nil {
				requireError(t, err, row.kind, provider.OpProfile)
				assert.Empty(t, p)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, ada, p.ID)
			assert.Equal(t, row.email, p.Email)
			switch row.name {
			case "fails":
				requireError(t, p.Incomplete, provider.ErrProtocol, provider.OpProfile)
				assert.ErrorIs(t, p.Incomplete, cause)
			case "is not answered":
				e := requireError(t, p.Incomplete, provider.ErrRefused, provider.OpProfile)
				assert.Equal(t, http.StatusNotFound, e.Status)
			default:
				assert.NoError(t, p.Incomplete)
			}
			assert.Equal(t, s.profile, string(p.Raw))
		})
	}
	t.Cleanup(func() { assert.Zero(t, hits.Load(), "nobody else sees the token") })
}

// A caller who goes while Complement is at work gets no half profile.
func TestComplementContext(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	f := s.flow(func(c *oauth2flow.Config) {
		c.Complement = func(ctx context.Context, get func(context.Context, string) ([]byte, error), _ *provider.Profile) error {
			cancel()
			_, err := get(ctx, s.url+"/emails")
			return err
		}
	})
	p, err := f.FetchProfile(ctx, s.token())
	requireContextError(t, err, context.Canceled)
	assert.Empty(t, p)
}
