// Package pages holds the pages of oauthreg, and those of the examples signup
// and spa, to WCAG 2.2 (levels A and AA): axe-core looks at each of them in a
// real Chromium, by day and by night, and examples/spa is clicked through.
//
// The tests need Chromium and npm, which fetches axe-core once, by the lock file
// in testdata, into the user's cache folder. They are skipped without; with
// OAUTHREG_REQUIRE_SERVICES=1 that is a failure. The browser reaches loopback
// only.
package pages
