// Package sessionstore keeps small values for one browser between requests: a
// handshake while the person is at the provider, a sign-up while they fill in
// the form.
//
// The contract is [Store]. Two implementations are here:
//
//   - [Cookie] seals each value into a cookie. There is no state on the server:
//     it works behind any number of instances that share the keys, and survives
//     restarts. The default choice.
//   - [Memory] keeps values in the process. It can do what no cookie can: Take
//     has one winner. For tests, and for a single instance.
//
// To write another, implement [Store] and run the suite of package
// sessiontest on it. The interface uses types of the standard library only, so
// an implementation need not import this package.
//
// # Security
//
// A value is seen by the browser it was put for and by no other. The cookies
// are HttpOnly and SameSite=Lax; with an https base URL they are Secure and
// carry the "__Host-" prefix, which keeps other hosts of the domain from
// planting them (RFC 6265bis section 4.1.3.2).
package sessionstore
