package oauthreg

import (
	"encoding/json"
	"net/http"
)

// started is the outcome member of a start that goes on at the provider.
const started = "started"

// outcomeAnswer is the JSON form of what is no failure. Its members are those of
// docs/outcome.schema.json.
type outcomeAnswer struct {
	Outcome  string `json:"outcome"`
	Provider string `json:"provider"`
	Location string `json:"location"`
}

// startAnswer is the JSON form of the start page. Its members are those of
// docs/start.schema.json.
type startAnswer struct {
	Provider string `json:"provider"`
	Label    string `json:"label"`
	// Action is a reference to what was asked for, less its query: the path may
	// have lost its beginning on the way here.
	Action  string   `json:"action"`
	Next    string   `json:"next"`
	Problem *problem `json:"problem,omitempty"`
}

// jsonStatus is the status of the JSON form.
func jsonStatus(o Outcome) int {
	if f, ok := failureOf(o); ok {
		return f.problem
	}
	return http.StatusOK
}

// answerJSON is the default answer to whoever asks for JSON. A redirect would be
// followed, or hidden, by what sent the request.
func (g *Registrar) answerJSON(w http.ResponseWriter, r *http.Request, res Result) {
	if _, ok := failureOf(res.Outcome); ok {
		g.writeProblem(w, r, res)
		return
	}
	a := outcomeAnswer{Outcome: string(res.Outcome), Provider: res.Provider, Location: escapeNonASCII(res.Location)}
	if res.Outcome == "" {
		a.Outcome = started
	}
	g.writeJSON(w, http.StatusOK, "application/json", a)
}

// startJSON is the start page as JSON. It starts nothing either.
func (g *Registrar) startJSON(w http.ResponseWriter, r *http.Request, name string) {
	a := startAnswer{Provider: name, Label: g.label(name), Action: "?", Next: g.next(r.URL.Query().Get("next"))}
	if o, failed := g.Failure(r); o != "" {
		p := g.problem(r, Result{Outcome: o, Provider: failed})
		a.Problem = &p
	}
	g.writeJSON(w, http.StatusOK, "application/json", a)
}

func (g *Registrar) writeJSON(w http.ResponseWriter, status int, mediaType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		g.log.Error("oauthreg: answer", "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
