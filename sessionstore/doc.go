// Package sessionstore keeps small values for one browser between requests: a
// handshake while the person is at the provider, a sign-up while they fill in
// the form.
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
// A Backend keeps opaque values under opaque keys. [MemoryBackend] is the
// process's own memory, bounded, for tests and for a single instance;
// [NewMemory] makes a Server over one in one step. [SQLBackend] is a table of
// the app's database, [SCSBackend] any store made for alexedwards/scs, and Redis
// is a module of its own, sessionstore/redisbackend. [SCSSession] is a Store on
// the session manager of scs that an app has already; sessionstore/gorillastore,
// a module of its own too, is one on gorilla/sessions.
//
// To write another Store or Backend, implement the interface and run the suite
// of package sessiontest on it. The interfaces use types of the standard library
// only, so an implementation need not import this package.
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
