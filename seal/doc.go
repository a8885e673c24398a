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
// # Which name for which need
//
//   - For keys in the configuration, use [Parse]; to make one, [NewKey] or
//     "openssl rand -base64 32".
//   - For a key that stays in a KMS, use [NewEnvelope].
//   - To seal values of the app's own, use [Keyring.Sealer]; where either kind
//     of keys will do, [Keys] and [Box].
//
// # Rotation
//
// Everything is sealed with the first key of the ring and opened with whichever
// key sealed it. So, for a key that is to be replaced:
//
//  1. Put the new key in front, "NEW,OLD", and deploy. If old and new processes
//     run side by side meanwhile, deploy "OLD,NEW" before: a process that does
//     not have NEW cannot open what another one seals with it.
//  2. Seal anew what is stored: Reseal of tokenstore.Sealed. Cookies are left to
//     expire; the longest lives for as long as a pending sign-up.
//  3. Remove the old key, "NEW", and deploy.
//
// If the old key has become known to somebody, do all three at once: what they
// have copied already they can open in any case, and with the key in the ring
// they can also make cookies. Then the tokens themselves need to be revoked.
//
// # A key that stays in a KMS
//
// An [Envelope] takes the place of the Keyring where a key management service
// is to hold the key, behind the two methods of [KeyWrapper]:
//
//	keys, err := seal.NewEnvelope(seal.EnvelopeConfig{KeyWrapper: kms, KeyID: "app-tokens/1"})
//	accounts, err := tokenstore.Seal(store, keys)
//
// To move there from a Keyring, give it as EnvelopeConfig.Keyring, deploy, run
// Reseal, and remove it. To destroy a version of the KMS's key, change KeyID,
// deploy, run Reseal, and then destroy it. A rotation of the KMS's own, which
// keeps the old versions, asks for nothing. Cookies are sealed with a Keyring:
// they are short-lived, and there is one for every visitor.
//
// # Errors
//
// [Parse] says which key is wrong and why, without quoting it. [ErrOpen] says
// that no key of the ring opens a value: it was altered, moved, sealed for
// something else, or with a key that is gone. [ErrUnavailable] says that the
// KMS does not answer, and nothing about the value: try again later. Delete
// nothing upon either: a key that is put back opens what it sealed. Faults of
// an [EnvelopeConfig] are [*ConfigError] values, all at once.
//
// # Security
//
// AES-256-GCM with random nonces, keys derived by HKDF-SHA256 (RFC 5869). The
// additional data binds a value to its place: moved elsewhere, it does not
// open. Random nonces bound a key to about 2^32 values; rotate long before. The
// first byte of a sealed value is the version of its format.
//
// Nothing here tells an old value from the newest: who can write to a database
// can put back what was in the same row before.
package seal
