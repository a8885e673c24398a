package benchmarks

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"time"
)

// floorCall is one of the three calls, taken apart beforehand into what is the
// same each time: it is signed by putting the pieces together (RFC 5849 section
// 3.4). The order of the parameters is that of the sorted names, by hand.
type floorCall struct {
	// The base string: method, URL and the parameters up to the nonce, and those
	// after the last of the protocol.
	first, last string
	// header has the same parameters and begins with this.
	header string
}

// What stands in every base string.
const (
	stampParam   = "%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D"
	versionParam = "%26oauth_version%3D1.0"
)

// sign returns the Authorization header: one allocation.
func (c *floorCall) sign(key, token, verifier string) string {
	var buffer [1536]byte
	const block = 64
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	var nonceText [24]byte
	n := base32hex(nonceText[:0], nonce)
	stamp := strconv.AppendInt(make([]byte, 0, 16), time.Now().Unix(), 10)

	// HMAC (RFC 2104), without an allocation: the inner text lies behind its pad.
	var pad [block]byte
	if len(key) > block {
		sum := sha1.Sum([]byte(key))
		copy(pad[:], sum[:])
	} else {
		copy(pad[:], key)
	}
	b := buffer[:0]
	for _, k := range pad {
		b = append(b, k^0x36)
	}
	b = append(b, c.first...)
	b = append(b, n...)
	b = append(b, stampParam...)
	b = append(b, stamp...)
	if token != "" {
		b = append(b, "%26oauth_token%3D"...)
		b = append(b, token...)
	}
	if verifier != "" {
		b = append(b, "%26oauth_verifier%3D"...)
		b = append(b, verifier...)
	}
	b = append(b, versionParam...)
	b = append(b, c.last...)
	inner := sha1.Sum(b)
	var outer [block + sha1.Size]byte
	for i, k := range pad {
		outer[i] = k ^ 0x5c
	}
	copy(outer[block:], inner[:])
	sum := sha1.Sum(outer[:])
	var signature [28]byte
	base64.StdEncoding.Encode(signature[:], sum[:])

	b = append(buffer[:0], c.header...)
	b = append(b, `, oauth_nonce="`...)
	b = append(b, n...)
	b = append(b, `", oauth_timestamp="`...)
	b = append(b, stamp...)
	if token != "" {
		b = append(b, `", oauth_token="`...)
		b = append(b, token...)
	}
	if verifier != "" {
		b = append(b, `", oauth_verifier="`...)
		b = append(b, verifier...)
	}
	b = append(b, `", oauth_signature="`...)
	for _, s := range signature {
		switch s {
		case '+':
			b = append(b, "%2B"...)
		case '/':
			b = append(b, "%2F"...)
		case '=':
			b = append(b, "%3D"...)
		default:
			b = append(b, s)
		}
	}
	b = append(b, '"')
	return string(b)
}

// base32hex writes five random bits of each byte as a letter.
func base32hex(b []byte, nonce [16]byte) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEF"
	for _, x := range nonce {
		b = append(b, letters[x&31])
	}
	return b
}
