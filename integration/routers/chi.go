package routers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/oauthreg/go/oauthreg"
)

// Chi adds the sign-up to r. Handlers are those of net/http.
func Chi(r chi.Router, reg *oauthreg.Registrar, showForm, submitForm http.HandlerFunc) {
	// docs: begin chi
	r.Mount("/auth", reg.Handler())
	r.Get("/signup", showForm)
	r.Post("/signup", submitForm)
	// docs: end
}
