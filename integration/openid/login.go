package openid

import (
	"fmt"
	"html"
	"net/http"
)

// Where things are on the page that zitadel shows to browsers without the
// cookies of [Browser], such as those with a person before them. The username
// is that of a [Person]; no password is asked for.
const (
	UsernameField = `#username`
	ApproveButton = `button[name="decision"][value="approve"]`
	DenyButton    = `button[name="decision"][value="deny"]`
)

// loginPage has no icon, because browsers would ask for one.
const loginPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sign in</title><link rel="icon" href="data:,"></head>
<body>
<form method="post" action="/login/username">
<input type="hidden" name="authRequestID" value="%s">
<label for="username">Username</label> <input id="username" name="username" autocomplete="username">
<button name="decision" value="approve">Sign in</button>
<button name="decision" value="deny">Cancel</button>
</form>
</body>
</html>
`

// showLogin asks who sits before the browser. The form is answered where the
// page is.
func showLogin(w http.ResponseWriter, requestID string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = fmt.Fprintf(w, loginPage, html.EscapeString(requestID))
}

// posted returns what the form of r says.
func posted(r *http.Request) (username string, deny bool) {
	return r.PostFormValue("username"), r.PostFormValue("decision") == "deny"
}
