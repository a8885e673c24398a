package oauthreg

import (
	"errors"
	"io"
	"net/http"
)

// readForm reads the form of r, of at most so many bytes, as HTML and scripts send
// it: urlencoded or multipart (a FormData given to fetch). It does not read anything
// else, and says so: what was meant by it would be lost without a word.
func readForm(w http.ResponseWriter, r *http.Request, most int64) (ok bool) {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if r.ContentLength == 0 && r.URL.RawQuery == "" {
		return true // most starts are a button and no more
	}
	// One after the other: ParseMultipartForm keeps an error of ParseForm to itself.
	if r.ParseForm() != nil {
		return false
	}
	if err := r.ParseMultipartForm(most); !errors.Is(err, http.ErrNotMultipart) {
		return err == nil
	}
	n, _ := io.ReadFull(r.Body, make([]byte, 1))
	return n == 0
}
