package oauthreg

import (
	"bytes"
	"compress/flate"
	"io"
	"strings"
)

const (
	// packFrom is how long a raw profile is that is worth compressing. X's has
	// 1.6 kB; making a compressor takes longer than all the rest of a sign-up.
	packFrom = 2 << 10

	// maxRaw bounds what a record may unpack to: no longer one is kept.
	maxRaw = 1 << 20
)

// What a record says of itself, in its first text.
const (
	flagPacked   = "z"
	flagPartial  = "p"
	flagVerified = "v" // the e-mail address
)

// plainTexts are the texts of p in their order in a record, to be read or
// written.
func (p *Pending) plainTexts() []*string {
	f := &p.Profile
	return []*string{
		&p.Provider, &p.Next, &p.owner,
		&f.ID, &f.Username, &f.Name, &f.GivenName, &f.FamilyName, &f.Email, &f.AvatarURL, &f.Location, &f.Description, &f.URL,
	}
}

// encode compresses Raw if it is long, and only Raw: compressing secrets
// together with what a stranger wrote would let the length tell about the
// secrets.
func (p Pending) encode() ([]byte, error) {
	tok := p.unveil().token
	if err := storable(&tok); err != nil {
		return nil, err
	}
	raw, flags := []byte(p.Profile.Raw), ""
	if len(raw) > packFrom {
		packed, err := pack(raw)
		if err != nil {
			return nil, err
		}
		raw, flags = packed, flagPacked
	}
	if p.Partial {
		flags += flagPartial
	}
	if p.Profile.EmailVerified {
		flags += flagVerified
	}
	data := appendText(newRecord(pendingRecord, 640+len(raw)), raw)
	data = appendTexts(data, flags)
	for _, text := range p.plainTexts() {
		data = appendTexts(data, *text)
	}
	return appendToken(data, &tok), nil
}

// decodePending reads what encode wrote and s keeps. What it returns holds on to
// data.
func decodePending(s slot, data []byte) (*Pending, error) {
	if len(data) == 0 || data[0] != pendingRecord {
		return nil, errRecord
	}
	raw, rest, ok := cutText(data[1:])
	if !ok {
		return nil, errRecord
	}
	p := &Pending{}
	plain := p.plainTexts()
	texts := splitTexts(make([]string, 0, 32), rest)
	if len(texts) < 1+len(plain) {
		return nil, errRecord
	}
	flags, texts := texts[0], texts[1:]
	for i, text := range plain {
		*text = texts[i]
	}
	h := withheld{slot: s, record: data, texts: texts[len(plain):]}
	if !isToken(h.texts) {
		return nil, errRecord
	}
	p.withheld = func() withheld { return h }
	p.Partial, p.EmailInUse = strings.Contains(flags, flagPartial), p.owner != ""
	p.Profile.EmailVerified = strings.Contains(flags, flagVerified)
	var err error
	switch {
	case strings.Contains(flags, flagPacked):
		p.Profile.Raw, err = unpack(raw)
	case len(raw) > 0:
		p.Profile.Raw = raw
	}
	return p, err
}

func pack(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpack(packed []byte) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxRaw+1))
	if err != nil || len(raw) > maxRaw {
		return nil, errRecord
	}
	return raw, nil
}
