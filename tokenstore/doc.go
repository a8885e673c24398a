// Package tokenstore remembers which user owns which identity at a provider,
// with the token to call the provider's API for them.
//
//	table, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
//	err = table.Migrate(ctx)
//	accounts, err := tokenstore.Seal(table, keys)
//
// # Which name for which need
//
//   - The contract is [Store]. [NewMemory] is for tests and for trying things
//     out.
//   - In an app, use [NewSQL] with PostgreSQL, MariaDB, MySQL or SQLite and a
//     driver that [Dialect] names, and [SQL.Migrate] at each start.
//   - Wrap it with [Seal], so that tokens are encrypted at rest.
//   - To make the user and the link together, use [SQL.In], or [Sealed.Over]
//     with it.
//   - For another database, implement Store and run the suite of package
//     tokentest on it. What a store can do beyond the contract is in
//     [Rewriter] and [Leaser].
//
// # The app's own transaction
//
// [SQL.In] puts the store inside a transaction of the app, so that the user and
// the identity are created together or not at all; [Sealed.Over] does the same
// for a sealed one: accounts.Over(table.In(tx)).
//
// # Rotating the key of the tokens
//
//  1. Put the new key in front of the old one, "NEW,OLD", and deploy (where old
//     and new processes run side by side, deploy "OLD,NEW" before). From now on
//     every sign-in seals with the new key, and so does every read of a token
//     that the old one has sealed.
//  2. Run [Sealed.Reseal] once, from a command or a job, for those who do not
//     come. The app can go on meanwhile.
//  3. When it has returned without an error and with Changed 0, remove the old
//     key, and deploy.
//
// # Beginning to seal
//
// A store that has been in use without holds tokens that [Sealed] does not
// take: [ErrUnreadable]. End the processes that do not seal, run
// [Sealed.SealPlaintext] once, and start those that do.
//
// # A key in a KMS
//
// [Seal] takes a [*seal.Envelope] in place of the keyring; package seal tells
// how to move to one. The tokens of one hour and process share a data key, so
// the KMS is asked for most tokens that are read for the first time, until
// Reseal has sealed them anew with few data keys. While it does not answer,
// errors are [seal.ErrUnavailable]: keep the account, and try again later.
//
// # Empty values
//
// A token is kept or replaced whole, never in part: the access token of one and
// the secret of another would be a pair that signs nothing. It counts as empty,
// and never replaces one that is there, if it has no access token
// ([provider.Token.IsZero]).
//
// # Errors
//
// The constructors return every fault at once, as [*provider.ConfigError]
// values. [ErrTaken] means that the identity is another user's, and that
// nothing changed: roll back, and sign in nobody but its owner. [ErrNotFound]
// means that there was nothing to remove. With [ErrUnreadable] the account
// comes without its token, and a sign-in repairs it. Find of somebody unknown
// is no error. All else is the database's, or the context's: try again later.
// Errors hold no token.
//
// # Security
//
// An [Identity] is compared byte for byte, never by username or e-mail: both
// change hands. A store moves an identity to another user under no
// circumstances; it answers [ErrTaken].
package tokenstore
