package twittertest

import (
	"context"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is a running stand-in for X. Its methods are safe for concurrent use,
// also after [Server.Close].
type Server struct {
	cfg    Config
	pages  *template.Template
	css    []byte
	origin *http.CrossOriginProtection

	baseURL string
	host    string
	http    *http.Server
	cancel  context.CancelFunc
	serving sync.WaitGroup // the accept loop
	conns   sync.WaitGroup // one for each connection
	closing sync.Once

	faults  faultBoard
	journal journal

	mu     sync.Mutex // guards ledger and the state file
	ledger *ledger
}

// New starts a server, or returns every fault of cfg joined as
// [*provider.ConfigError] values; an Addr that cannot be listened on and a
// StateFile that cannot be read or written are such faults. The caller must
// [Server.Close] the server.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	pages, css, err := loadPages(cfg.AppName)
	if err != nil {
		return nil, err
	}
	state, err := loadLedger(cfg.StateFile)
	if err != nil {
		return nil, err
	}
	listener, err := listen(cfg.Addr, state.Listen)
	if err != nil {
		return nil, err
	}
	state.Listen = listener.Addr().String()
	if err := state.save(cfg.StateFile); err != nil {
		_ = listener.Close() // nothing was served on it
		return nil, configError("StateFile", err.Error())
	}

	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		cfg: cfg, pages: pages, css: css, origin: http.NewCrossOriginProtection(),
		baseURL: "http://" + state.Listen, host: state.Listen, cancel: cancel, ledger: state,
	}
	s.http = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.countConn,
	}
	s.serving.Go(func() {
		// Serve returns once Close was called, and no sooner in practice.
		if err := s.http.Serve(listener); err != http.ErrServerClosed {
			s.cfg.Logger.Error("twittertest: server stopped", "error", err)
		}
	})
	return s, nil
}

// listen takes the port of the last run again, if addr does not ask for one.
func listen(addr, last string) (net.Listener, error) {
	host, port, _ := net.SplitHostPort(addr) // checked by Config.check
	if lastHost, _, err := net.SplitHostPort(last); err == nil && (port == "" || port == "0") {
		if isLoopback(last) && (lastHost == host || host == "localhost") {
			if l, err := net.Listen("tcp", last); err == nil {
				return l, nil
			}
		}
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, configError("Addr", err.Error())
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = l.Close() // nothing was served on it
		return nil, configError("Addr", "localhost is not a loopback address here")
	}
	return l, nil
}

// URL is the base URL, such as "http://127.0.0.1:40123", without a slash at its
// end. It is the BaseURL for the configuration of package twitter.
func (s *Server) URL() string { return s.baseURL }

// Handler is what the server serves, for mounting elsewhere: behind TLS, or
// under a host name. [Server.Approve] and the like then do not work, since the
// authorize URL is not below [Server.URL].
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Close stops the server and returns when all its goroutines have ended. Calls
// under way are cut off. Only the first Close does anything; its error is always
// nil, and there for io.Closer's sake.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.cancel()
		_ = s.http.Close() // its error is that of closing the listener, which ends all the same
		s.serving.Wait()
		// A connection accepted between the two is not among those closed.
		_ = s.http.Close()
		s.conns.Wait()
	})
	return nil
}

// countConn runs on the accept loop for new connections, so that conns cannot
// grow any more once serving has ended.
func (s *Server) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	case http.StateActive, http.StateIdle:
	}
}

// update runs one change of the ledger and saves it. If it cannot be saved the
// request fails, because the server could not go on from there.
func (s *Server) update(now time.Time, change func(*ledger) answer) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger.prune(now)
	a := change(s.ledger)
	if err := s.ledger.save(s.cfg.StateFile); err != nil {
		s.cfg.Logger.Error("twittertest: state file", "error", err)
		return refusal{
			status: http.StatusInternalServerError, code: 131, message: "Internal error",
			reason: "the state file cannot be written",
		}.answer()
	}
	return a
}

// person returns the account with that ID.
func (s *Server) person(id string) (Person, bool) {
	i := slices.IndexFunc(s.cfg.People, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return s.cfg.People[i], true
}

// isWebURL reports whether the URL is one that a browser opens.
func isWebURL(u string) bool {
	scheme, _, _ := strings.Cut(u, ":")
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}
