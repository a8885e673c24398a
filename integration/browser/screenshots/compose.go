package main

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"slices"
)

// The picture's own measures, in pixels.
const (
	margin = 36
	gap    = 36
	radius = 18
	edge   = 2
)

var (
	ground    = color.RGBA{0xe4, 0xe7, 0xec, 0xff} // as that of captionPage
	edgeColor = color.RGBA{0xb8, 0xbe, 0xc8, 0xff}
)

// compose lays four panels out, two in a row.
func compose(panels []panel) *image.RGBA {
	screen, caption := panels[0].screen.Bounds().Size(), panels[0].caption.Bounds().Size()
	cell := image.Pt(screen.X, caption.Y+screen.Y)
	picture := image.NewRGBA(image.Rect(0, 0, 2*margin+2*cell.X+gap, margin+2*cell.Y+gap))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	for i, p := range panels {
		at := image.Pt(margin+i%2*(cell.X+gap), i/2*(cell.Y+gap/2))
		draw.Draw(picture, image.Rectangle{at, at.Add(caption)}, p.caption, p.caption.Bounds().Min, draw.Src)
		at.Y += caption.Y
		frame := image.Rectangle{at, at.Add(screen)}
		draw.DrawMask(picture, frame.Inset(-edge), image.NewUniform(edgeColor), image.Point{}, rounded{frame.Inset(-edge).Size(), radius + edge}, image.Point{}, draw.Over)
		draw.DrawMask(picture, frame, p.screen, p.screen.Bounds().Min, rounded{screen, radius}, image.Point{}, draw.Over)
	}
	return picture
}

// rounded is a mask: a rectangle with round, smooth corners.
type rounded struct {
	size   image.Point
	radius int
}

func (r rounded) ColorModel() color.Model { return color.AlphaModel }

func (r rounded) Bounds() image.Rectangle { return image.Rectangle{Max: r.size} }

// At counts, of 16 points within a pixel, those inside the curve.
func (r rounded) At(x, y int) color.Color {
	x, y = min(x, r.size.X-1-x), min(y, r.size.Y-1-y)
	if x >= r.radius || y >= r.radius {
		return color.Alpha{A: 0xff}
	}
	const points = 4
	inside := 0
	for i := range points {
		for j := range points {
			dx := float64(r.radius) - (float64(x) + (float64(i)+.5)/points)
			dy := float64(r.radius) - (float64(y) + (float64(j)+.5)/points)
			if dx*dx+dy*dy <= float64(r.radius*r.radius) {
				inside++
			}
		}
	}
	return color.Alpha{A: uint8(inside * 0xff / (points * points))}
}

// encode writes a picture of 256 colours: pages have few, with the greys of
// their letters' edges, and the file becomes a third of its size.
func encode(picture *image.RGBA) ([]byte, error) {
	small := image.NewPaletted(picture.Bounds(), palette(picture))
	nearest := make(map[color.RGBA]uint8)
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			c := picture.RGBAAt(x, y)
			index, found := nearest[c]
			if !found {
				index = uint8(small.Palette.Index(c))
				nearest[c] = index
			}
			small.SetColorIndex(x, y, index)
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&b, small)
	return b.Bytes(), err
}

// palette returns the commonest colours, none very near to a commoner one.
func palette(picture *image.RGBA) color.Palette {
	count := make(map[color.RGBA]int)
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			count[picture.RGBAAt(x, y)]++
		}
	}
	colors := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	// The grounds of the pages and their letters stay as they are. Of the rest,
	// each is kept that is not too near to another, and what is too near is as
	// little as leaves 256.
	exact := min(len(colors), 96)
	for nearness := 1; ; nearness++ {
		chosen := make(color.Palette, 0, 256)
		for i, c := range colors {
			if i < exact || !slices.ContainsFunc(chosen, func(o color.Color) bool { return distance(c, o.(color.RGBA)) < nearness }) {
				chosen = append(chosen, c)
			}
			if len(chosen) > 256 {
				break
			}
		}
		if len(chosen) <= 256 {
			return chosen
		}
	}
}

func distance(a, b color.RGBA) int {
	d := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return d(a.R, b.R) + d(a.G, b.G) + d(a.B, b.B)
}
