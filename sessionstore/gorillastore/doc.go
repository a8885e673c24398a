// Package gorillastore keeps what a browser's sign-up needs in a store of
// github.com/gorilla/sessions: the one the app has already, be it on cookies,
// files, Redis or a database.
//
// It is a module of its own, so that the others do not require gorilla's.
//
//	values, err := gorillastore.New(gorillastore.Config{
//		Store:   store, // the app's sessions.Store
//		Keys:    keys,  // package seal
//		BaseURL: "https://app.example.com",
//	})
//	reg, err := oauthreg.New(oauthreg.Config{Sessions: values, ...})
//
// # Which name for which need
//
//   - An app that has a sessions.Store gives it to [New], and the [Store] to
//     oauthreg.Config.Sessions: no other table and no other database.
//   - An app without one uses a store of package sessionstore.
//   - Where an attempt must be used once, whatever is copied, take a server's
//     store, such as sessionstore.NewSQLBackend: see [Store.AtomicTake].
//
// # Errors
//
// [New] returns every fault at once, as [*sessionstore.ConfigError] values.
// What is not there, has expired or does not open is not found, which is no
// error. Any other error wraps that of the app's store, in its words. A value
// over one of the limits is [sessionstore.ErrTooLarge].
//
// # Security
//
// Values are sealed, whatever the store does: neither the browser nor whoever
// reads the store can read or alter one. The cookies are HttpOnly and
// SameSite=Lax; with an https base URL they are Secure and carry the "__Host-"
// prefix, which keeps other hosts of the domain from planting them (RFC
// 6265bis section 4.1.3.2). See [Store] for what it cannot do.
package gorillastore
