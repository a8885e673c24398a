package benchmarks

import (
	"io"
	"log/slog"
)

// Kinds are the subjects, in the order of the table.
func Kinds() []Kind {
	discard, lines := slog.DiscardHandler, slog.NewJSONHandler(io.Discard, nil)
	return []Kind{
		{Name: "replay", Replay: true, Returning: 3, New: newReplay(false, 3)},
		{Name: "replay-form", Replay: true, Form: true, New: newReplay(true, 3)},
		{Name: "replay-two", Replay: true, Returning: 2, New: newReplay(false, 2)},
		{Name: "floor", Returning: 2, New: newFloor(false)},
		{Name: "floor-form", Form: true, Returning: 2, New: newFloor(true)},
		{Name: "oauthreg-cookie", Form: true, Returning: 2, New: newOwn(cookieStore, discard)},
		{Name: "oauthreg-memory", Form: true, Returning: 2, New: newOwn(memoryStore, discard)},
		{Name: "oauthreg-cookie-log", Form: true, Returning: 2, New: newOwn(cookieStore, lines)},
		{Name: "dghubble", Returning: 3, New: newDirect},
		{Name: "gologin", Returning: 3, New: newGologin},
		{Name: "goth", Returning: 3, New: newGoth},
	}
}
