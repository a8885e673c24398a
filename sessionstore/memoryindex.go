package sessionstore

import "encoding/binary"

// index finds entries by their hashes: a hash table with open addressing and
// linear probing. A slot holds the number of an entry, or 0. It is at most three
// quarters full, and after it grew three eighths, which makes 11 bytes for each
// entry at most.
type index struct {
	slots []uint32
	used  int
}

const firstSlots = 64

// find returns the entry with that hash, or 0.
func (x *index) find(e *entries, hash memoryHash) uint32 {
	if len(x.slots) == 0 {
		return 0
	}
	for at := x.home(hash); x.slots[at] != 0; at = x.next(at) {
		if i := x.slots[at]; e.slab.at(i).hash == hash {
			return i
		}
	}
	return 0
}

// insert adds entry i, whose hash must not be there yet.
func (x *index) insert(e *entries, i uint32) {
	if 4*(x.used+1) > 3*len(x.slots) {
		old := x.slots
		x.slots = make([]uint32, max(firstSlots, 2*len(old)))
		for _, i := range old {
			if i != 0 {
				x.settle(e, i)
			}
		}
	}
	x.settle(e, i)
	x.used++
}

// settle puts entry i into the first free slot from its home on.
func (x *index) settle(e *entries, i uint32) {
	at := x.home(e.slab.at(i).hash)
	for x.slots[at] != 0 {
		at = x.next(at)
	}
	x.slots[at] = i
}

// remove removes entry i, which must be there.
func (x *index) remove(e *entries, i uint32) {
	hole := x.home(e.slab.at(i).hash)
	for x.slots[hole] != i {
		hole = x.next(hole)
	}
	// Whatever follows without a gap, and would not be found across the hole,
	// moves into it and leaves another.
	mask := len(x.slots) - 1
	for at := x.next(hole); x.slots[at] != 0; at = x.next(at) {
		home := x.home(e.slab.at(x.slots[at]).hash)
		if (at-home)&mask >= (at-hole)&mask {
			x.slots[hole] = x.slots[at]
			hole = at
		}
	}
	x.slots[hole] = 0
	x.used--
}

// home returns the slot where the search for hash begins. Its first bytes choose
// the shard, so they are all alike here.
func (x *index) home(hash memoryHash) int {
	return int(binary.LittleEndian.Uint32(hash[8:])) & (len(x.slots) - 1)
}

func (x *index) next(at int) int { return (at + 1) & (len(x.slots) - 1) }
