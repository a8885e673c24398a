package oauth1sign

// unreserved are the bytes that are not encoded (RFC 5849 section 3.6, which is
// stricter than a URL's query).
var unreserved = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		set[c] = true
	}
	return set
}()

// appendEncoded appends s percent-encoded. It is here because dghubble's
// PercentEncode formats each byte with fmt, which is most of what a signature
// costs there.
func appendEncoded(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; unreserved[c] {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

// encode returns s percent-encoded, which is s itself most of the time.
func encode(s string) string {
	for i := range len(s) {
		if !unreserved[s[i]] {
			return string(appendEncoded(make([]byte, 0, len(s)+16), s))
		}
	}
	return s
}
