package oauth1flow

import (
	"context"
	"maps"
	"net/http"

	"github.com/oauthreg/go/internal/oauth1sign"
	"github.com/oauthreg/go/internal/outbound"
	"github.com/oauthreg/go/provider"
)

// credentials sign a request: those of the app alone if both are empty.
type credentials struct{ token, secret string }

func credentialsOf(tok provider.Token) credentials {
	return credentials{tok.Access.Reveal(), tok.Secret.Reveal()}
}

// request makes a request that is signed anew, with nonce and timestamp of its
// own, each time it is sent.
func (f *Flow) request(method, url string, c credentials, protocol ...oauth1sign.Param) outbound.Request {
	return func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return nil, err
		}
		maps.Copy(req.Header, f.cfg.Header)
		return req, f.signer.Sign(req, c.token, c.secret, protocol...)
	}
}

// postForToken makes a call that answers with a token, once.
func (f *Flow) postForToken(ctx context.Context, op provider.Op, request outbound.Request, callbackURL string) (tokenAnswer, error) {
	body, err := f.call.Once(ctx, op, request, outbound.MaxToken, callbackURL)
	if err != nil {
		return tokenAnswer{}, err
	}
	answer, reason := parseTokenAnswer(body)
	if reason != "" {
		return tokenAnswer{}, f.call.Fail(provider.Error{
			Op: op, Kind: provider.ErrProtocol, Status: http.StatusOK, Reason: reason,
		})
	}
	return answer, nil
}
