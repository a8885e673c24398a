// Package routers mounts a Registrar and the form of an app on net/http, chi,
// gin and echo, the way a user of each would. The parts between "docs: begin"
// and "docs: end" are the code in docs/adding-to-your-app.md, and the tests of
// this package take people through all of them.
package routers
