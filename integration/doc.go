// Package integration is the module for tests that need something this project
// did not write: a database, a driver, another implementation of a protocol.
// They live here so that the root module does not require what only they need.
//
// Nothing in this module is for import.
package integration
