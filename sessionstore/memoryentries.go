package sessionstore

import "container/heap"

// entry is what a shard knows of one value, in 48 bytes. It refers to others by
// their numbers, since pointers would be work for the garbage collector.
type entry struct {
	hash    memoryHash
	expires int64 // see MemoryBackend.now
	length  uint32
	first   uint32 // the first block of the value

	older, younger uint32 // by when they were put; a free entry is followed by its older
	heapAt         uint32 // its place in the expiry heap
}

// memoryHash stands for a key.
type memoryHash [16]byte

// entries hold those of one shard, in the order they were put, and in a heap by
// when they expire.
type entries struct {
	slab  slab[entry]
	free  uint32
	count int

	// heap holds entry numbers from element 1 on, the one that expires first in
	// front.
	heap slab[uint32]
}

// add makes an entry, the youngest of all.
func (e *entries) add(hash memoryHash, expires int64, first uint32, length int) uint32 {
	i := e.free
	if i == 0 {
		i = e.slab.extend()
		e.heap.extend()
	} else {
		e.free = e.slab.at(i).older
	}
	*e.slab.at(i) = entry{hash: hash, expires: expires, first: first, length: uint32(length)}

	// Element 0 closes the ring: younger than the youngest, older than the oldest.
	end := e.slab.at(0)
	e.slab.at(i).older = end.older
	e.slab.at(end.older).younger = i
	end.older = i

	e.count++
	e.place(e.count, i)
	heap.Fix((*expiryHeap)(e), e.count-1)
	return i
}

// remove overwrites entry i and frees it.
func (e *entries) remove(i uint32) {
	heap.Remove((*expiryHeap)(e), int(e.slab.at(i).heapAt)-1)
	gone := e.slab.at(i)
	e.slab.at(gone.older).younger = gone.younger
	e.slab.at(gone.younger).older = gone.older
	*gone = entry{older: e.free}
	e.free = i
}

// oldest returns the entry that was put before all others. There must be one.
func (e *entries) oldest() uint32 { return e.slab.at(0).younger }

// soonest returns the entry that expires before all others. There must be one.
func (e *entries) soonest() uint32 { return *e.heap.at(1) }

// place puts entry i in its place in the heap.
func (e *entries) place(at int, i uint32) {
	*e.heap.at(uint32(at)) = i
	e.slab.at(i).heapAt = uint32(at)
}

// expiryHeap is entries as package heap sees them. Its element 0 is number 1.
type expiryHeap entries

// Len implements [heap.Interface].
func (h *expiryHeap) Len() int { return h.count }

// Less implements [heap.Interface].
func (h *expiryHeap) Less(i, j int) bool {
	return h.slab.at(*h.heap.at(uint32(i + 1))).expires < h.slab.at(*h.heap.at(uint32(j + 1))).expires
}

// Swap implements [heap.Interface].
func (h *expiryHeap) Swap(i, j int) {
	one, other := *h.heap.at(uint32(i + 1)), *h.heap.at(uint32(j + 1))
	(*entries)(h).place(i+1, other)
	(*entries)(h).place(j+1, one)
}

// Push implements [heap.Interface]. It is not used: a number in an any would be
// an allocation.
func (h *expiryHeap) Push(any) {}

// Pop implements [heap.Interface].
func (h *expiryHeap) Pop() any {
	h.count--
	return nil
}
