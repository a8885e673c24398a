package providertest_test

import (
	"context"
	"net/http"
	"net/url"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/provider/oauth2flow"
)

// bent is a Flow that is right but for the methods that were replaced. Those
// get the right one.
type bent struct {
	*oauth2flow.Flow
	serve func(http.ResponseWriter, *http.Request) // the provider, past the suite

	start    func(ctx context.Context, right *oauth2flow.Flow, req provider.AuthRequest) (string, provider.Handshake, error)
	callback func(ctx context.Context, right *oauth2flow.Flow, hs provider.Handshake, query url.Values) (provider.Token, error)
	profile  func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Profile, error)
	client   func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (*http.Client, error)
	revoke   func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) error
	refresh  func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token) (provider.Token, error)
	renewing func(ctx context.Context, right *oauth2flow.Flow, tok provider.Token, save saver) (*http.Client, error)

	// Shown is for what must not be.
	Shown string
}

type saver = func(context.Context, provider.Token) error

var (
	_ provider.Flow      = (*bent)(nil)
	_ provider.Clienter  = (*bent)(nil)
	_ provider.Refresher = (*bent)(nil)
	_ provider.Revoker   = (*bent)(nil)
)

func (b *bent) AuthURL(ctx context.Context, req provider.AuthRequest) (string, provider.Handshake, error) {
	if b.start != nil {
		return b.start(ctx, b.Flow, req)
	}
	return b.Flow.AuthURL(ctx, req)
}

func (b *bent) HandleCallback(ctx context.Context, hs provider.Handshake, query url.Values) (provider.Token, error) {
	if b.callback != nil {
		return b.callback(ctx, b.Flow, hs, query)
	}
	return b.Flow.HandleCallback(ctx, hs, query)
}

func (b *bent) FetchProfile(ctx context.Context, tok provider.Token) (provider.Profile, error) {
	if b.profile != nil {
		return b.profile(ctx, b.Flow, tok)
	}
	return b.Flow.FetchProfile(ctx, tok)
}

func (b *bent) Client(ctx context.Context, tok provider.Token) (*http.Client, error) {
	if b.client != nil {
		return b.client(ctx, b.Flow, tok)
	}
	return b.Flow.Client(ctx, tok)
}

func (b *bent) Revoke(ctx context.Context, tok provider.Token) error {
	if b.revoke != nil {
		return b.revoke(ctx, b.Flow, tok)
	}
	return b.Flow.Revoke(ctx, tok)
}

func (b *bent) Refresh(ctx context.Context, tok provider.Token) (provider.Token, error) {
	if b.refresh != nil {
		return b.refresh(ctx, b.Flow, tok)
	}
	return b.Flow.Refresh(ctx, tok)
}

func (b *bent) RefreshingClient(ctx context.Context, tok provider.Token, save func(context.Context, provider.Token) error) (*http.Client, error) {
	if b.renewing != nil {
		return b.renewing(ctx, b.Flow, tok, save)
	}
	return b.Flow.RefreshingClient(ctx, tok, save)
}
