package oauth1sign

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Param is one name and value, decoded. Names may repeat.
type Param struct {
	// Name and Value are as they are before percent-encoding.
	Name, Value string
}

// maxFormBody bounds a form body that has to be read to be signed.
const maxFormBody = 1 << 20

const formType = "application/x-www-form-urlencoded"

// ParseForm splits a query or a form body as RFC 5849 section 3.4.1.3.1 says:
// "&" alone separates, "+" is a blank, a name without "=" has an empty value.
func ParseForm(encoded string) ([]Param, error) { return appendForm(nil, encoded) }

func appendForm(params []Param, encoded string) ([]Param, error) {
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return nil, errors.New("a parameter's name is not percent-encoded correctly")
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return nil, fmt.Errorf("the value of parameter %q is not percent-encoded correctly", name)
		}
		params = append(params, Param{name, value})
	}
	return params, nil
}

// sorted appends params to encoded, which is empty, encoded and in the order of
// their encoded form (RFC 5849 section 3.4.1.3.2).
func sorted(encoded, params []Param) []Param {
	for _, p := range params {
		encoded = append(encoded, Param{encode(p.Name), encode(p.Value)})
	}
	slices.SortFunc(encoded, func(a, b Param) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value))
	})
	return encoded
}

// requestParams appends the parameters that req itself carries: its query and,
// if it is a form, its body. The body is read and put back.
func requestParams(req *http.Request, params []Param) ([]Param, error) {
	params, err := appendForm(params, req.URL.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	if req.Body == nil || req.Body == http.NoBody {
		return params, nil
	}
	// A charset beside the type does not make it another type, and servers do not
	// mind one that is broken.
	if kind, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), formType) {
		return params, nil
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxFormBody+1))
	if closeErr := req.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read form body: %w", err)
	}
	if len(body) > maxFormBody {
		return nil, fmt.Errorf("form body is larger than %d bytes; send it as multipart/form-data, which is not signed", maxFormBody)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.ContentLength = int64(len(body))
	if params, err = appendForm(params, string(body)); err != nil {
		return nil, fmt.Errorf("form body: %w", err)
	}
	return params, nil
}
