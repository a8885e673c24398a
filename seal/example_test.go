package seal_test

import (
	"fmt"
	"log"

	"github.com/oauthreg/go/seal"
)

func Example() {
	keys, err := seal.Parse(seal.NewKey()) // in an app: os.Getenv("OAUTHREG_KEY")
	if err != nil {
		fmt.Println(err)
		return
	}
	sealer, err := keys.Sealer("example.com/app note v1")
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed := sealer.Seal([]byte("a secret"), "notes", "row 7")

	plaintext, _, err := sealer.Open(sealed, "notes", "row 7")
	fmt.Printf("%s %v\n", plaintext, err)

	_, _, err = sealer.Open(sealed, "notes", "row 8")
	fmt.Println(err)
	// Output:
	// a secret <nil>
	// seal: the value does not open with any key of the ring
}

// Put a new key in front; what the old one sealed opens as long as it stays in
// the ring.
func ExampleParse_rotation() {
	oldKey, newKey := seal.NewKey(), seal.NewKey()
	sealer := func(text string) *seal.Sealer {
		keys, err := seal.Parse(text)
		if err != nil {
			log.Fatal(err)
		}
		sealer, err := keys.Sealer("example.com/app note v1")
		if err != nil {
			log.Fatal(err)
		}
		return sealer
	}
	sealed := sealer(oldKey).Seal([]byte("a secret"))

	for _, text := range []string{oldKey, newKey + "," + oldKey, newKey} {
		_, current, err := sealer(text).Open(sealed)
		fmt.Println(err == nil, current)
	}
	// Output:
	// true true
	// true false
	// false false
}

// A key does not end up in a log by accident.
func ExampleKeyring() {
	keys, err := seal.Parse(seal.NewKey())
	fmt.Println(keys, err)

	_, err = seal.Parse("not a key")
	fmt.Println(err)
	// Output:
	// [redacted keyring] <nil>
	// seal: key 1: it is not base64; make one with: openssl rand -base64 32
}

// The classic mistakes: a password in the place of a key, and a rotation that
// drops the old key on the day the new one comes. What it sealed is lost then.
func ExampleParse_mistake() {
	_, err := seal.Parse("correct horse battery staple")
	fmt.Println(err)
	_, err = seal.Parse("c2hvcnQ=")
	fmt.Println(err)

	oldKey, newKey := seal.NewKey(), seal.NewKey()
	open := func(text string, sealed []byte) error {
		keys, err := seal.Parse(text)
		if err != nil {
			return err
		}
		sealer, err := keys.Sealer("example.com/app note v1")
		if err != nil {
			return err
		}
		_, _, err = sealer.Open(sealed)
		return err
	}
	keys, err := seal.Parse(oldKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	sealer, err := keys.Sealer("example.com/app note v1")
	if err != nil {
		fmt.Println(err)
		return
	}
	sealed := sealer.Seal([]byte("a secret"))
	fmt.Println(open(newKey, sealed))
	fmt.Println(open(newKey+","+oldKey, sealed))
	// Output:
	// seal: key 1: it is not base64; make one with: openssl rand -base64 32
	// seal: key 1: it has 5 bytes, not 32; make one with: openssl rand -base64 32
	// seal: the value does not open with any key of the ring
	// <nil>
}

// For a command that makes keys: one for an environment variable, 32 random
// bytes in base64. What "openssl rand -base64 32" prints will do as well.
func ExampleNewKey() {
	key := seal.NewKey()
	keys, err := seal.Parse(key)
	fmt.Println(len(key), keys.IsZero(), err)
	fmt.Println("another one each time:", key != seal.NewKey())
	// Output:
	// 44 false <nil>
	// another one each time: true
}
