package main

import (
	"io"
	"os"
)

// colour is an SGR parameter (ECMA-48).
type colour string

const (
	bold   colour = "1"
	red    colour = "1;31"
	green  colour = "1;32"
	yellow colour = "1;33"
)

func (p printer) paint(c colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// colourful reports whether w is a terminal whose owner did not say no
// (https://no-color.org). A character device is near enough: the other common
// one, /dev/null, does not mind.
func colourful(w io.Writer, getenv func(string) string) bool {
	f, ok := w.(*os.File)
	if !ok || getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
