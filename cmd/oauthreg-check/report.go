package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/oauthreg/go/provider"
	"github.com/oauthreg/go/twitter"
)

// printer writes the report.
type printer struct {
	w      io.Writer
	colour bool
}

// faults lists what is wrong with the settings before anything is asked.
func (p printer) faults(faults []fault) {
	p.headline(red, "FIX", "the settings cannot be used; nothing was asked of X")
	for _, f := range faults {
		p.printf("  %s: %s\n", p.paint(bold, f.name), f.fix)
	}
}

// asking says what goes to X.
func (p printer) asking(s settings) {
	p.printf("Asking %s for a request token\n", s.apiURL)
	p.printf("  API Key   %s\n", shortened(s.key))
	p.printf("  callback  %s\n", printable(s.callback))
}

// fine is for settings that X accepts.
func (p printer) fine(s settings, unchecked []string) {
	what := "the callback URL"
	if s.callback == "oob" {
		what = "the PIN flow"
	}
	p.headline(green, "OK", "X accepts the keys and "+what+", and the clock is right enough")
	p.printf("Not checked, because only a real sign-up shows it:\n")
	for _, sentence := range unchecked {
		p.printf("  - %s\n", sentence)
	}
}

// refused says what went wrong and what to do.
func (p printer) refused(s settings, err error) {
	e, ok := errors.AsType[*provider.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		p.headline(red, "STOPPED", "before X answered")
		return
	case !ok:
		p.headline(red, "FIX", err.Error())
		return
	}
	c, label := red, "FIX"
	if e.Status != 0 && (errors.Is(err, provider.ErrUnavailable) || errors.Is(err, provider.ErrRateLimited)) {
		c, label = yellow, "LATER" // the settings may be right
	}
	what := cmp.Or(e.Reason, causeOf(e))
	var facts []string
	for _, fact := range []struct{ name, value string }{{"HTTP", nonZero(e.Status)}, {"code", e.Code}, {"request", e.RequestID}} {
		if fact.value != "" {
			facts = append(facts, fact.name+" "+fact.value)
		}
	}
	if len(facts) > 0 {
		what += " (" + strings.Join(facts, ", ") + ")"
	}
	p.headline(c, label, what)
	p.printf("  %s\n", p.paint(bold, s.own(e.Hint)))
}

// own returns a hint of the library's with this command's name for the setting,
// or without it where nobody has set it.
func (s settings) own(hint string) string {
	if s.apiURL == twitter.DefaultBaseURL {
		hint = strings.NewReplacer(
			"check the port in Config.BaseURL, and ", "check ", "check Config.BaseURL, and ", "check ", ", and check Config.BaseURL", "",
		).Replace(hint)
	}
	return strings.ReplaceAll(hint, "Config.BaseURL", "X_API_URL")
}

func causeOf(e *provider.Error) string {
	if e.Err != nil {
		return e.Kind.Error() + ": " + e.Err.Error()
	}
	return e.Kind.Error()
}

func nonZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// shortened tells which key it is, and how long: one that was cut off when
// copying is found by that.
func shortened(key string) string {
	start := ""
	if len(key) >= 12 {
		start = printable(key[:4])
	}
	return fmt.Sprintf("%s… (%d characters)", start, utf8.RuneCountInString(key))
}

// printable keeps what is in the environment from moving the cursor.
func printable(text string) string {
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

func (p printer) headline(c colour, label, text string) {
	p.printf("%s: %s\n", p.paint(c, label), text)
}

// printf ignores errors: there is nobody left to tell.
func (p printer) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }
