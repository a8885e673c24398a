// Package oauth1sign composes OAuth 1.0a signatures (RFC 5849 section 3.4):
// which parameters of a request count, in which order, over which URL, and the
// Authorization header that carries the result.
//
// The signature methods themselves are those of github.com/dghubble/oauth1.
// What is around them there is not used, because it keeps one value of a
// repeated parameter, leaves out a form body whose content type has a charset,
// and takes neither context nor a second signer.
package oauth1sign
