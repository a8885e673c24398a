package engines

import "slices"

// Gap names something that RFC 5849 asks for and an engine cannot do, so that
// a request which needs it is refused however well it is signed.
type Gap string

// The gaps.
const (
	// RepeatedNames: two parameters of one name.
	RepeatedNames Gap = "repeated names"

	// PrefixOrder: the order of two names of which one is the start of the
	// other, such as "a" and "a-b". The engine sorts "name=value" as one string.
	PrefixOrder Gap = "order of names with a common start"

	// EncodedOrder: the order of names or values outside ASCII. The engine sorts
	// before it encodes.
	EncodedOrder Gap = "order of what is not ASCII"

	// EscapedCallback: a callback URL that itself contains percent-encoding. The
	// engine decodes protocol parameters twice.
	EscapedCallback Gap = "percent-encoding within the callback URL"
)

// program is one of the servers in testdata.
type program struct {
	name         string
	interpreters []string // tried in this order
	arguments    []string
	probe        []string // succeeds if the libraries are there
	packages     string   // Debian's
	gaps         []Gap
}

// The interpreters of Debian come first: only they see Debian's libraries.
func catalogue() []program {
	python := []string{"/usr/bin/python3", "python3"}
	return []program{
		{
			name: "oauthlib", interpreters: python, arguments: []string{"-B", "oauthlib/server.py"},
			probe:    []string{"-c", "import oauthlib.oauth1"},
			packages: "python3-oauthlib",
		},
		{
			name: "authlib", interpreters: python, arguments: []string{"-B", "authlib/server.py"},
			probe:    []string{"-c", "import authlib.oauth1"},
			packages: "python3-authlib",
			gaps:     []Gap{EscapedCallback},
		},
		{
			name: "netoauth", interpreters: []string{"/usr/bin/perl", "perl"}, arguments: []string{"netoauth/server.pl"},
			probe:    []string{"-MNet::OAuth", "-MHTTP::Daemon", "-e", "1"},
			packages: "libnet-oauth-perl libhttp-daemon-perl",
			gaps:     []Gap{RepeatedNames, PrefixOrder},
		},
		{
			name: "rubyoauth", interpreters: []string{"/usr/bin/ruby", "ruby"}, arguments: []string{"rubyoauth/server.rb"},
			probe:    []string{"-roauth", "-rwebrick", "-e", ""},
			packages: "ruby-oauth ruby-webrick",
			gaps:     []Gap{EncodedOrder},
		},
		{
			name: "phpoauth", interpreters: []string{"/usr/bin/php", "php"}, arguments: []string{"phpoauth/server.php"},
			probe:    []string{"-r", `exit(class_exists("OAuthProvider") && extension_loaded("pcntl") ? 0 : 1);`},
			packages: "php-cli php-oauth",
			gaps:     []Gap{RepeatedNames, EncodedOrder},
		},
	}
}

// All returns the engines' names.
func All() []string {
	var names []string
	for _, p := range catalogue() {
		names = append(names, p.name)
	}
	return names
}

// Lacks reports whether e has the gap.
func (e *Engine) Lacks(g Gap) bool { return slices.Contains(e.program.gaps, g) }
