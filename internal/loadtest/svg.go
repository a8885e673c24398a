package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"time"
)

// The picture is one panel for each kind of request, one below the other, over
// the same logarithmic axis of latency.
const (
	svgWidth   = 760
	panelLeft  = 64
	panelRight = 24
	panelTop   = 76 // of the first
	panelHigh  = 110
	panelStep  = 176
	svgBottom  = 20
)

// The colours are for both: a reader in the dark gets the second ones.
const svgStyle = `
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; }
.quiet { fill: #59636e; }
.axis { stroke: #59636e; }
.grid { stroke: #d1d9e0; }
.bar { fill: #0969da; }
.mark { stroke: #bc4c00; stroke-dasharray: 3 2; }
.ground { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.quiet { fill: #9198a1; }
.axis { stroke: #9198a1; }
.grid { stroke: #3d444d; }
.bar { fill: #4493f8; }
.mark { stroke: #f0883e; }
.ground { fill: #0d1117; }
}
`

// svg draws the latencies.
func (r *report) svg() []byte {
	s := r.world.settings
	about := fmt.Sprintf("%d people, %d instances, sessions in %s, %d kills, %s",
		s.people, s.instances, s.sessions, r.world.kills.Load(), r.elapsed.Round(time.Second))
	return drawSVG(about, r.histograms())
}

func drawSVG(about string, panels []namedHistogram) []byte {
	var b bytes.Buffer
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	height := panelTop + panelStep*(len(panels)-1) + panelHigh + 44 + svgBottom
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d">`, svgWidth, height, svgWidth, height)
	p(`<title id="t">Latency of sign-ups</title>`)
	p(`<desc id="d">%s</desc>`, html.EscapeString(about))
	p(`<style>%s</style>`, svgStyle)
	p(`<rect class="ground" width="%d" height="%d"/>`, svgWidth, height)
	p(`<text class="title" x="%d" y="26">Latency of sign-ups</text>`, panelLeft)
	p(`<text class="quiet" x="%d" y="44">%s</text>`, panelLeft, html.EscapeString(about))
	axis := axisOver(panels)
	for i, panel := range panels {
		drawPanel(p, panelTop+i*panelStep, axis, panel)
	}
	p(`</svg>`)
	return b.Bytes()
}

// axis is a logarithmic one, over whole decades.
type axis struct{ from, to time.Duration }

func axisOver(panels []namedHistogram) axis {
	a := axis{}
	for _, panel := range panels {
		for _, bar := range panel.h.bars() {
			if a.to == 0 || bar.from < a.from {
				a.from = bar.from
			}
			a.to = max(a.to, bar.to)
		}
	}
	decade := func(d time.Duration, round func(float64) float64) time.Duration {
		d = max(d, minLatency)
		return time.Duration(math.Round(math.Pow(10, round(math.Log10(float64(d))))))
	}
	a.from, a.to = decade(a.from, math.Floor), decade(a.to, math.Ceil)
	if a.to <= a.from {
		a.to = 10 * a.from
	}
	return a
}

// x is where a latency lies.
func (a axis) x(d time.Duration) float64 {
	d = min(max(d, a.from), a.to)
	share := math.Log(float64(d)/float64(a.from)) / math.Log(float64(a.to)/float64(a.from))
	return panelLeft + share*(svgWidth-panelLeft-panelRight)
}

func drawPanel(p func(string, ...any), top int, a axis, panel namedHistogram) {
	bars := panel.h.bars()
	most := 1
	for _, bar := range bars {
		most = max(most, bar.count)
	}
	bottom, right := top+panelHigh, svgWidth-panelRight
	p(`<text x="%d" y="%d">%s, %d requests</text>`, panelLeft, top-12, html.EscapeString(panel.name), panel.h.count())
	for d := a.from; d <= a.to; d *= 10 {
		p(`<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, a.x(d), a.x(d), top, bottom)
		p(`<text class="quiet" x="%.1f" y="%d" text-anchor="middle">%s</text>`, a.x(d), bottom+16, html.EscapeString(tick(d)))
	}
	for _, n := range []int{0, most} {
		y := float64(bottom) - float64(n)/float64(most)*panelHigh
		p(`<text class="quiet" x="%d" y="%.1f" text-anchor="end">%d</text>`, panelLeft-8, y+4, n)
	}
	for _, bar := range bars {
		tall := float64(bar.count) / float64(most) * panelHigh
		left := a.x(bar.from)
		p(`<rect class="bar" x="%.1f" y="%.1f" width="%.1f" height="%.1f"><title>%s to %s: %d</title></rect>`,
			left+0.5, float64(bottom)-tall, max(a.x(bar.to)-left-1, 0.5), tall, html.EscapeString(short(bar.from)), html.EscapeString(short(bar.to)), bar.count)
	}
	if panel.h.count() > 0 {
		for _, percent := range []float64{50, 99} {
			d := panel.h.percentile(percent)
			p(`<line class="mark" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, a.x(d), a.x(d), top, bottom)
			p(`<text x="%.1f" y="%d" text-anchor="middle">p%.0f</text>`, a.x(d), top-2, percent)
		}
	}
	p(`<line class="axis" x1="%d" x2="%d" y1="%d" y2="%d"/>`, panelLeft, right, bottom, bottom)
	p(`<text class="quiet" transform="translate(16 %d) rotate(-90)" text-anchor="middle">requests</text>`, top+panelHigh/2)
	p(`<text class="quiet" x="%d" y="%d" text-anchor="end">latency, logarithmic</text>`, right, bottom+32)
}

// tick names a decade.
func tick(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	default:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
}
