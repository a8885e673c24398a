package twitter

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"

	"github.com/oauthreg/go/provider"
)

// complaint is what X says in the body of a refusal. The code is shown; the
// text is for recognising what is known, and is never shown: it can echo what
// was sent.
type complaint struct {
	code   string
	word   string // the error of RFC 6749 section 5.2, such as "invalid_request"
	text   string // in lower case
	markup bool   // an HTML page, not an answer of the API
}

// readComplaint reads the forms that X answers in: JSON of v1.1 and v2, two
// kinds of XML, plain text, HTML. Content types do not tell them apart.
func readComplaint(body []byte) complaint {
	c := parseComplaint(body)
	c.text = strings.ToLower(c.text[:min(len(c.text), maxComplaint)])
	return c
}

// maxComplaint bounds the markup that is parsed and the text that is searched for
// phrases: what X says is short, and a page of a megabyte in its place says
// nothing.
const maxComplaint = 16 << 10

func parseComplaint(body []byte) complaint {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return complaint{}
	case body[0] == '{':
		return readJSON(body)
	case body[0] == '<':
		return readMarkup(body)
	}
	return complaint{text: string(body)}
}

// readJSON reads {"errors":[{"code":89,"message":"..."}]} (v1.1), the problem
// members of v2 (RFC 9457), their mixture, the older {"error":"..."} and
// {"errors":"..."}, and OAuth 2.0's {"error":"...","error_description":"..."}.
func readJSON(body []byte) complaint {
	var v struct {
		Errors      json.RawMessage `json:"errors"`
		Error       text            `json:"error"`
		Description text            `json:"error_description"`
		Title       text            `json:"title"`
		Detail      text            `json:"detail"`
		Type        text            `json:"type"`
		Reason      text            `json:"reason"`
	}
	if json.Unmarshal(body, &v) != nil {
		return complaint{}
	}
	c := complaint{word: provider.CodeWord(string(v.Error))}
	texts := []string{string(v.Error), string(v.Description), string(v.Title), string(v.Detail), string(v.Reason)}
	// The host in front of the problem's name has changed; the name has not.
	texts = append(texts, string(v.Type[strings.LastIndexByte(string(v.Type), '/')+1:]))
	var list []struct {
		Code    digits `json:"code"`
		Message text   `json:"message"`
		Title   text   `json:"title"`
		Detail  text   `json:"detail"`
	}
	var line text
	if json.Unmarshal(v.Errors, &list) == nil {
		for _, e := range list {
			if c.code == "" {
				c.code = shortCode(string(e.Code))
			}
			texts = append(texts, string(e.Message), string(e.Title), string(e.Detail))
		}
	} else if json.Unmarshal(v.Errors, &line) == nil {
		texts = append(texts, string(line))
	}
	c.text = strings.Join(texts, "\n")
	return c
}

// readMarkup reads <errors><error code="415">...</error></errors> and
// <hash><error>...</error><request>...</request></hash>. Of a body that holds
// errors by the thousand it reads the first.
func readMarkup(body []byte) complaint {
	body = body[:min(len(body), maxComplaint)]
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict = false
	var c complaint
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return c
		}
		switch t := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			if depth == 1 && t.Name.Local != "errors" && t.Name.Local != "hash" {
				return complaint{text: string(body), markup: true}
			}
			if t.Name.Local != "error" {
				continue
			}
			for _, a := range t.Attr {
				if a.Name.Local == "code" && c.code == "" {
					c.code = shortCode(a.Value)
				}
			}
			var message string
			if d.DecodeElement(&message, &t) == nil {
				c.text += message + "\n"
			}
			depth--
		}
	}
}

// shortCode keeps a code only if it is a small number, as all of X's are.
func shortCode(code string) string {
	if len(code) > 5 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

// says reports whether the text, which is in lower case, contains one of the
// phrases.
func (c complaint) says(phrases ...string) bool {
	for _, p := range phrases {
		if strings.Contains(c.text, p) {
			return true
		}
	}
	return false
}
