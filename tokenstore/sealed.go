package tokenstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/seal"
)

const (
	// sealPurpose keeps what is sealed here from opening anywhere else the
	// keyring is used, and the other way round.
	sealPurpose = "github.com/oauthreg/go/tokenstore token v1"

	// sealedPrefix tells a sealed token from one in the clear.
	sealedPrefix = "oauthreg-sealed-v1:"
)

// Sealed is a [Store] that encrypts the tokens of another Store (RFC 5849
// section 4.5: an OAuth 1.0a secret cannot be stored as a hash). Make one with
// [Seal]. It is immutable and safe for concurrent use.
//
// The inner store is given a token whose Access is the text
// "oauthreg-sealed-v1:" and the sealed form of the whole token, and which has
// nothing else; a zero token stays zero. The sealed form is bound to provider
// and subject: copied into another row, it does not open. User ID and username
// are not sealed and not bound.
//
// What does not open is [ErrUnreadable]. So is a token that was never sealed:
// if it were taken as it is, whoever can write to the database could plant one.
// [Sealed.SealPlaintext] seals the tokens of a store that has been in use
// without. A key that cannot be asked for now ([seal.ErrUnavailable]) is not
// ErrUnreadable: nothing is lost.
//
// Link seals with the newest key. After a rotation, Find and ListByUser also
// seal anew what an older key has sealed, if the inner store is a [Rewriter]:
// a token that changes meanwhile is left alone, and if it does not work they
// say nothing, and it is tried again the next time. [Sealed.Reseal] does it for
// the whole store.
//
// Page, Replace, Lease and Release are those of the inner store; if it does not
// have them, they are [errors.ErrUnsupported].
type Sealed struct {
	inner Store
	box   seal.Box

	// refresh is false over a transaction: there a statement that fails, or a
	// lock that it takes, is not without effect.
	refresh bool
}

var _ Store = (*Sealed)(nil)

// Seal returns s with its tokens encrypted at rest under keys: a
// [*seal.Keyring], or a [*seal.Envelope] over a KMS. A nil store, no keys or
// empty ones are faults; all faults are joined, as [*provider.ConfigError]
// values.
func Seal(s Store, keys seal.Keys) (*Sealed, error) {
	var faults []error
	if v := reflect.ValueOf(s); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		faults = append(faults, &provider.ConfigError{
			Package: "tokenstore", Field: "Seal(store)", Reason: "it is nil; give the store to seal",
		})
	}
	var box seal.Box
	err := errors.New("they are nil; parse a keyring with seal.Parse")
	if keys != nil {
		box, err = keys.Box(sealPurpose)
	}
	if err != nil {
		faults = append(faults, &provider.ConfigError{
			Package: "tokenstore", Field: "Seal(keys)", Reason: err.Error(),
		})
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &Sealed{inner: s, box: box, refresh: true}, nil
}

// Over returns a Sealed with the same keys over other, which must not be nil:
// the same rows seen through the app's transaction, say. Its Find and
// ListByUser write nothing.
//
//	err := sealed.Over(store.In(tx)).Link(ctx, account)
func (s *Sealed) Over(other Store) *Sealed { return &Sealed{inner: other, box: s.box} }

// Link implements [Store].
func (s *Sealed) Link(ctx context.Context, a Account) error {
	// Tokens are not sealed under an empty name, whatever the inner store holds
	// of it.
	if err := checkLink(a); err != nil {
		return err
	}
	token, err := s.seal(ctx, a.Identity, a.Token)
	if err != nil {
		return err
	}
	a.Token = token
	return s.inner.Link(ctx, a)
}

// Find implements [Store]. A token that does not open is [ErrUnreadable]. Where
// the key cannot be asked for, the rest of the account comes with that error
// too.
func (s *Sealed) Find(ctx context.Context, id Identity) (Account, bool, error) {
	a, found, err := s.inner.Find(ctx, id)
	if err != nil || !found {
		a.Token = provider.Token{}
		return a, found, err
	}
	if a.Identity != id {
		// Under a name corrected here it would pass for what was asked for, and
		// its owner for the person who came.
		return Account{}, false, errOtherIdentity
	}
	o := s.open(ctx, a)
	s.freshen(ctx, o)
	a.Token = o.token
	return a, true, o.err
}

// errOtherIdentity is for an inner store that does not keep to the contract,
// such as one over a column whose collation ignores case (CVE-2024-32879).
var errOtherIdentity = errors.New("tokenstore: the sealed store returned the account of another identity; it must compare byte for byte")

// ListByUser implements [Store]. One token that does not open makes the whole
// answer [ErrUnreadable]: a list with a gap would read as "nothing there".
func (s *Sealed) ListByUser(ctx context.Context, userID string) ([]Account, error) {
	list, err := s.inner.ListByUser(ctx, userID)
	if err != nil {
		return nil, err
	}
	tokens := make([]opened, len(list))
	for i, a := range list {
		if tokens[i] = s.open(ctx, a); tokens[i].err != nil {
			return nil, tokens[i].err
		}
		list[i].Token = tokens[i].token
	}
	s.freshen(ctx, tokens...)
	return list, nil
}

// Unlink implements [Store].
func (s *Sealed) Unlink(ctx context.Context, userID string, id Identity) error {
	return s.inner.Unlink(ctx, userID, id)
}

func (s *Sealed) seal(ctx context.Context, id Identity, token provider.Token) (provider.Token, error) {
	if token.IsZero() {
		return provider.Token{}, nil
	}
	data, err := provider.EncodeToken(token)
	if err != nil {
		return provider.Token{}, fmt.Errorf("tokenstore: seal: %w", err)
	}
	sealed, err := s.box.Seal(ctx, data, id.Provider, id.Subject)
	if err != nil {
		return provider.Token{}, fmt.Errorf("tokenstore: seal: %w", err)
	}
	text := sealedPrefix + base64.RawURLEncoding.EncodeToString(sealed)
	return provider.Token{Access: provider.NewSecret(text)}, nil
}

// opened is what became of a stored token.
type opened struct {
	id     Identity
	stored provider.Token // as the inner store has it
	state  tokenState
	token  provider.Token // zero unless current or outdated
	err    error          // wraps ErrUnreadable if plaintext or unreadable, and else not
}

type tokenState int

const (
	failed     tokenState = iota // an outage: nothing is known of the token
	empty                        // there is none
	current                      // sealed with the newest key
	outdated                     // sealed with another one
	plaintext                    // never sealed
	unreadable                   // it will never open
)

// open never returns a part of what it could not open.
func (s *Sealed) open(ctx context.Context, a Account) opened {
	o := opened{id: a.Identity, stored: a.Token}
	if a.Token.IsZero() {
		o.state = empty
		return o
	}
	text, sealed := strings.CutPrefix(a.Token.Access.Reveal(), sealedPrefix)
	if !sealed {
		o.state, o.err = plaintext, fmt.Errorf("%w: it was never sealed; SealPlaintext seals those of a whole store", ErrUnreadable)
		return o
	}
	o.state = unreadable
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		// The decoder's error quotes its input.
		o.err = fmt.Errorf("%w: its sealed form is damaged: %w", ErrUnreadable, seal.ErrOpen)
		return o
	}
	plain, isCurrent, err := s.box.Open(ctx, data, a.Provider, a.Subject)
	switch {
	case errors.Is(err, seal.ErrOpen):
		o.err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		return o
	case err != nil:
		o.state, o.err = failed, fmt.Errorf("tokenstore: open: %w", err)
		return o
	}
	token, err := provider.DecodeToken(plain)
	if err != nil {
		o.err = fmt.Errorf("%w: %w", ErrUnreadable, err)
		return o
	}
	o.state, o.token = outdated, token
	if isCurrent {
		o.state = current
	}
	return o
}
