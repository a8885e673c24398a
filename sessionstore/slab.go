package sessionstore

// slab is an array that grows a chunk at a time. Nothing is copied when it
// grows, so that it never takes up more than a chunk too much; and if T has no
// pointers, the garbage collector looks at one address for each chunk and not at
// what is in it. Elements are numbered from 1, which leaves 0 to mean none;
// element 0 is there once another is.
type slab[T any] struct {
	chunks []*[chunkSize]T
	last   uint32
}

// chunkSize makes chunks of 24 and 28 KiB from entries and blocks, which are
// sizes that the allocator has.
const chunkSize = 512

// at returns element i. The pointer stays good when the slab grows.
func (s *slab[T]) at(i uint32) *T { return &s.chunks[i/chunkSize][i%chunkSize] }

// extend adds an element, and returns its number.
func (s *slab[T]) extend() uint32 {
	s.last++
	for int(s.last/chunkSize) >= len(s.chunks) {
		s.chunks = append(s.chunks, new([chunkSize]T))
	}
	return s.last
}

// drop overwrites all elements, and lets go of them.
func (s *slab[T]) drop() {
	for _, chunk := range s.chunks {
		clear(chunk[:])
	}
	*s = slab[T]{}
}
