package providers

import "net/http"

// agentHeader is for providers that refuse or suspend apps which do not name
// themselves, or come with the name of an HTTP library. An app with a name of
// its own sets that.
func agentHeader() http.Header {
	return http.Header{"User-Agent": {"oauthreg-go (+https://github.com/oauthreg/go)"}}
}
