package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
)

// chart has a logarithmic scale on both axes.
type chart struct {
	title, about string
	x, y         string // with the unit
	tick         func(float64) string
	lines        []line
}

type line struct {
	name   string
	points []point
}

type point struct{ x, y float64 }

const (
	svgWidth, svgHeight = 760, 440
	plotLeft, plotRight = 84, 640
	plotTop, plotBottom = 64, 380
)

// The colours are for both: a reader in the dark gets the second ones. Lines
// differ in their dashes too, for who does not tell colours apart.
const svgStyle = `
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.quiet { fill: #59636e; }
.axis { stroke: #59636e; }
.grid { stroke: #d1d9e0; }
.ground { fill: #ffffff; }
.line { fill: none; stroke-width: 2; }
.l0 { stroke: #0969da; } .d0 { fill: #0969da; }
.l1 { stroke: #bc4c00; stroke-dasharray: 8 3; } .d1 { fill: #bc4c00; }
.l2 { stroke: #1a7f37; stroke-dasharray: 2 3; } .d2 { fill: #1a7f37; }
.l3 { stroke: #8250df; stroke-dasharray: 8 3 2 3; } .d3 { fill: #8250df; }
.l4 { stroke: #bf3989; stroke-dasharray: 5 2; } .d4 { fill: #bf3989; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.quiet { fill: #9198a1; }
.axis { stroke: #9198a1; }
.grid { stroke: #3d444d; }
.ground { fill: #0d1117; }
.l0 { stroke: #4493f8; } .d0 { fill: #4493f8; }
.l1 { stroke: #f0883e; } .d1 { fill: #f0883e; }
.l2 { stroke: #3fb950; } .d2 { fill: #3fb950; }
.l3 { stroke: #ab7df8; } .d3 { fill: #ab7df8; }
.l4 { stroke: #db61a2; } .d4 { fill: #db61a2; }
}
`

// waitingChart shows what a whole registration costs.
func waitingChart(rows []waitingRow) chart {
	c := chart{
		title: "What a registration costs while others wait", about: "the sum of the four steps' medians, without network to the provider",
		x: "people waiting at the provider", y: "time of one registration", tick: func(y float64) string { return decade(y, "µs", "ms", "s") },
	}
	for _, row := range rows {
		c.add(row.store, float64(row.waiting), float64(row.medians.sum().Nanoseconds())/1e3)
	}
	return c
}

// atOnceChart shows how many registrations there are. Those over sockets are
// lines of their own in the table only.
func atOnceChart(rows []atOnceRow) chart {
	c := chart{
		title: "How many registrations there are in a second", about: "people and provider in the app's own process, without a network",
		x: "people registering at once", y: "registrations a second", tick: func(y float64) string { return count(int(y)) },
	}
	for _, row := range rows {
		if !row.sockets {
			c.add(row.store, float64(row.people), row.perSecond())
		}
	}
	return c
}

func (c *chart) add(name string, x, y float64) {
	i := slices.IndexFunc(c.lines, func(l line) bool { return l.name == name })
	if i < 0 {
		i, c.lines = len(c.lines), append(c.lines, line{name: name})
	}
	c.lines[i].points = append(c.lines[i].points, point{x, y})
}

// decade writes a power of ten of the first unit.
func decade(v float64, units ...string) string {
	for len(units) > 1 && v >= 1000 {
		v, units = v/1000, units[1:]
	}
	return fmt.Sprintf("%g %s", v, units[0])
}

// span is the decades around the values, at least one.
func (c chart) span(of func(point) float64) (from, to float64) {
	from, to = math.Inf(1), math.Inf(-1)
	for _, l := range c.lines {
		for _, p := range l.points {
			v := math.Log10(max(of(p), 1e-3))
			from, to = min(from, math.Floor(v)), max(to, math.Ceil(v))
		}
	}
	if from > to {
		return 0, 1
	}
	return from, max(to, from+1)
}

func (c chart) svg() []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	x0, x1 := c.span(func(p point) float64 { return p.x })
	y0, y1 := c.span(func(p point) float64 { return p.y })
	atX := func(v float64) float64 { return plotLeft + (math.Log10(max(v, 1e-3))-x0)/(x1-x0)*(plotRight-plotLeft) }
	atY := func(v float64) float64 {
		return plotBottom - (math.Log10(max(v, 1e-3))-y0)/(y1-y0)*(plotBottom-plotTop)
	}

	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d">`, svgWidth, svgHeight, svgWidth, svgHeight)
	p(`<title id="t">%s</title>`, html.EscapeString(c.title))
	p(`<desc id="d">%s</desc>`, html.EscapeString(c.about))
	p(`<style>%s</style>`, svgStyle)
	p(`<rect class="ground" width="%d" height="%d"/>`, svgWidth, svgHeight)
	p(`<text class="title" x="%d" y="26">%s</text>`, plotLeft, html.EscapeString(c.title))
	p(`<text class="quiet" x="%d" y="46">%s</text>`, plotLeft, html.EscapeString(c.about))
	for d := x0; d <= x1; d++ {
		v := math.Pow(10, d)
		p(`<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, atX(v), atX(v), plotTop, plotBottom)
		p(`<text class="quiet" x="%.1f" y="%d" text-anchor="middle">%s</text>`, atX(v), plotBottom+18, count(int(v)))
	}
	for d := y0; d <= y1; d++ {
		v := math.Pow(10, d)
		p(`<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, plotLeft, plotRight, atY(v), atY(v))
		p(`<text class="quiet" x="%d" y="%.1f" text-anchor="end">%s</text>`, plotLeft-8, atY(v)+4, html.EscapeString(c.tick(v)))
	}
	p(`<line class="axis" x1="%d" x2="%d" y1="%d" y2="%d"/>`, plotLeft, plotRight, plotBottom, plotBottom)
	p(`<line class="axis" x1="%d" x2="%d" y1="%d" y2="%d"/>`, plotLeft, plotLeft, plotTop, plotBottom)
	p(`<text x="%d" y="%d" text-anchor="middle">%s (logarithmic)</text>`, (plotLeft+plotRight)/2, plotBottom+42, html.EscapeString(c.x))
	p(`<text transform="translate(18 %d) rotate(-90)" text-anchor="middle">%s (logarithmic)</text>`, (plotTop+plotBottom)/2, html.EscapeString(c.y))

	names := c.names(atY)
	for i, l := range c.lines {
		style := i % 5
		b.WriteString(fmt.Sprintf(`<polyline class="line l%d" points="`, style))
		for _, pt := range l.points {
			b.WriteString(fmt.Sprintf("%.1f,%.1f ", atX(pt.x), atY(pt.y)))
		}
		p(`"/>`)
		for _, pt := range l.points {
			p(`<circle class="d%d" cx="%.1f" cy="%.1f" r="3.5"><title>%s, %s: %.4g</title></circle>`,
				style, atX(pt.x), atY(pt.y), html.EscapeString(l.name), count(int(pt.x)), pt.y)
		}
		p(`<text class="d%d" x="%d" y="%.1f">%s</text>`, style, plotRight+10, names[i]+4, html.EscapeString(l.name))
	}
	p(`</svg>`)
	return b.Bytes()
}

// names is how high the name of each line stands: beside its end, and clear of
// the others.
func (c chart) names(atY func(float64) float64) []float64 {
	const apart = 16
	high := make([]float64, len(c.lines))
	order := make([]int, len(c.lines))
	for i, l := range c.lines {
		high[i], order[i] = atY(l.points[len(l.points)-1].y), i
	}
	slices.SortFunc(order, func(a, b int) int { return int(math.Copysign(1, high[a]-high[b])) })
	for k := 1; k < len(order); k++ {
		high[order[k]] = max(high[order[k]], high[order[k-1]]+apart)
	}
	return high
}
