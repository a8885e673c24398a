package seal

import "context"

// Keys is where the keys of a store come from: a [*Keyring], which holds them,
// or an [*Envelope], which asks for them.
type Keys interface {
	// Box returns what seals and opens values for purpose, a constant text that
	// names who seals what. Call it once and keep the Box.
	Box(purpose string) (Box, error)
}

// Box seals and opens values for one purpose, like a [Sealer], but with a
// context and an error also for sealing: a key may have to be asked for
// elsewhere. It is safe for concurrent use.
type Box interface {
	// Seal encrypts plaintext for the places, see [Sealer.Seal].
	Seal(ctx context.Context, plaintext []byte, places ...string) (sealed []byte, err error)

	// Open decrypts what Seal made for the same purpose and places. A value that
	// will never open is [ErrOpen]. Every other error says nothing about the
	// value: try again later. current is false for a value that ought to be
	// sealed anew.
	Open(ctx context.Context, sealed []byte, places ...string) (plaintext []byte, current bool, err error)
}

var (
	_ Keys = (*Keyring)(nil)
	_ Keys = (*Envelope)(nil)
)

// Box implements [Keys] with [Keyring.Sealer]. It needs no context and only
// fails with [ErrOpen].
func (k *Keyring) Box(purpose string) (Box, error) {
	s, err := k.Sealer(purpose)
	if err != nil {
		return nil, err
	}
	return sealerBox{s}, nil
}

type sealerBox struct{ sealer *Sealer }

func (b sealerBox) Seal(_ context.Context, plaintext []byte, places ...string) ([]byte, error) {
	return b.sealer.Seal(plaintext, places...), nil
}

func (b sealerBox) Open(_ context.Context, sealed []byte, places ...string) ([]byte, bool, error) {
	return b.sealer.Open(sealed, places...)
}
