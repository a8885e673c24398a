// Package tokenstore remembers which user owns which identity at a provider,
// with the token to call the provider's API for them.
//
// The contract is [Store]. Implementations here: [Memory] for tests, and [SQL]
// on database/sql. [Seal] wraps any of them so that tokens are encrypted at
// rest. To write another, run the suite of package tokentest on it.
//
//	table, err := tokenstore.NewSQL(tokenstore.SQLConfig{DB: db, Dialect: tokenstore.SQLite})
//	err = table.Migrate(ctx)
//	accounts, err := tokenstore.Seal(table, keys)
//
// # The app's own transaction
//
// [SQL.In] puts the store inside a transaction of the app, so that the user and
// the identity are created together or not at all; [Sealed.Over] does the same
// for a sealed one: accounts.Over(table.In(tx)).
//
// # Empty values
//
// A token is kept or replaced whole, never in part: the access token of one and
// the secret of another would be a pair that signs nothing. It counts as empty,
// and never replaces one that is there, if it has no access token
// ([provider.Token.IsZero]).
//
// # Security
//
// An [Identity] is compared byte for byte, never by username or e-mail: both
// change hands. A store moves an identity to another user under no
// circumstances; it answers [ErrTaken].
package tokenstore
