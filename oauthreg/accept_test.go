package oauthreg_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// accepting says what the client of these tests wants to get.
func accepting(values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header["Accept"] = values }
}

var asJSON = accepting("application/json")

func TestAcceptDecidesBetweenPageAndJSON(t *testing.T) {
	t.Parallel()
	a := newApp(t, newCookieStore(t))
	for _, row := range []struct {
		name   string
		accept []string
		json   bool
	}{
		{"none", nil, false},
		{"empty", []string{""}, false},
		{"fetch and curl", []string{"*/*"}, false},
		{"Firefox", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, false},
		{"Chromium", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"}, false},
		{"a browser that names no page", []string{"image/gif, image/jpeg, application/x-ms-application, */*"}, false},
		{"JSON", []string{"application/json"}, true},
		{"problems alone", []string{"application/problem+json"}, true},
		{"both kinds of JSON", []string{"application/json, application/problem+json"}, true},
		{"in capitals", []string{"Application/JSON"}, true},
		{"with a charset", []string{"application/json; charset=utf-8"}, true},
		{"axios", []string{"application/json, text/plain, */*"}, true},
		{"jQuery", []string{"application/json, text/javascript, */*; q=0.01"}, true},
		{"every application type", []string{"application/*"}, true},
		{"every application type, or anything", []string{"application/*, */*"}, false},
		{"every text type", []string{"text/*"}, false},
		{"JSON below a page", []string{"text/html, application/json;q=0.9"}, false},
		{"JSON above a page", []string{"text/html;q=0.8, application/json;q=0.9"}, true},
		{"by the third decimal", []string{"text/html;q=0.998, application/json;q=0.999"}, true},
		{"the same", []string{"application/json, text/html"}, false},
		{"the same, on two lines", []string{"application/json", "text/html"}, false},
		{"on two lines", []string{"text/plain", "application/json"}, true},
		{"JSON below anything", []string{"application/json;q=0.5, */*"}, false},
		{"a page below anything", []string{"text/html;q=0.5, */*"}, true},
		{"JSON refused", []string{"application/json;q=0, */*"}, false},
		{"JSON refused, nothing else taken", []string{"application/json;q=0"}, false},
		{"a page refused", []string{"text/html;q=0, */*"}, true},
		{"the closest range counts, not the first", []string{"*/*;q=0.1, application/*;q=0.2, application/json;q=1, text/html;q=0.5"}, true},
		{"named twice: the higher weight counts", []string{"application/json;q=0.9, text/html;q=0.5, application/json;q=0.1"}, true},
		{"neither", []string{"image/png"}, false},
		{"blanks", []string{" application/json ;\tq=1 ,, "}, true},
		{"a weight in capitals", []string{"text/html;Q=0.1, application/json;Q=0.2"}, true},
		{"a comma within quotes", []string{`application/json;x="a,text/html";q=1`}, true},
		{"a quote within quotes", []string{`application/json;x="a\",text/html,";q=1`}, true},
		{"a quote without an end", []string{`application/json;x="a, text/html`}, true},
		{"a weight above one", []string{"application/json;q=2"}, false},
		{"a weight that is a word", []string{"application/json;q=high"}, false},
		{"a weight of infinity", []string{"application/json;q=inf"}, false},
		{"a weight with an exponent", []string{"application/json;q=1e0"}, false},
		{"a weight with four decimals", []string{"application/json;q=0.0001"}, false},
		{"a negative weight", []string{"application/json;q=-1"}, false},
		{"no weight after the sign", []string{"application/json;q="}, false},
		{"a weight of two digits", []string{"application/json;q=00"}, false},
		{"one of two digits", []string{"application/json;q=01"}, false},
		{"an exponent behind decimals", []string{"application/json;q=0.1e1"}, false},
		{"a weight of two points counts for nothing", []string{"application/json;q=0.., application/*"}, true},
		{"a weight that begins with the point", []string{"application/json;q=.5"}, false},
		{"a parameter behind the weight", []string{"application/json;q=1;x=1;y=2"}, true},
		{"named twice, the higher weight last", []string{"application/json;q=0.1, text/html;q=0.5, application/json;q=0.9"}, true},
		{"one and a bit", []string{"application/json;q=1.001"}, false},
		{"a name that only begins so", []string{"application/jsonx"}, false},
		{"a long one", []string{strings.Repeat("a/b;q=0.1,", 10_000) + "application/json"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := a.browser().get("/auth/fake/start", accepting(row.accept...))
			assert.Equal(t, http.StatusOK, p.status)
			want := "text/html; charset=utf-8"
			if row.json {
				want = "application/json"
			}
			assert.Equal(t, want, p.header.Get("Content-Type"))
			assert.Equal(t, []string{"Accept"}, p.header.Values("Vary"))
		})
	}
}

// Whoever names a page at the full weight gets one, whatever else is in the
// header; and no header breaks anything.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{"", "*/*", "application/json", `application/json;x="a\",b";q=0.5`, ";q=", `"`, `\`, "application/json;q=1.0000", ",,;;=="} {
		f.Add(seed)
	}
	a := newApp(f, newCookieStore(f))
	f.Fuzz(func(t *testing.T, accept string) {
		b := a.browser()
		b.t = t
		switch p := b.get("/auth/fake/start", accepting(accept)); p.header.Get("Content-Type") {
		case "text/html; charset=utf-8", "application/json":
		default:
			assert.Fail(t, "neither", p.body)
		}
		p := b.get("/auth/fake/start", accepting("text/html, "+accept))
		assert.Equal(t, "text/html; charset=utf-8", p.header.Get("Content-Type"))
	})
}
