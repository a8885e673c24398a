// Package gorillastore keeps what a browser's sign-up needs in a store of
// github.com/gorilla/sessions: the one the app has already, be it on cookies,
// files, Redis or a database.
//
// It is a module of its own, so that the others do not require gorilla's.
package gorillastore
