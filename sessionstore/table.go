package sessionstore

import (
	"cmp"
	"container/heap"
	"container/list"
	"crypto/sha256"
	"maps"
	"slices"
	"time"
)

// table holds the values of a [Memory], bounded in number and in bytes. It is
// not safe for concurrent use.
//
// Every value is an entry, and so is every browser: its entry lies among its
// values under [idKey], lives at least as long as they do, and takes them with
// it when it goes. Since each Put makes it younger than all of them, the oldest
// entry is the one of a browser only if that has no values left.
type table struct {
	maxEntries, maxBytes, maxPerBrowser int

	browsers map[[sha256.Size]byte]*holdings
	entries  expiryHeap
	ages     *list.List // of *entry, the oldest in front
	order    uint64
	bytes    int
}

// holdings are the entries of one browser. In a struct behind a pointer, which
// fmt does not follow, since keys may hold request tokens.
type holdings struct {
	byKey map[string]*entry
}

type entry struct {
	browser [sha256.Size]byte
	key     string
	value   []byte
	expires time.Time

	order uint64        // grows with each Put
	age   *list.Element // its place in table.ages
	index int           // its place in table.entries
}

const (
	// idKey is no valid key.
	idKey = ""

	// entryOverhead is about what an entry takes up beside key and value.
	entryOverhead = 256
)

func newTable(maxEntries, maxBytes, maxPerBrowser int) *table {
	return &table{
		maxEntries:    maxEntries,
		maxBytes:      maxBytes,
		maxPerBrowser: maxPerBrowser,
		browsers:      make(map[[sha256.Size]byte]*holdings),
		ages:          list.New(),
	}
}

// cost is what a browser with this one value takes up.
func (t *table) cost(key string, value []byte) int {
	return 2*entryOverhead + len(key) + len(value)
}

// get returns the entry, expired or not.
func (t *table) get(browser [sha256.Size]byte, key string) (e *entry, found bool) {
	own, found := t.browsers[browser]
	if !found {
		return nil, false
	}
	e, found = own.byKey[key]
	return e, found
}

// find returns the entry unless it has expired.
func (t *table) find(browser [sha256.Size]byte, key string, now time.Time) (e *entry, found bool) {
	e, found = t.get(browser, key)
	if !found || !now.Before(e.expires) {
		return nil, false
	}
	return e, true
}

// put keeps value, lets go of what has to make room, and returns until when
// the browser's cookie is to live. The value must fit in, see cost.
func (t *table) put(browser [sha256.Size]byte, key string, value []byte, expires time.Time) (until time.Time) {
	until = expires
	if id, ok := t.get(browser, idKey); ok && id.expires.After(until) {
		until = id.expires
	}
	t.set(browser, key, value, expires)
	t.set(browser, idKey, nil, until)

	if own := t.browsers[browser].byKey; len(own)-1 > t.maxPerBrowser {
		t.remove(slices.MinFunc(slices.Collect(maps.Values(own)), func(a, b *entry) int {
			return cmp.Compare(a.order, b.order)
		}))
	}
	for len(t.browsers) > t.maxEntries || len(t.entries)-len(t.browsers) > t.maxEntries || t.bytes > t.maxBytes {
		t.remove(t.ages.Front().Value.(*entry))
	}
	return until
}

// set makes the entry the youngest.
func (t *table) set(browser [sha256.Size]byte, key string, value []byte, expires time.Time) {
	t.order++
	e, ok := t.get(browser, key)
	if !ok {
		if t.browsers[browser] == nil {
			t.browsers[browser] = &holdings{byKey: make(map[string]*entry)}
		}
		e = &entry{browser: browser, key: key}
		t.browsers[browser].byKey[key] = e
		e.age = t.ages.PushBack(e)
		heap.Push(&t.entries, e)
		t.bytes += entryOverhead + len(key)
	}
	t.bytes += len(value) - len(e.value)
	e.value, e.expires, e.order = value, expires, t.order
	t.ages.MoveToBack(e.age)
	heap.Fix(&t.entries, e.index)
}

// sweep removes what has expired. Each entry is removed once, so that a Put
// pays for it with O(log n).
func (t *table) sweep(now time.Time) {
	for len(t.entries) > 0 && !now.Before(t.entries[0].expires) {
		t.remove(t.entries[0])
	}
}

// remove removes e, and if it is a browser's own entry, all of that browser's.
func (t *table) remove(e *entry) {
	own := t.browsers[e.browser].byKey
	delete(own, e.key)
	heap.Remove(&t.entries, e.index)
	t.ages.Remove(e.age)
	t.bytes -= entryOverhead + len(e.key) + len(e.value)
	if e.key == idKey {
		for _, value := range own {
			t.remove(value)
		}
		delete(t.browsers, e.browser)
	}
}

// expiryHeap has the entry that expires first in front.
type expiryHeap []*entry

func (h expiryHeap) Len() int           { return len(h) }
func (h expiryHeap) Less(i, j int) bool { return h[i].expires.Before(h[j].expires) }

func (h expiryHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements [heap.Interface].
func (h *expiryHeap) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}

// Pop implements [heap.Interface].
func (h *expiryHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil // for the garbage collector
	*h = old[:len(old)-1]
	return e
}
