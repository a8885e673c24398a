package providertest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthreg/go/provider"
)

// minSecret is the length below which a secret is not looked for.
const minSecret = 8

// secrets are values that must not show, with what they are.
type secrets map[string]string

// secrets returns the app's.
func (s *subject) secrets() secrets {
	known := secrets{}
	for _, value := range s.Secrets {
		known.add("one of Provider.Secrets", value)
	}
	return known
}

func (k secrets) add(what, value string) {
	if len(value) >= minSecret {
		k[value] = what
	}
}

// addHandshake adds what is known to the Flow, the provider and one browser.
func (k secrets) addHandshake(hs provider.Handshake) {
	k.add("Handshake.ID", hs.ID)
	k.add("Handshake.Secret", hs.Secret.Reveal())
}

// addApproved adds a handshake and what came back for it.
func (k secrets) addApproved(a attempt) {
	k.addHandshake(a.hs)
	for name, values := range a.query {
		for _, value := range values {
			// An issuer or a list of scopes is no secret.
			if !strings.Contains(value, "://") && !strings.Contains(value, " ") {
				k.add("the callback's "+name, value)
			}
		}
	}
}

// addToken adds what whoever has it can use.
func (k secrets) addToken(tok provider.Token) {
	k.add("Token.Access", tok.Access.Reveal())
	k.add("Token.Secret", tok.Secret.Reveal())
	k.add("Token.Refresh", tok.Refresh.Reveal())
	for name, value := range tok.Extra {
		if v := value.Reveal(); !slices.Contains([]string{tok.Subject, tok.Username, tok.Scope}, v) {
			k.add("Token.Extra["+name+"]", v)
		}
	}
}

// notIn demands that text shows none of the secrets, in no writing. The error
// does not quote the text.
func (k secrets) notIn(where, text string) error {
	var errs []error
	for value, what := range k {
		quoted, err := json.Marshal(value)
		if err != nil {
			return err
		}
		for _, form := range []string{
			value, url.QueryEscape(value), url.PathEscape(value), hex.EncodeToString([]byte(value)), strings.Trim(string(quoted), `"`),
		} {
			if strings.Contains(text, form) {
				errs = append(errs, fmt.Errorf("%s shows %s", where, what))
				break
			}
		}
	}
	return errors.Join(errs...)
}
