package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSVGIsWellFormed(t *testing.T) {
	t.Parallel()
	var some histogram
	for _, d := range []time.Duration{900 * time.Microsecond, 3 * time.Millisecond, 40 * time.Millisecond, 2 * time.Second} {
		some.add(d)
	}
	for _, row := range []struct {
		name  string
		h     *histogram
		units []string
		bars  int
	}{
		{"nothing", &histogram{}, []string{"0 requests"}, 0},
		{"some", &some, []string{"100 µs", "1 ms", "1 s", "p50", "p99", "4 requests"}, 4},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			picture := drawSVG(`people & "instances" < 3`, []namedHistogram{{"start", row.h}, {"<form>", row.h}})
			text, bars := elements(t, picture)
			for _, unit := range append(row.units, "latency, logarithmic", "requests", `people & "instances" < 3`, "<form>", "prefers-color-scheme: dark") {
				assert.Contains(t, text, unit)
			}
			assert.GreaterOrEqual(t, bars, 2*row.bars)
			assert.NotContains(t, string(picture), "NaN")
			assert.NotContains(t, string(picture), "Inf")
		})
	}
}

// elements reads all of a picture, and returns its text and the bars in it.
func elements(t *testing.T, picture []byte) (text string, bars int) {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), bars
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.CharData:
			b.Write(token)
		case xml.StartElement:
			for _, a := range token.Attr {
				if a.Name.Local == "class" && a.Value == "bar" {
					bars++
				}
			}
		}
	}
}
