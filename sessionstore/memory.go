package sessionstore

import "errors"

// MemoryConfig configures a store in memory; see [NewMemory].
type MemoryConfig struct {
	_ [0]func()

	// BaseURL, Name, MaxPerBrowser and DangerouslyAllowHTTP are those of
	// [ServerConfig]. BaseURL is required.
	BaseURL              string
	Name                 string
	MaxPerBrowser        int
	DangerouslyAllowHTTP bool

	// MaxEntries and MaxBytes are those of [MemoryBackendConfig].
	MaxEntries int
	MaxBytes   int
}

// NewMemory returns a [Server] over a [MemoryBackend] of its own, or every fault
// of cfg as joined [*ConfigError] values. It is for tests and for apps of a
// single instance.
//
// Each browser that starts a sign-up takes up memory, which is bounded by the
// configuration: beyond it the oldest values go, be they a stranger's or not.
// Limit the rate of what leads to a Put, or use [Cookie], which nobody can fill.
func NewMemory(cfg MemoryConfig) (*Server, error) {
	backend, backendErr := NewMemoryBackend(MemoryBackendConfig{MaxEntries: cfg.MaxEntries, MaxBytes: cfg.MaxBytes})
	server, serverErr := newServer(ServerConfig{
		Backend:              backend,
		BaseURL:              cfg.BaseURL,
		Name:                 cfg.Name,
		MaxPerBrowser:        cfg.MaxPerBrowser,
		DangerouslyAllowHTTP: cfg.DangerouslyAllowHTTP,
	})
	if err := errors.Join(serverErr, backendErr); err != nil {
		return nil, err
	}
	server.own = true
	return server, nil
}
