// Package browser clicks through examples/signup with a real browser: the
// program runs as a process of its own, Chromium as another, and what a person
// would see is what the tests look at.
//
// Only a browser shows whether the cookies come back from another site, whether
// a page's policy blocks its own form, and what the back button does.
//
// The tests need Chromium and are skipped without it. With
// OAUTHREG_REQUIRE_SERVICES=1 its absence is a failure. They talk to loopback
// only: the browser cannot resolve anything else.
//
// Folder screenshots holds the program that makes the pictures of the README.
package browser
