package tokenstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
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
// To seal the tokens of a store that has been in use without, Find each account
// in the inner store and Link it in the Sealed one, once.
//
// Link seals with the newest key of the ring; after a rotation each token is
// sealed anew when its owner next signs in.
type Sealed struct {
	inner  Store
	sealer *seal.Sealer
}

var _ Store = (*Sealed)(nil)

// Seal returns s with its tokens encrypted at rest under keys. A nil store or
// an empty keyring is a fault; all faults are joined, as
// [*provider.ConfigError] values.
func Seal(s Store, keys *seal.Keyring) (*Sealed, error) {
	var faults []error
	if s == nil {
		faults = append(faults, &provider.ConfigError{
			Package: "tokenstore", Field: "Seal(store)", Reason: "it is nil; give the store to seal",
		})
	}
	sealer, err := keys.Sealer(sealPurpose)
	if err != nil {
		faults = append(faults, &provider.ConfigError{
			Package: "tokenstore", Field: "Seal(keys)", Reason: err.Error(),
		})
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &Sealed{inner: s, sealer: sealer}, nil
}

// Over returns a Sealed with the same keys over other, which must not be nil:
// the same rows seen through the app's transaction, say.
//
//	err := sealed.Over(store.In(tx)).Link(ctx, account)
func (s *Sealed) Over(other Store) *Sealed { return &Sealed{inner: other, sealer: s.sealer} }

// Link implements [Store].
func (s *Sealed) Link(ctx context.Context, a Account) error {
	// Tokens are not sealed under an empty name, whatever the inner store holds
	// of it.
	if err := checkLink(a); err != nil {
		return err
	}
	token, err := s.seal(a)
	if err != nil {
		return err
	}
	a.Token = token
	return s.inner.Link(ctx, a)
}

// Find implements [Store]. A token that does not open is [ErrUnreadable].
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
	a.Token, err = s.open(a)
	return a, true, err
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
	for i := range list {
		if list[i].Token, err = s.open(list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Unlink implements [Store].
func (s *Sealed) Unlink(ctx context.Context, userID string, id Identity) error {
	return s.inner.Unlink(ctx, userID, id)
}

func (s *Sealed) seal(a Account) (provider.Token, error) {
	if a.Token.IsZero() {
		return provider.Token{}, nil
	}
	data, err := provider.EncodeToken(a.Token)
	if err != nil {
		return provider.Token{}, fmt.Errorf("tokenstore: seal: %w", err)
	}
	sealed := s.sealer.Seal(data, a.Provider, a.Subject)
	text := sealedPrefix + base64.RawURLEncoding.EncodeToString(sealed)
	return provider.Token{Access: provider.NewSecret(text)}, nil
}

// open never returns a part of what it could not open.
func (s *Sealed) open(a Account) (provider.Token, error) {
	if a.Token.IsZero() {
		return provider.Token{}, nil
	}
	text, sealed := strings.CutPrefix(a.Token.Access.Reveal(), sealedPrefix)
	if !sealed {
		return provider.Token{}, fmt.Errorf("%w: it was never sealed; Find it in the inner store and Link it in the sealed one", ErrUnreadable)
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		// The decoder's error quotes its input.
		return provider.Token{}, fmt.Errorf("%w: its sealed form is damaged: %w", ErrUnreadable, seal.ErrOpen)
	}
	plain, _, err := s.sealer.Open(data, a.Provider, a.Subject)
	if err != nil {
		return provider.Token{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	token, err := provider.DecodeToken(plain)
	if err != nil {
		return provider.Token{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return token, nil
}
