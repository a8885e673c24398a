package sessionstore

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/oauthreg/go/seal"
)

// explainSCS turns the panic of a manager that has no data for the request into
// an error: it is what somebody sees who mounts the handlers for the first time.
func explainSCS(err *error) {
	p := recover()
	text, _ := p.(string)
	switch {
	case p == nil:
	case strings.Contains(text, "no session data in context"):
		*err = errors.New("sessionstore: the request did not pass the session manager's LoadAndSave; " +
			"mount the handlers behind it, as in http.ListenAndServe(addr, manager.LoadAndSave(mux))")
	default:
		panic(p)
	}
}

// makeRoom removes what is over, and then the oldest, until a field of size
// bytes fits in.
func (s *SCSSession) makeRoom(ctx context.Context, field string, size int) {
	type resident struct {
		field  string
		size   int
		issued time.Time
	}
	var residents []resident
	manager, total := s.manager(), size
	for _, name := range manager.Keys(ctx) {
		if name == field || !s.owns(name) {
			continue
		}
		stored := manager.Get(ctx, name)
		e, ok := s.open(name, stored)
		if !ok {
			manager.Remove(ctx, name)
			continue
		}
		v := resident{field: name, size: len(name) + seal.Overhead + scsTimes + len(e.value), issued: e.issued}
		residents = append(residents, v)
		total += v.size
	}
	slices.SortFunc(residents, func(a, b resident) int {
		return cmp.Or(a.issued.Compare(b.issued), cmp.Compare(a.field, b.field))
	})
	for len(residents) >= maxSCSValues || total > s.maxBytes {
		manager.Remove(ctx, residents[0].field)
		total -= residents[0].size
		residents = residents[1:]
	}
}

// field returns the key in the session's data for key. It holds a hash: a key
// may be made of a request token, and sessions are listed and logged.
func (s *SCSSession) field(key string) string {
	hash := sha256.Sum256([]byte(key))
	return s.prefix + base64.RawURLEncoding.EncodeToString(hash[:])
}

// owns reports whether field is one of this store, and not of the app or of a
// store whose Name begins with this one's.
func (s *SCSSession) owns(field string) bool {
	hash, ok := strings.CutPrefix(field, s.prefix)
	return ok && len(hash) == base64.RawURLEncoding.EncodedLen(sha256.Size) && !strings.Contains(hash, ".")
}

// scsTimes is the length of what is sealed in front of a value: when it expires
// and when it was issued, in microseconds since 1970.
const scsTimes = 8 + 8

type scsEnvelope struct {
	issued time.Time
	value  []byte
}

func (s *SCSSession) seal(field string, value []byte, ttl time.Duration) []byte {
	now := time.Now()
	plaintext := make([]byte, 0, scsTimes+len(value))
	plaintext = binary.BigEndian.AppendUint64(plaintext, uint64(now.Add(ttl).UnixMicro()))
	plaintext = binary.BigEndian.AppendUint64(plaintext, uint64(now.UnixMicro()))
	return s.sealer.Seal(append(plaintext, value...), field)
}

// open returns what field holds, unless it was not sealed there or has expired.
func (s *SCSSession) open(field string, stored any) (e scsEnvelope, ok bool) {
	var sealed []byte
	switch v := stored.(type) {
	case []byte:
		sealed = v
	case string:
		// What a manager with a JSON codec makes of bytes.
		sealed, _ = base64.StdEncoding.DecodeString(v)
	}
	plaintext, _, err := s.sealer.Open(sealed, field)
	if err != nil || len(plaintext) < scsTimes {
		return scsEnvelope{}, false
	}
	if !time.Now().Before(time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext)))) {
		return scsEnvelope{}, false
	}
	return scsEnvelope{
		issued: time.UnixMicro(int64(binary.BigEndian.Uint64(plaintext[8:]))),
		value:  plaintext[scsTimes:],
	}, true
}
