package provider_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/oauthreg/go/provider"
)

var kinds = []error{
	provider.ErrDenied, provider.ErrMismatch, provider.ErrExpired, provider.ErrRefused, provider.ErrTokenInvalid,
	provider.ErrRateLimited, provider.ErrNoCredits, provider.ErrAccountUnusable, provider.ErrUnavailable,
	provider.ErrProtocol, provider.ErrIdentity,
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	for _, row := range []struct {
		name string
		err  provider.Error
		want string
	}{
		{"zero", provider.Error{}, "failed"},
		{"kind", provider.Error{Kind: provider.ErrDenied}, "the person declined"},
		{"provider", provider.Error{Provider: "twitter"}, "twitter: failed"},
		{"op", provider.Error{Op: provider.OpProfile}, "profile: failed"},
		{"cause without a kind", provider.Error{Op: provider.OpClient, Err: cause}, "api call: failed: connection reset"},
		{"status", provider.Error{Kind: provider.ErrUnavailable, Status: 503}, "the provider is unavailable (HTTP 503)"},
		{"code", provider.Error{Kind: provider.ErrRefused, Code: "415"}, "the provider refuses the app's request (code 415)"},
		{"request", provider.Error{RequestID: "r-1"}, "failed (request r-1)"},
		{"reason", provider.Error{Reason: "no token"}, "failed: no token"},
		{"hint", provider.Error{Hint: "register the callback"}, "failed; register the callback"},
		{
			"everything",
			provider.Error{
				Provider: "twitter", Op: provider.OpRequestToken, Kind: provider.ErrRefused, Status: 403, Code: "415",
				Reason: "the callback is not approved", Hint: "register it", RequestID: "r-1", Err: cause,
			},
			"twitter: request token: the provider refuses the app's request (HTTP 403, code 415, request r-1): " +
				"the callback is not approved: connection reset; register it",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, row.err.Error())
		})
	}
}

func TestErrorIs(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		for _, cause := range []error{nil, context.DeadlineExceeded, &provider.ConfigError{Package: "p", Field: "f", Reason: "r"}} {
			err := error(&provider.Error{Provider: "twitter", Op: provider.OpProfile, Kind: kind, Err: cause})
			for how, err := range map[string]error{
				"direct": err, "wrapped": fmt.Errorf("sign up: %w", err), "joined": errors.Join(errors.New("first"), err),
			} {
				for _, other := range kinds {
					assert.Equal(t, other == kind, errors.Is(err, other), "%s: %v is %v", how, err, other)
				}
				if cause != nil {
					require.ErrorIs(t, err, cause, how)
				}
				got, ok := errors.AsType[*provider.Error](err)
				require.True(t, ok, how)
				assert.Equal(t, provider.OpProfile, got.Op)
				_, ok = errors.AsType[*provider.ConfigError](err)
				_, want := cause.(*provider.ConfigError)
				assert.Equal(t, want, ok, how)
			}
		}
	}
}

func TestErrorUnwrap(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	for _, row := range []struct {
		name string
		err  provider.Error
		want []error
	}{
		{"neither", provider.Error{}, nil},
		{"kind", provider.Error{Kind: provider.ErrDenied}, []error{provider.ErrDenied}},
		{"cause", provider.Error{Err: cause}, []error{cause}},
		{"both, the kind first", provider.Error{Kind: provider.ErrDenied, Err: cause}, []error{provider.ErrDenied, cause}},
	} {
		assert.Equal(t, row.want, row.err.Unwrap(), row.name)
	}
}

func TestConfigError(t *testing.T) {
	t.Parallel()
	first := &provider.ConfigError{Package: "twitter", Field: "ConsumerKey", Reason: "it is empty"}
	second := &provider.ConfigError{Package: "twitter", Field: "CallbackURL", Reason: "it is not absolute"}
	err := fmt.Errorf("start: %w", errors.Join(first, second))
	assert.Equal(t, "start: twitter: ConsumerKey: it is empty\ntwitter: CallbackURL: it is not absolute", err.Error())
	got, ok := errors.AsType[*provider.ConfigError](err)
	require.True(t, ok)
	assert.Same(t, first, got)
	require.ErrorIs(t, err, second)
}
