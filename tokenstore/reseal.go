package tokenstore

import (
	"context"
	"errors"
	"time"
)

const (
	// resealPage is how many rows Reseal holds at a time.
	resealPage = 100

	// resealTries is how often Reseal tries a token that changes meanwhile.
	resealTries = 3

	// freshenTime is what a read spends on sealing anew, at most.
	freshenTime = time.Second
)

// ResealReport counts accounts by what [Sealed.Reseal] or
// [Sealed.SealPlaintext] found or did.
type ResealReport struct {
	// Total is the sum of the others.
	Total int

	Resealed   int // were sealed with an older key, and are now with the newest
	Current    int // were sealed with the newest key
	Plaintext  int // were never sealed, and are as they were (Reseal)
	Sealed     int // were never sealed, and are now (SealPlaintext)
	Unreadable int // do not open, and are as they were
	Empty      int // have no token
	Changed    int // were written by somebody else each time: run it again
}

// Reseal seals with the newest key every token that an older one has sealed.
// Run it when all processes have the new key in front; when it has returned
// without an error and with Changed 0, the older keys have nothing left to
// open and can be removed. Unreadable tokens stay so, with the old keys too.
//
// It can run while the app runs, in several processes, be interrupted, and be
// repeated: a token that is written meanwhile is not overwritten, and LinkedAt
// and UpdatedAt stay. It ends with ctx, with an error of the inner store, or
// when a key cannot be asked for; the report then says how far it came. If the
// inner store is no [Rewriter], the error is [errors.ErrUnsupported].
//
// It does not touch what was never sealed; see [Sealed.SealPlaintext].
func (s *Sealed) Reseal(ctx context.Context) (ResealReport, error) {
	return s.reseal(ctx, false)
}

// SealPlaintext does what [Sealed.Reseal] does, and seals the tokens that were
// never sealed as well: once, when a store that has been in use without sealing
// moves to it.
//
// It is a step of its own because it takes whatever lies in the store for
// genuine. Were plaintext opened or sealed in passing, whoever can write to the
// database could plant a token of an account of theirs in somebody's row, and
// the app would act in the wrong person's name; sealing binds a token to its
// row to prevent just that. So run it while you trust the table, and not as a
// matter of routine: a report of a later run with Sealed above 0 asks for an
// explanation.
//
// It can be interrupted and repeated like Reseal, and loses no token. But end
// the processes that do not seal first. Otherwise what they write meanwhile or
// later is in the clear, unreadable for the others until SealPlaintext runs
// again or the owner signs in, and what is sealed already they take for an
// access token, and send it to the provider.
func (s *Sealed) SealPlaintext(ctx context.Context) (ResealReport, error) {
	return s.reseal(ctx, true)
}

func (s *Sealed) reseal(ctx context.Context, takePlaintext bool) (ResealReport, error) {
	var report ResealReport
	inner, ok := s.inner.(Rewriter)
	if !ok {
		return report, unsupported("Reseal", "Rewriter")
	}
	var after Identity
	for {
		rows, err := inner.Page(ctx, after, resealPage)
		if err != nil {
			return report, err
		}
		for _, row := range rows {
			if row.compare(after) <= 0 {
				return report, errPageOrder
			}
			after = row.Identity
			if err := s.resealRow(ctx, inner, row, takePlaintext, &report); err != nil {
				return report, err
			}
		}
		if len(rows) < resealPage {
			return report, nil
		}
	}
}

// errPageOrder is for an inner store that does not keep to the contract:
// Reseal would go round in circles, or miss rows.
var errPageOrder = errors.New("tokenstore: the sealed store's pages are not in the order of provider and subject, by bytes")

// resealRow counts row once, or not at all if it is gone or an error ends the
// run.
func (s *Sealed) resealRow(ctx context.Context, inner Rewriter, row Row, takePlaintext bool, report *ResealReport) error {
	count := func(n *int) { *n++; report.Total++ }
	for range resealTries {
		// Rows that need nothing ask the store nothing.
		if err := ctx.Err(); err != nil {
			return err
		}
		if row.Err != nil {
			count(&report.Unreadable)
			return nil
		}
		o := s.open(ctx, row.Account)
		done := &report.Resealed
		switch o.state {
		case failed:
			return o.err
		case empty:
			count(&report.Empty)
			return nil
		case current:
			count(&report.Current)
			return nil
		case unreadable:
			count(&report.Unreadable)
			return nil
		case plaintext:
			if !takePlaintext {
				count(&report.Plaintext)
				return nil
			}
			o.token, done = o.stored, &report.Sealed
		case outdated:
		}
		replaced, err := s.renew(ctx, inner, o)
		if err != nil {
			return err
		}
		if replaced {
			count(done)
			return nil
		}
		// Somebody has written it meanwhile; perhaps a process that does not have
		// the new key yet.
		a, found, err := s.inner.Find(ctx, row.Identity)
		switch {
		case err == nil && !found:
			return nil
		case errors.Is(err, ErrUnreadable):
			row.Err = err
		case err != nil:
			return err
		case a.Identity != row.Identity:
			return errOtherIdentity
		default:
			row.Account = a
		}
	}
	count(&report.Changed)
	return nil
}

// renew puts o.token, sealed with the newest key, in place of o.stored.
func (s *Sealed) renew(ctx context.Context, inner Rewriter, o opened) (bool, error) {
	sealed, err := s.seal(ctx, o.id, o.token)
	if err != nil {
		return false, err
	}
	return inner.Replace(ctx, o.id, o.stored, sealed)
}

// freshen seals anew what an older key has sealed. The read that it comes with
// has its answer already, and does not fail with it.
func (s *Sealed) freshen(ctx context.Context, tokens ...opened) {
	inner, ok := s.inner.(Rewriter)
	if !ok || !s.refresh {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, freshenTime)
	defer cancel()
	for _, o := range tokens {
		if o.state != outdated {
			continue
		}
		if _, err := s.renew(ctx, inner, o); err != nil {
			return
		}
	}
}
