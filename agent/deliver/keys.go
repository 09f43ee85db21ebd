package deliver

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	keyMost   = time.Minute      // that the records of a key wait between two tries
	keyForget = 10 * time.Minute // after the end of its wait a key that nobody asks for is forgotten
)

// keys are what a destination is held by: topics or indexes that it does not take at present, while it
// takes others. Its methods may be called from any goroutine.
type keys struct {
	some atomic.Bool // there are any
	mu   sync.Mutex
	held map[string]*heldKey
	news chan struct{} // closed and replaced when one of them is taken again
}

type heldKey struct {
	until    time.Time // not tried before
	failures int       // in a row
}

// failed notes that records of a key were not taken. trial says that they were sent to find out whether
// it is taken again; others say nothing new about a key that is held. random is in [0, 1).
func (k *keys) failed(key string, trial bool, asked time.Duration, random float64) {
	now := time.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	h := k.held[key]
	switch {
	case h == nil:
		if k.held == nil {
			k.held = map[string]*heldKey{}
		}
		for name, old := range k.held {
			if now.Sub(old.until) > keyForget {
				delete(k.held, name)
			}
		}
		h = &heldKey{}
		k.held[key] = h
		k.some.Store(true)
	case !trial || now.Before(h.until):
		return
	}
	h.failures++
	wait := min(backoffFirst<<min(h.failures-1, 10), keyMost)
	h.until = now.Add(max(asked, time.Duration(float64(wait)*(0.8+0.4*random))))
}

// works notes that the destination is not held by the key any more.
func (k *keys) works(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held[key] == nil {
		return
	}
	delete(k.held, key)
	k.some.Store(len(k.held) > 0)
	if k.news != nil {
		close(k.news)
		k.news = nil
	}
}

// waits says whether the destination is held by the key.
func (k *keys) waits(key string) bool {
	if !k.some.Load() {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held[key] != nil
}

// until returns when the key is to be tried again, and how often it failed; zero: it is not held.
func (k *keys) until(key string) (t time.Time, failures int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if h := k.held[key]; h != nil {
		return h.until, h.failures
	}
	return time.Time{}, 0
}

// changed is closed when the next key is taken again.
func (k *keys) changed() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.news == nil {
		k.news = make(chan struct{})
	}
	return k.news
}
