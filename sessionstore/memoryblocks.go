package sessionstore

// blocks hold the values of a shard, each in a chain of blocks of one size: a
// value of any length fits into whatever is free, and nothing is ever moved.
// What is free is all zeros, since values may be secrets.
type blocks struct {
	slab slab[block]
	free uint32 // the first of the chain of free ones
	used int
}

type block struct {
	next uint32
	data [blockData]byte
}

const (
	// blockData lets two blocks hold 104 bytes. A handshake that a [Server] keeps
	// has about 100.
	blockData = 52
	blockSize = 4 + blockData
)

// blocksFor returns how many blocks a value of n bytes takes.
func blocksFor(n int) int { return (n + blockData - 1) / blockData }

// write returns the first block of a chain with a copy of value in it, or 0 if
// value is empty.
func (b *blocks) write(value []byte) (first uint32) {
	link := &first
	for len(value) > 0 {
		*link = b.allocate()
		block := b.slab.at(*link)
		value = value[copy(block.data[:], value):]
		link = &block.next
	}
	return first
}

// read returns a copy of the value of so many bytes that begins in first.
func (b *blocks) read(first uint32, length int) []byte {
	value := make([]byte, 0, length)
	for i := first; i != 0; i = b.slab.at(i).next {
		data := b.slab.at(i).data[:]
		value = append(value, data[:min(blockData, length-len(value))]...)
	}
	return value
}

// release overwrites the chain that begins with first and frees it.
func (b *blocks) release(first uint32) {
	for i := first; i != 0; {
		next := b.slab.at(i).next
		*b.slab.at(i) = block{next: b.free}
		b.free = i
		b.used--
		i = next
	}
}

func (b *blocks) allocate() uint32 {
	b.used++
	if b.free == 0 {
		return b.slab.extend()
	}
	i := b.free
	b.free = b.slab.at(i).next
	b.slab.at(i).next = 0
	return i
}
