package sessiontest

import "time"

// long is a ttl that does not end while a case runs.
const long = time.Hour

// clock has the times of the cases about expiry. By simulated time they are
// exact; by real time there is room for a slow machine and for a backend that
// counts in seconds.
type clock struct{ real bool }

// ttl is not a whole number of seconds: a store that rounds down loses values
// early.
func (c clock) ttl() time.Duration {
	if c.real {
		return 3500 * time.Millisecond
	}
	return 10*time.Minute + 500*time.Millisecond
}

// toJustBefore sleeps from the beginning of the ttl until shortly before its
// end.
func (c clock) toJustBefore() {
	if c.real {
		time.Sleep(1500 * time.Millisecond)
		return
	}
	time.Sleep(c.ttl() - time.Millisecond)
}

// pastEnd sleeps from toJustBefore until shortly after the end.
func (c clock) pastEnd() {
	if c.real {
		time.Sleep(3500 * time.Millisecond)
		return
	}
	time.Sleep(2 * time.Millisecond)
}

// tick keeps two Puts apart for a store that goes by their time.
func (c clock) tick() {
	time.Sleep(time.Millisecond)
}
