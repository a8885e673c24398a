package sessionstore

import "sync"

// shard is a part of a [MemoryBackend], with bounds and a lock of its own.
type shard struct {
	maxEntries, maxBlocks int

	mu      sync.Mutex
	closed  bool
	entries entries
	index   index
	blocks  blocks
}

// sweepEach is how many expired entries each Put removes. More than one, so that
// they become fewer.
const sweepEach = 4

func (s *shard) put(hash memoryHash, value []byte, expires, now int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if i := s.index.find(&s.entries, hash); i != 0 {
		s.remove(i)
	}
	for range sweepEach {
		if !s.sweep(now) {
			break
		}
	}
	for s.entries.count >= s.maxEntries || s.blocks.used+blocksFor(len(value)) > s.maxBlocks {
		if !s.sweep(now) {
			s.remove(s.entries.oldest())
		}
	}
	s.index.insert(&s.entries, s.entries.add(hash, expires, s.blocks.write(value), len(value)))
	return nil
}

// get returns a copy of the value, and removes it if remove is set.
func (s *shard) get(hash memoryHash, remove bool, now int64) (value []byte, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false, errClosed
	}
	i := s.index.find(&s.entries, hash)
	if i == 0 {
		return nil, false, nil
	}
	e := s.entries.slab.at(i)
	if found = now < e.expires; found {
		value = s.blocks.read(e.first, int(e.length))
	}
	if remove || !found {
		s.remove(i)
	}
	return value, found, nil
}

// sweep removes the entry that expires first if it has. It reports whether it
// did.
func (s *shard) sweep(now int64) bool {
	if s.entries.count == 0 {
		return false
	}
	i := s.entries.soonest()
	if now < s.entries.slab.at(i).expires {
		return false
	}
	s.remove(i)
	return true
}

func (s *shard) remove(i uint32) {
	s.blocks.release(s.entries.slab.at(i).first)
	s.index.remove(&s.entries, i)
	s.entries.remove(i)
}

func (s *shard) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.entries.slab.drop()
	s.blocks.slab.drop()
	s.entries, s.index, s.blocks = entries{}, index{}, blocks{}
}

func (s *shard) stats() MemoryStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return MemoryStats{Entries: s.entries.count, Bytes: s.blocks.used * blockSize}
}
