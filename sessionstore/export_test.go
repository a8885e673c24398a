package sessionstore

import "reflect"

// CookieName returns the name of the cookie for key.
func (c *Cookie) CookieName(key string) string { return c.attributes.nameFor(key) }

// CookieName returns the name of the cookie for key.
func (s *Server) CookieName(key string) string { return s.attributes.nameFor(key) }

// NewTicket returns the value of a cookie of a Server.
func NewTicket() string { return newTicket().text }

// ParseTicket returns the text of the ticket that it read.
func ParseTicket(text string) (again string, ok bool) {
	t, ok := parseTicket(text)
	return t.text, ok
}

// MemoryTypes are what a MemoryBackend has many of.
func MemoryTypes() []reflect.Type {
	return []reflect.Type{reflect.TypeFor[entry](), reflect.TypeFor[block]()}
}

// Leftover reports whether a MemoryBackend without values has anything but zeros
// in its blocks, or links that lead to nothing.
func (m *MemoryBackend) Leftover() bool {
	for _, s := range m.shards() {
		for _, chunk := range s.blocks.slab.chunks {
			for i := range chunk {
				if chunk[i].data != [blockData]byte{} {
					return true
				}
			}
		}
		for i, chunk := range s.entries.slab.chunks {
			for j := range chunk {
				if i+j > 0 && chunk[j] != (entry{older: chunk[j].older}) {
					return true
				}
			}
		}
		for _, slot := range s.index.slots {
			if slot != 0 {
				return true
			}
		}
	}
	return false
}
