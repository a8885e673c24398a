package twittertest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// The media types X answers with. The token endpoints call their form-encoded
// and plain bodies HTML, which is why no client may go by them.
const (
	typeJSON    = "application/json; charset=utf-8"
	typeProblem = "application/problem+json"
	typeHTML    = "text/html; charset=utf-8"
	typeXML     = "application/xml; charset=utf-8"
)

// answer is a whole answer before it is sent. Handlers return it, so that
// faults can change it and the in-process transport needs no ResponseWriter.
type answer struct {
	status int
	header http.Header
	body   []byte

	// reason is why the request was refused.
	reason string

	// truncate, if positive, is how much of the body is sent before the
	// connection closes.
	truncate int
}

func newAnswer(status int, contentType string, body []byte) answer {
	return answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}
}

// formAnswer writes pairs of name and value in the order given.
func formAnswer(pairs ...string) answer {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(pairs[i]) + "=" + url.QueryEscape(pairs[i+1]))
	}
	return newAnswer(http.StatusOK, typeHTML, []byte(b.String()))
}

func jsonAnswer(status int, contentType string, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return newAnswer(http.StatusInternalServerError, typeJSON, []byte(`{"errors":[{"code":131,"message":"Internal error"}]}`))
	}
	return newAnswer(status, contentType, body)
}

// errorList is the body of v1.1 errors.
type errorList struct {
	Errors []apiError `json:"errors"`
}

type apiError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// problem is the body of v2 errors (RFC 9457, with X's additions).
type problem struct {
	Errors []apiError `json:"errors,omitempty"`
	Title  string     `json:"title"`
	Detail string     `json:"detail"`
	Type   string     `json:"type"`
	Status int        `json:"status,omitempty"`
}

// aboutBlank is the problem type that says no more than the status does.
const aboutBlank = "about:blank"

// refusal is why a request is refused, before an endpoint has put it into its
// own format.
type refusal struct {
	status  int
	code    int    // 0: message is sent as plain text
	message string // X's words
	reason  string // this server's words

	// document, if not nil, is the body in every format.
	document *problem
}

// couldNotAuthenticate is X's answer to every bad signature.
func couldNotAuthenticate(reason string) *refusal {
	return &refusal{status: http.StatusUnauthorized, code: 32, message: "Could not authenticate you.", reason: reason}
}

// badAuthData is X's answer to an Authorization header it can make nothing of.
func badAuthData(reason string) *refusal {
	return &refusal{status: http.StatusBadRequest, code: 215, message: "Bad Authentication data.", reason: reason}
}

// answer is the refusal in the format of /oauth and /1.1.
func (f refusal) answer() answer {
	var a answer
	if f.document != nil {
		a = jsonAnswer(f.status, typeProblem, f.document)
	} else if f.code == 0 {
		a = newAnswer(f.status, typeHTML, []byte(f.message))
	} else {
		a = jsonAnswer(f.status, typeJSON, errorList{[]apiError{{f.code, f.message}}})
	}
	a.reason = f.reason
	return a
}

// problem is the refusal in the format of /2, where what is wrong with the
// credentials is not told.
func (f refusal) problem() answer {
	p := problem{Type: aboutBlank, Status: f.status}
	if f.status == http.StatusForbidden {
		p.Errors = []apiError{{f.code, f.message}}
	} else {
		p.Status = http.StatusUnauthorized
	}
	p.Title = http.StatusText(p.Status)
	p.Detail = p.Title
	a := jsonAnswer(p.Status, typeProblem, p)
	a.reason = f.reason
	return a
}
