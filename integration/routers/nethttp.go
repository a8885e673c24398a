package routers

import (
	"io"
	"net/http"

	"github.com/oauthreg/go/oauthreg"
)

// NetHTTP adds the sign-up to a mux.
func NetHTTP(mux *http.ServeMux, reg *oauthreg.Registrar, showForm, submitForm http.HandlerFunc) {
	// docs: begin net/http
	mux.Handle("/auth/", reg.Handler())
	mux.HandleFunc("GET /signup", showForm)
	mux.HandleFunc("POST /signup", submitForm)
	// docs: end
}

// NetHTTPSingle adds it with paths of the app's own choice for the start. The
// callback has to be where CallbackURL says.
func NetHTTPSingle(mux *http.ServeMux, reg *oauthreg.Registrar, showForm, submitForm http.HandlerFunc) {
	// docs: begin net/http, one by one
	mux.Handle("/join", reg.Start("twitter"))
	mux.Handle("/auth/twitter/callback", reg.Callback("twitter"))
	mux.HandleFunc("GET /signup", showForm)
	mux.HandleFunc("POST /signup", submitForm)
	// docs: end
}

// ShowForm shows the form, for net/http and chi.
func (a *App) ShowForm(w http.ResponseWriter, r *http.Request) {
	// docs: begin net/http, form
	pending, err := a.Reg.Pending(r)
	if err != nil {
		http.Redirect(w, r, a.StartURL, http.StatusSeeOther)
		return
	}
	_, _ = io.WriteString(w, a.form(pending))
	// docs: end
}

// SubmitForm takes the form, for net/http and chi.
func (a *App) SubmitForm(w http.ResponseWriter, r *http.Request) {
	// docs: begin net/http, submit
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	pending, err := a.Reg.Pending(r)
	if err != nil {
		http.Redirect(w, r, a.StartURL, http.StatusSeeOther)
		return
	}
	userID, err := a.CreateUser(r.Context(), pending, r.PostFormValue("username"))
	if err != nil {
		http.Error(w, "please try again", http.StatusInternalServerError)
		return
	}
	done, err := a.Reg.Complete(w, r, userID)
	if err != nil {
		http.Error(w, "please try again", http.StatusConflict)
		return
	}
	http.Redirect(w, r, done.Next, http.StatusSeeOther)
	// docs: end
}
