package twittertest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// param is one decoded parameter of a request.
type param struct{ name, value string }

// params are the parameters of one request, kept apart by where they were,
// because the places have different rules (RFC 5849 sections 3.4.1.3.1, 3.5).
type params struct {
	header []param // of the Authorization header, without realm
	query  []param
	body   []param // of a form-encoded body

	// headerErr says why the Authorization header is of no use.
	headerErr error
}

var errNoAuthorization = errors.New("there is no Authorization header of the OAuth scheme")

// readParams fails only where a query or a form body is not what it says.
// A header that is missing or malformed concerns signed endpoints alone.
func readParams(r *http.Request, body []byte) (params, error) {
	var p params
	var err error
	p.header, p.headerErr = readAuthorization(r.Header.Values("Authorization"))
	if p.query, err = readForm(r.URL.RawQuery); err != nil {
		return p, fmt.Errorf("query: %w", err)
	}
	// A body of any other type is not signed.
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && mediaType == "application/x-www-form-urlencoded" {
		if p.body, err = readForm(string(body)); err != nil {
			return p, fmt.Errorf("form body: %w", err)
		}
	}
	return p, nil
}

// readForm decodes application/x-www-form-urlencoded, where "+" is a blank.
// It is not url.ParseQuery because that one loses the order, and tests look at
// what was sent.
func readForm(encoded string) ([]param, error) {
	var ps []param
	for piece := range strings.SplitSeq(encoded, "&") {
		if piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil {
			return nil, errors.New("a parameter is not percent-encoded")
		}
		ps = append(ps, param{name, value})
	}
	return ps, nil
}

// readAuthorization decodes the header's auth-params (RFC 5849 section 3.5.1),
// where "+" is no blank and nothing outside the unreserved set stands for itself.
func readAuthorization(values []string) ([]param, error) {
	if len(values) > 1 {
		return nil, errors.New("there is more than one Authorization header")
	}
	if len(values) == 0 {
		return nil, errNoAuthorization
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "OAuth") {
		return nil, errNoAuthorization
	}
	var ps []param
	for rest = strings.TrimLeft(rest, " \t"); rest != ""; {
		rawName, after, found := strings.Cut(rest, `="`)
		rawValue, tail, closed := strings.Cut(after, `"`)
		if !found || !closed {
			return nil, errors.New(`the Authorization header is not a list of name="value"`)
		}
		tail = strings.TrimLeft(tail, " \t")
		if tail != "" {
			if tail[0] != ',' || strings.TrimLeft(tail[1:], " \t") == "" {
				return nil, errors.New("the Authorization header's parameters are not separated by commas")
			}
			tail = strings.TrimLeft(tail[1:], " \t")
		}
		rest = tail
		if strings.EqualFold(rawName, "realm") {
			continue
		}
		name, nameErr := percentDecode(rawName)
		value, valueErr := percentDecode(rawValue)
		if nameErr != nil || valueErr != nil {
			return nil, errors.New("a parameter of the Authorization header is not percent-encoded")
		}
		ps = append(ps, param{name, value})
	}
	return ps, nil
}

// percentDecode refuses what percentEncode cannot have written.
func percentDecode(s string) (string, error) {
	for i := range len(s) {
		if !unreserved(s[i]) && s[i] != '%' {
			return "", errors.New("a reserved character stands for itself")
		}
	}
	return url.PathUnescape(s)
}

// all returns the parameters of all three places.
func (p params) all() []param {
	all := make([]param, 0, len(p.header)+len(p.query)+len(p.body))
	all = append(all, p.header...)
	all = append(all, p.query...)
	return append(all, p.body...)
}

// duplicate returns a parameter name that is there twice, in whatever places.
func (p params) duplicate() (name string, found bool) {
	seen := make(map[string]bool)
	for _, q := range p.all() {
		if seen[q.name] {
			return q.name, true
		}
		seen[q.name] = true
	}
	return "", false
}

// get returns the parameter of that name from wherever it is.
func (p params) get(name string) string { return find(p.all(), name) }

// find returns the value of the first parameter of that name, or "".
func find(ps []param, name string) string {
	value, _ := lookup(ps, name)
	return value
}

func lookup(ps []param, name string) (value string, found bool) {
	for _, q := range ps {
		if q.name == name {
			return q.value, true
		}
	}
	return "", false
}

// values copies parameters into the standard library's form.
func values(ps []param) url.Values {
	v := make(url.Values)
	for _, q := range ps {
		v.Add(q.name, q.value)
	}
	return v
}
