package inbox

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"
)

// LeastIdle is how long a connection must have been idle to be closed for a new one. Who sends
// again and again is never idle for so long, and keeps its place.
const LeastIdle = 250 * time.Millisecond

// House is the connections there are. When it is full, an idle one is closed for a new one: of
// the address that has most of them, the one that was idle for longest. When none is, the
// new one is turned away.
type House struct {
	most   int
	closed atomic.Int64 // idle connections closed for new ones
	turned atomic.Int64 // connections turned away

	mu     sync.Mutex
	guests int
	idle   map[string]*list.List // of *Guest by address, longest idle first
}

// NewHouse returns one for so many connections.
func NewHouse(most int) *House { return &House{most: most, idle: map[string]*list.List{}} }

// Guest is one connection of the house. Its methods may be called in any order, by anyone.
type Guest struct {
	house   *House
	address string
	leave   func()

	// Guarded by the house's lock.
	place *list.Element // among the idle ones; nil: it is not idle
	since time.Time
	gone  bool
}

// Admit takes a connection from an address in, idle at first, or turns it away and returns nil. leave is
// called, without a lock, should it have to go for another one; whoever serves it sees that then, and calls Gone.
func (h *House) Admit(address string, leave func(), now time.Time) *Guest {
	guest := &Guest{house: h, address: address, leave: leave}
	h.mu.Lock()
	var leaving *Guest
	if h.guests >= h.most {
		if leaving = h.longestIdle(now); leaving == nil {
			h.mu.Unlock()
			h.turned.Add(1)
			return nil
		}
		h.forget(leaving)
		h.closed.Add(1)
	}
	h.guests++
	h.setIdle(guest, now)
	h.mu.Unlock()
	if leaving != nil {
		leaving.leave()
	}
	return guest
}

// longestIdle returns the connection to close for a new one; nil: there is none. The
// caller holds mu.
func (h *House) longestIdle(now time.Time) (found *Guest) {
	most := 0
	for _, l := range h.idle {
		if c := l.Front().Value.(*Guest); l.Len() > most && now.Sub(c.since) >= LeastIdle {
			found, most = c, l.Len()
		}
	}
	return found
}

// setIdle and setBusy are called with mu held.
func (h *House) setIdle(c *Guest, now time.Time) {
	if c.place != nil || c.gone {
		return
	}
	l := h.idle[c.address]
	if l == nil {
		l = list.New()
		h.idle[c.address] = l
	}
	c.place, c.since = l.PushBack(c), now
}

func (h *House) setBusy(c *Guest) {
	if c.place == nil {
		return
	}
	l := h.idle[c.address]
	l.Remove(c.place)
	c.place = nil
	if l.Len() == 0 {
		delete(h.idle, c.address)
	}
}

// forget takes c out of the house. The caller holds mu.
func (h *House) forget(c *Guest) {
	if c.gone {
		return
	}
	h.setBusy(c)
	c.gone = true
	h.guests--
}

// Busy says that it has something to do: it is not closed for others.
func (c *Guest) Busy() {
	c.house.mu.Lock()
	defer c.house.mu.Unlock()
	c.house.setBusy(c)
}

// Idle says that it has nothing to do from now on.
func (c *Guest) Idle(now time.Time) {
	c.house.mu.Lock()
	defer c.house.mu.Unlock()
	c.house.setIdle(c, now)
}

// Gone says that it is closed.
func (c *Guest) Gone() {
	c.house.mu.Lock()
	defer c.house.mu.Unlock()
	c.house.forget(c)
}

// Count returns how many connections there are.
func (h *House) Count() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return int64(h.guests)
}

// Idle returns how many connections have nothing to do.
func (h *House) Idle() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.idle {
		n += l.Len()
	}
	return n
}

// Closed returns how many idle connections were closed for new ones.
func (h *House) Closed() int64 { return h.closed.Load() }

// Turned returns how many connections were turned away.
func (h *House) Turned() int64 { return h.turned.Load() }
