// Package outbound makes the calls of the flows: bounded in time and bytes,
// following no redirect, with errors that carry neither URLs nor bodies.
package outbound
