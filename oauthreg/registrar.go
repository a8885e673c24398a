package oauthreg

import (
	"cmp"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthreg/go/provider"
)

// Registrar runs sign-ups for the providers of one app. It is immutable and
// safe for concurrent use. Make one with [New].
type Registrar struct {
	cfg       Config
	callbacks map[string]string // the callback URL of each provider
	basePath  string
	host      string
	binding   binding
	exchanges *exchanges
	traded    *traded
	relay     relay
	origins   *http.CrossOriginProtection
	log       *slog.Logger
}

// New returns a Registrar, or every fault of cfg as [*provider.ConfigError]
// values, joined. It starts nothing and calls nobody.
func New(cfg Config) (*Registrar, error) {
	base, err := cfg.check()
	if err != nil {
		return nil, err
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	cfg.Flows = maps.Clone(cfg.Flows)
	cfg.NextOrigins, cfg.TrustEmailOf = slices.Clone(cfg.NextOrigins), slices.Clone(cfg.TrustEmailOf)
	cfg.DefaultNext = cmp.Or(cfg.DefaultNext, "/")
	cfg.AttemptTTL = cmp.Or(cfg.AttemptTTL, DefaultAttemptTTL)
	cfg.PendingTTL = cmp.Or(cfg.PendingTTL, DefaultPendingTTL)
	records, vault := newRecords(cfg.Sessions)
	g := &Registrar{
		cfg:       cfg,
		callbacks: make(map[string]string, len(cfg.Flows)),
		basePath:  strings.TrimRight(base.Path, "/"),
		host:      base.Host,
		binding:   binding{records: records, secure: base.Scheme == "https", scope: cfg.BaseURL, sealed: vault.backend != nil && !vault.plain},
		exchanges: newExchanges(),
		traded:    newTraded(),
		relay:     relay{vault},
		origins:   http.NewCrossOriginProtection(),
		log:       cfg.Logger,
	}
	g.cfg.Labels = labelsOf(cfg)
	for name := range cfg.Flows {
		g.callbacks[name] = callbackURL(cfg.BaseURL, name)
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	for _, origin := range append([]string{base.Scheme + "://" + base.Host}, cfg.TrustedOrigins...) {
		if err := g.origins.AddTrustedOrigin(origin); err != nil {
			return nil, &provider.ConfigError{Package: "oauthreg", Field: "TrustedOrigins", Reason: "it holds something that is not an origin"}
		}
	}
	if s, ok := cfg.Sessions.(interface{ AtomicTake() bool }); ok && !s.AtomicTake() {
		// Not an error: accounts stay unique, and the provider refuses the second.
		g.log.Warn("oauthreg: the session store may give one attempt to two requests at once; one of them can then end in \"expired\"")
	}
	return g, nil
}

// Handler serves the start and the callback of every provider: mount it at
// BaseURL's path. It answers NAME/start and NAME/callback below it, with or
// without http.StripPrefix in front.
func (g *Registrar) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		above, action := cutLast(r.URL.Path)
		above, name := cutLast(above)
		if above != "" && above != g.basePath {
			if action == "start" || action == "callback" {
				g.log.Warn("oauthreg: a start or callback came to a path that is not below that of BaseURL", "path_of_base_url", g.basePath)
			}
			action = ""
		}
		switch action {
		case "start":
			g.serveStart(w, r, name)
		case "callback":
			g.serveCallback(w, r, name)
		default:
			g.notFound(w, r)
		}
	})
}

// cutLast cuts the last element off a path.
func cutLast(path string) (above, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// Start serves the start of one provider, for routers of another kind. The
// page it shows for GET posts back to its own URL.
func (g *Registrar) Start(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serveStart(w, r, name) })
}

// Callback serves the callback of one provider, which has to be reachable at
// [Registrar.CallbackURL].
func (g *Registrar) Callback(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serveCallback(w, r, name) })
}

// CallbackURL is the URL to register at the provider, to the letter.
func (g *Registrar) CallbackURL(name string) string {
	if known, ok := g.callbacks[name]; ok {
		return known
	}
	return callbackURL(g.cfg.BaseURL, name)
}

func callbackURL(baseURL, name string) string { return baseURL + "/" + name + "/callback" }

// labelsOf is what people call the providers: by the app's word, or the Flow's.
func labelsOf(cfg Config) map[string]string {
	labels := make(map[string]string, len(cfg.Flows))
	for name, flow := range cfg.Flows {
		if f, ok := flow.(provider.Labeler); ok {
			labels[name] = f.Label()
		}
		labels[name] = cmp.Or(cfg.Labels[name], labels[name], name)
	}
	return labels
}

// label is what people call the provider.
func (g *Registrar) label(name string) string { return cmp.Or(g.cfg.Labels[name], name) }

// failureURL is where a person who did not succeed returns to.
func (g *Registrar) failureURL(name string, o Outcome) string {
	return noticeURL(cmp.Or(g.cfg.FailureURL, g.basePath+"/"+name+"/start"), name, o)
}

// noticeURL is target with what [Registrar.Notice] reads.
func noticeURL(target, name string, o Outcome) string {
	target, fragment, hasFragment := strings.Cut(target, "#")
	if path, query, ok := strings.Cut(target, "?"); ok {
		// What it told before is past.
		parts := slices.DeleteFunc(strings.Split(query, "&"), func(part string) bool {
			name, _, _ := strings.Cut(part, "=")
			return name == "error" || name == "provider"
		})
		if target = path; len(parts) > 0 {
			target += "?" + strings.Join(parts, "&")
		}
	}
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	target += separator + url.Values{"error": {string(o)}, "provider": {name}}.Encode()
	if hasFragment {
		target += "#" + fragment
	}
	return target
}
