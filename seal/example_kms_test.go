package seal_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"log"

	"github.com/oauthreg/go/seal"
)

// localKMS stands for a client of a real one.
type localKMS struct{ key cipher.AEAD }

func (k localKMS) WrapKey(_ context.Context, dataKey []byte) ([]byte, error) {
	return k.key.Seal(nil, nil, dataKey, nil), nil
}

func (k localKMS) UnwrapKey(_ context.Context, wrapped []byte) ([]byte, error) {
	dataKey, err := k.key.Open(nil, nil, wrapped, nil)
	if err != nil {
		return nil, seal.ErrOpen // it never will; other errors are outages
	}
	return dataKey, nil
}

func newLocalKMS() localKMS {
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		log.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		log.Fatal(err)
	}
	return localKMS{aead}
}

// The key stays in a KMS, which is asked about once an hour.
func ExampleEnvelope() {
	keys, err := seal.NewEnvelope(seal.EnvelopeConfig{KeyWrapper: newLocalKMS(), KeyID: "app-tokens/1"})
	if err != nil {
		log.Fatal(err)
	}
	// In an app: tokenstore.Seal(store, keys). Below is what it does.
	box, err := keys.Box("example.com/app note v1")
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	sealed, err := box.Seal(ctx, []byte("a secret"), "notes", "row 7")
	if err != nil {
		log.Fatal(err)
	}
	plaintext, current, err := box.Open(ctx, sealed, "notes", "row 7")
	fmt.Printf("%s %v %v\n", plaintext, current, err)

	// With the key of another KMS it does not open.
	keys, err = seal.NewEnvelope(seal.EnvelopeConfig{KeyWrapper: newLocalKMS()})
	if err != nil {
		log.Fatal(err)
	}
	box, err = keys.Box("example.com/app note v1")
	if err != nil {
		log.Fatal(err)
	}
	_, _, err = box.Open(ctx, sealed, "notes", "row 7")
	fmt.Println(errors.Is(err, seal.ErrOpen), errors.Is(err, seal.ErrUnavailable))
	// Output:
	// a secret true <nil>
	// true false
}
