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

func TestChartsAreWellFormed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		chart  chart
		texts  []string
		points int
	}{
		{"nothing", waitingChart(nil), []string{"people waiting"}, 0},
		{"waiting", waitingChart([]waitingRow{
			{store: "<memory>", waiting: 1, medians: took{time.Microsecond}},
			{store: "<memory>", waiting: 1_000_000, medians: took{2 * time.Millisecond}},
			{store: "redis", waiting: 1, medians: took{time.Microsecond}},
		}), []string{"1,000,000", "1 µs", "10 ms", "<memory>", "redis"}, 3},
		{"at once", atOnceChart([]atOnceRow{
			{store: "cookie", people: 10, done: 50, elapsed: time.Second},
			{store: "cookie", people: 10, done: 5, elapsed: time.Second, sockets: true},
			{store: "cookie", people: 100, elapsed: time.Second},
		}), []string{"100", "registrations a second"}, 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			picture := row.chart.svg()
			text, points := elements(t, picture)
			for _, want := range row.texts {
				assert.Contains(t, text, want)
			}
			assert.Equal(t, row.points, points)
			assert.NotContains(t, string(picture), "NaN")
			assert.NotContains(t, string(picture), "Inf")
		})
	}
}

// elements reads all of a picture, and returns its text and how many points are
// in it.
func elements(t *testing.T, picture []byte) (text string, points int) {
	t.Helper()
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), points
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.CharData:
			b.Write(token)
		case xml.StartElement:
			if token.Name.Local == "circle" {
				points++
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "1,234,567", count(1234567))
	assert.Equal(t, "999", count(999))
	assert.Equal(t, "-1,000", count(-1000))
	for d, want := range map[time.Duration]string{
		1500: "1.5 µs", 250 * time.Microsecond: "250 µs", 1500 * time.Microsecond: "1.5 ms", 40 * time.Millisecond: "40 ms", 2 * time.Second: "2.0 s",
	} {
		assert.Equal(t, want, micros(d))
	}
	sorted := []time.Duration{1, 2, 3, 4}
	assert.Equal(t, time.Duration(3), percentile(sorted, 50))
	assert.Equal(t, time.Duration(4), percentile(sorted, 100))
	assert.Zero(t, percentile(nil, 50))
	assert.Equal(t, "1 ms", decade(1000, "µs", "ms"))
}
