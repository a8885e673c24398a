package seal

import (
	"bytes"
	"container/list"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"
)

// dataKey is a data key in use, with the form of it that is stored.
type dataKey struct {
	aead    cipher.AEAD
	wrapped []byte
	until   time.Time // when it is forgotten
}

// dataKeys are the data keys of one Box: the one that seals now, and those
// that were unwrapped, the last used first.
type dataKeys struct {
	cfg     EnvelopeConfig
	purpose string

	mu      sync.Mutex
	sealing *dataKey // or nil
	uses    int      // of sealing
	opened  map[string]*list.Element
	recent  *list.List // of *dataKey
	calls   map[string]*call
}

func newDataKeys(cfg EnvelopeConfig, purpose string) *dataKeys {
	return &dataKeys{
		cfg: cfg, purpose: purpose,
		opened: make(map[string]*list.Element), recent: list.New(), calls: make(map[string]*call),
	}
}

// forSealing counts a use of the key it returns.
func (d *dataKeys) forSealing(ctx context.Context) (*dataKey, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.mu.Lock()
		if d.sealing != nil && d.uses < d.cfg.DataKeyUses && time.Now().Before(d.sealing.until) {
			d.uses++
			k := d.sealing
			d.mu.Unlock()
			return k, nil
		}
		// No wrapped key is empty, so this name is free.
		c := d.call(ctx, "", d.wrap)
		d.mu.Unlock()
		if _, err := c.wait(ctx); err != nil {
			return nil, err
		}
		// Again: so many may have waited that the new key is used up.
	}
}

// forOpening returns the key that wrapped stands for.
func (d *dataKeys) forOpening(ctx context.Context, wrapped []byte) (*dataKey, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	if e, cached := d.opened[string(wrapped)]; cached {
		k := e.Value.(*dataKey)
		if time.Now().Before(k.until) {
			d.recent.MoveToFront(e)
			d.mu.Unlock()
			return k, nil
		}
		d.forget(e)
	}
	wrapped = bytes.Clone(wrapped)
	c := d.call(ctx, string(wrapped), func(ctx context.Context) (*dataKey, error) { return d.unwrap(ctx, wrapped) })
	d.mu.Unlock()
	return c.wait(ctx)
}

func (d *dataKeys) wrap(ctx context.Context) (*dataKey, error) {
	key := make([]byte, KeySize)
	rand.Read(key) // never fails, see its documentation
	wrapped, err := d.cfg.KeyWrapper.WrapKey(ctx, bytes.Clone(key))
	switch {
	case err != nil:
		return nil, unavailable(err)
	case len(wrapped) == 0 || len(wrapped) > maxWrapped:
		return nil, unavailable(fmt.Errorf("the KeyWrapper returned a wrapped key of %d bytes", len(wrapped)))
	case bytes.Contains(wrapped, key):
		// It would lie in the clear beside every value.
		return nil, unavailable(errors.New("the KeyWrapper returned the key unencrypted"))
	}
	k, err := newDataKey(key, bytes.Clone(wrapped), d.purpose)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remember(k)
	d.sealing, d.uses = k, 0
	return k, nil
}

func (d *dataKeys) unwrap(ctx context.Context, wrapped []byte) (*dataKey, error) {
	key, err := d.cfg.KeyWrapper.UnwrapKey(ctx, bytes.Clone(wrapped))
	switch {
	case errors.Is(err, ErrOpen):
		return nil, err
	case err != nil:
		return nil, unavailable(err)
	case len(key) != KeySize:
		return nil, unavailable(fmt.Errorf("the KeyWrapper returned a data key of %d bytes, not %d", len(key), KeySize))
	}
	k, err := newDataKey(key, wrapped, d.purpose)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remember(k)
	return k, nil
}

// unavailable does not let an error of wrapping pass for a lost key.
func unavailable(err error) error { return fmt.Errorf("%w: %w", ErrUnavailable, err) }

// remember keeps k, and forgets the keys longest unused. mu is held.
func (d *dataKeys) remember(k *dataKey) {
	k.until = time.Now().Add(d.cfg.DataKeyAge)
	if e, cached := d.opened[string(k.wrapped)]; cached {
		d.forget(e)
	}
	d.opened[string(k.wrapped)] = d.recent.PushFront(k)
	for d.recent.Len() > d.cfg.CachedKeys {
		d.forget(d.recent.Back())
	}
}

func (d *dataKeys) forget(e *list.Element) {
	k := d.recent.Remove(e).(*dataKey)
	delete(d.opened, string(k.wrapped))
}
