// Package seal encrypts small values that this library leaves in places it
// does not control: a cookie in a browser, a column in a database.
//
// A [Keyring] is parsed once, from configuration, and given to the stores:
//
//	keys, err := seal.Parse(os.Getenv("OAUTHREG_KEY"))
//	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{Keys: keys, ...})
//	accounts, err := tokenstore.Seal(store, keys)
//
// Each use derives a key of its own from it ([Keyring.Sealer] with a purpose),
// so that a value sealed for one purpose opens for no other.
//
// # Rotation
//
// Put a new key in front: "NEW,OLD". Everything is sealed with the first key
// and opened with whichever key sealed it. Drop the old key when nothing
// sealed with it is needed any more.
//
// # Security
//
// AES-256-GCM with random nonces, keys derived by HKDF-SHA256 (RFC 5869). The
// additional data binds a value to its place: moved elsewhere, it does not
// open. Random nonces bound a key to about 2^32 values; rotate long before.
package seal
