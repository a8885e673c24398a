package openid

import (
	"os/exec"
	"testing"
)

func startAuthlib(t testing.TB, s settings) string {
	t.Helper()
	return python(t, s, "authlib/server.py", "import authlib.oidc.core", "python3-authlib")
}

func startOAuthlib(t testing.TB, s settings) string {
	t.Helper()
	return python(t, s, "oauthlib/server.py", "import oauthlib.oauth2", "python3-oauthlib")
}

// python runs a program whose library is a Debian package. Debian's
// interpreter comes first: only it sees Debian's libraries.
func python(t testing.TB, s settings, program, probe, library string) (url string) {
	t.Helper()
	dir := unpack(t)
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		interpreter, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		url, fault := run(t, dir, s, interpreter, "-B", program)
		if fault == "" {
			return url
		}
		// Only now is it worth the time to ask whether its library is there.
		if exec.Command(interpreter, "-c", probe).Run() == nil {
			t.Fatalf("%s does not start: %s", program, fault)
		}
	}
	missing(t, "needs the Debian package %s: apt-get install %[1]s", library)
	return ""
}
