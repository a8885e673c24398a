// Package sessionstore keeps small values for one browser between requests: a
// handshake while the person is at the provider, a sign-up while they fill in
// the form.
//
//	keys, err := seal.Parse(os.Getenv("OAUTHREG_KEY"))
//	sessions, err := sessionstore.NewCookie(sessionstore.CookieConfig{
//		Keys:    keys,
//		BaseURL: "https://app.example.com",
//	})
//	reg, err := oauthreg.New(oauthreg.Config{Sessions: sessions, ...})
//
// The contract is [Store]. Two implementations are here:
//
//   - [Cookie] seals each value into a cookie. There is no state on the server:
//     it works behind any number of instances that share the keys, survives
//     restarts, and nobody can fill it up. The default choice.
//   - [Server] gives the browser a ticket for each value and keeps the value in
//     a [Backend]. It can do what no cookie can: what was taken is gone, and of
//     concurrent Takes one wins.
//
// # Which name for which need
//
//   - To begin with, or for any number of instances without a database for it,
//     use [NewCookie].
//   - For tests, and for an app of a single instance, use [NewMemory].
//   - For several instances that are to share what an exchange got, use
//     [NewServer] over a Backend: [NewSQLBackend] for a table of the app's
//     database, sessionstore/redisbackend, a module of its own, for Redis,
//     [NewSCSBackend] for any store made for alexedwards/scs.
//   - For an app with a session manager, use [NewSCSSession] for that of scs,
//     and sessionstore/gorillastore, a module of its own too, for
//     gorilla/sessions.
//   - For another Store or Backend, implement the interface and run the suite
//     of package sessiontest on it. The interfaces use types of the standard
//     library only, so an implementation need not import this package.
//
// # Errors
//
// The constructors return every fault at once, as [*ConfigError] values. A
// value that was never put, has expired, or cannot be trusted is not found,
// which is no error. An error of Get and Take says that the store could not
// tell: a database that is down. To take it for "not found" would tell people
// that they came too late. Put returns [ErrTooLarge] for a value that the
// store can never hold. No error holds a key, a ticket or a value.
//
// # Security
//
// A value is seen by the browser it was put for and by no other. The cookies
// are HttpOnly and SameSite=Lax; with an https base URL they are Secure and
// carry the "__Host-" prefix, which keeps other hosts of the domain from
// planting them (RFC 6265bis section 4.1.3.2).
//
// Neither the browser nor the database can read or alter a value: [Cookie]
// seals it with the app's keys, [Server] with a key that follows from the
// cookie, so that it takes both to read one. See the types for what each cannot
// do.
package sessionstore
