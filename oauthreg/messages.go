package oauthreg

import (
	"maps"
	"net/http"
	"strings"
)

// Codes of what WriteProblem tells and no start or callback ends in.
const (
	noPending Outcome = "no_pending"
	lastWayIn Outcome = "last_way_in"
)

// asides are the failures that only [Registrar.WriteProblem] and the confirm
// page tell. Somebody without a sign-up came without a provider.
var asides = map[Outcome]failure{
	noPending: {http.StatusConflict, http.StatusConflict, "No sign-up is waiting",
		"No sign-up is waiting in this browser. Please start again."},
	lastWayIn: {http.StatusConflict, http.StatusConflict, "Last way in",
		"This is the only way into your account. Please add another one first."},
}

// failureOf returns how o is told, if it is a failure.
func failureOf(o Outcome) (failure, bool) {
	f, ok := failures[o]
	if !ok {
		f, ok = asides[o]
	}
	return f, ok
}

// placeholder stands for what people call the provider.
const placeholder = "{provider}"

// english is what the pages say besides failures.
var english = map[string]string{
	"lang":            "en",
	"dir":             "ltr",
	"provider":        "the provider",
	"start.title":     "Sign up with {provider}",
	"start.button":    "Continue to {provider}",
	"failure.button":  "Start again",
	"failure.home":    "Go on",
	"confirm.title":   "Connect your {provider} account?",
	"confirm.text":    "It has the e-mail address of your account here. Once connected, it signs you in.",
	"confirm.button":  "Connect {provider}",
	"confirm.decline": "Not now",
}

// Messages returns the English texts of the pages and problems by code, the
// source for a translation: see [Config.Message]. "{provider}" stands for the
// provider's label. The codes are stable:
//
//   - that of each failing [Outcome] is its sentence, and with ".title" after it
//     its title;
//   - "no_pending" and "last_way_in", and their titles, are told for errors
//     ([Registrar.WriteProblem]);
//   - "start.title", "start.button", "failure.button", "failure.home",
//     "confirm.title", "confirm.text", "confirm.button" and "confirm.decline" are of
//     the pages;
//   - "provider" stands for the label where it is not known whose it would be;
//   - "lang" is the language itself, as in <html lang> (BCP 47), and "dir" its
//     direction, "ltr" or "rtl".
//
// The map is the caller's.
func Messages() map[string]string {
	all := maps.Clone(english)
	for _, set := range []map[Outcome]failure{failures, asides} {
		for o, f := range set {
			all[string(o)], all[string(o)+".title"] = f.text, f.title
		}
	}
	return all
}

// message is the text of code in r's language, with what people call the
// provider.
func (g *Registrar) message(r *http.Request, code, name string) string {
	label := g.label(name)
	if label == "" && code != "provider" {
		label = g.message(r, "provider", "")
	}
	if g.cfg.Message != nil {
		if text := g.cfg.Message(r, code, label); text != "" {
			return strings.ReplaceAll(text, placeholder, label)
		}
	}
	text, ok := english[code]
	if !ok {
		o, isTitle := strings.CutSuffix(code, ".title")
		f, _ := failureOf(Outcome(o))
		text = f.text
		if isTitle {
			text = f.title
		}
	}
	return strings.ReplaceAll(text, placeholder, label)
}
