package oauthreg

import (
	"encoding/binary"
	"errors"
)

// Records are kept for everybody who is at the provider or at the form, and
// read on every request of theirs. So their form is short and cheap: a byte for
// the version, then texts that begin with their length. Another version's is as
// good as expired, so the form may change.
const (
	pendingRecord      = 1
	waitingAttempt     = 2
	settledAttempt     = 3
	announcementRecord = 4
	resultRecord       = 5
)

var errRecord = errors.New("oauthreg: a record of the session store is not in the form this version writes")

func newRecord(version byte, size int) []byte { return append(make([]byte, 0, size), version) }

func appendTexts(data []byte, texts ...string) []byte {
	for _, text := range texts {
		data = appendText(data, text)
	}
	return data
}

func appendText[T string | []byte](data []byte, text T) []byte {
	data = binary.AppendUvarint(data, uint64(len(text)))
	return append(data, text...)
}

// cutText returns the first text of data, less its length, and what is behind
// it.
func cutText(data []byte) (text, rest []byte, ok bool) {
	length, n := binary.Uvarint(data)
	if n <= 0 || length > uint64(len(data)-n) {
		return nil, nil, false
	}
	end := n + int(length)
	return data[n:end:end], data[end:], true
}

// splitTexts appends the texts of data, a record less its version, to texts. It
// returns nil for what appendTexts did not make.
func splitTexts(texts []string, data []byte) []string {
	all := string(data) // copied once: the texts are parts of it
	for rest := data; len(rest) > 0; {
		text, behind, ok := cutText(rest)
		if !ok {
			return nil
		}
		end := len(data) - len(behind)
		texts, rest = append(texts, all[end-len(text):end]), behind
	}
	return texts
}
