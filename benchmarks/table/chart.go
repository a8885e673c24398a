package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/oauthreg/go/benchmarks"
)

const (
	chartWidth  = 760
	labelWidth  = 170
	valueWidth  = 90
	rowHeight   = 26
	panelMargin = 74
)

// chart draws what a sign-up costs in process, own time on the processor and own allocations, as
// points on logarithmic scales: from the floor to goth is a factor of fifty. A
// line through the point spans the quartiles.
func chart(all *results) string {
	r := all.scenarios[0]
	var kinds []benchmarks.Kind
	for _, k := range r.kinds {
		if !k.Replay && k.Name != "oauthreg-cookie-log" {
			kinds = append(kinds, k)
		}
	}
	panel := len(kinds)*rowHeight + panelMargin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="title">
<title id="title">Own cost of one sign-up with X in process, by subject: time and allocations, on logarithmic scales</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.head { font-weight: 600 }
.ground { fill: #ffffff }
.small { font-size: 11px; fill: #57606a }
.grid { stroke: #d0d7de }
.peer { stroke: #6e7781; fill: #6e7781 }
.floor { stroke: #9a6700; fill: #9a6700 }
.own { stroke: #0969da; fill: #0969da }
line { stroke-width: 1 }
.spread { stroke-width: 3; stroke-linecap: round; opacity: .45 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 }
text { fill: #e6edf3 }
.small { fill: #9198a1 }
.grid { stroke: #3d444d }
.peer { stroke: #9198a1; fill: #9198a1 }
.floor { stroke: #d29922; fill: #d29922 }
.own { stroke: #4493f8; fill: #4493f8 }
}
</style>
<rect class="ground" width="%d" height="%d"/>
`, chartWidth, 2*panel, chartWidth, 2*panel)
	drawPanel(&b, 0, "Own time of one sign-up on the processor, above a replayed exchange", kinds,
		func(k benchmarks.Kind) figures { return r.own(k, cpu) }, micros)
	drawPanel(&b, panel, "Own allocations of one sign-up", kinds,
		func(k benchmarks.Kind) figures { return r.own(k, allocations) }, func(x float64) string { return fmt.Sprintf("%.0f", x) })
	b.WriteString("</svg>\n")
	return b.String()
}

// drawPanel draws one measure, from top downwards.
func drawPanel(
	b *strings.Builder, top int, title string, kinds []benchmarks.Kind, of func(benchmarks.Kind) figures, label func(float64) string,
) {
	kinds = slices.Clone(kinds)
	slices.SortStableFunc(kinds, func(x, y benchmarks.Kind) int { return int(of(x).median - of(y).median) })
	low, high := of(kinds[0]).median, of(kinds[len(kinds)-1]).median
	first, last := math.Floor(math.Log10(max(low, 1))), math.Ceil(math.Log10(max(high, 1)))
	x := func(v float64) float64 {
		return labelWidth + (math.Log10(max(v, math.Pow(10, first)))-first)/(last-first)*(chartWidth-labelWidth-valueWidth)
	}
	bottom := top + 40 + len(kinds)*rowHeight
	fmt.Fprintf(b, "<text class=\"head\" x=\"8\" y=\"%d\">%s</text>\n", top+22, title)
	for power := first; power <= last; power++ {
		v := math.Pow(10, power)
		fmt.Fprintf(b, "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", x(v), top+34, x(v), bottom)
		fmt.Fprintf(b, "<text class=\"small\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			x(v), bottom+15, strings.Replace(label(v), ".0", "", 1))
	}
	for i, k := range kinds {
		f, y := of(k), top+40+i*rowHeight+rowHeight/2
		class := "peer"
		if strings.HasPrefix(k.Name, "floor") {
			class = "floor"
		} else if strings.HasPrefix(k.Name, "oauthreg") {
			class = "own"
		}
		fmt.Fprintf(b, "<text x=\"8\" y=\"%d\">%s</text>", y+4, k.Name)
		fmt.Fprintf(b, "<line class=\"%s spread\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>", class, x(f.low), y, x(f.high), y)
		fmt.Fprintf(b, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%d\" r=\"5\"/>", class, x(f.median), y)
		fmt.Fprintf(b, "<text class=\"small\" x=\"%.1f\" y=\"%d\">%s</text>\n", max(x(f.median), x(f.high))+12, y+4, label(f.median))
	}
}
