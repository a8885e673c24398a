package sessionstore

// Held returns how many entries m holds for values and browsers, and the bytes
// it accounts for.
func (m *Memory) Held() (entries, browsers, bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.table.entries), len(m.table.browsers), m.table.bytes
}

// CookieName returns the name of the cookie for key.
func (c *Cookie) CookieName(key string) string { return c.name(key) }
