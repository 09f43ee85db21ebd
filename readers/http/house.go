package httpread

import (
	"container/list"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// leastIdle is how long a connection must have been idle to be closed for a new one. Who posts
// again and again is never idle for so long, and keeps its place.
const leastIdle = 250 * time.Millisecond

// house is the connections there are. When it is full, an idle one is closed for a new one: of
// the address that has most of them, the one that was idle for longest. When none is, the
// new one is turned away.
type house struct {
	max    int
	tls    bool
	budget *budget
	closed atomic.Int64 // idle connections closed for new ones
	turned atomic.Int64 // connections turned away

	mu     sync.Mutex
	guests int
	idle   map[string]*list.List // of *conn by address, longest idle first
	lane   lane
}

func newHouse(most int, tls bool, b *budget) *house {
	return &house{max: most, tls: tls, budget: b, idle: map[string]*list.List{}}
}

// conn is one connection of the house.
type conn struct {
	net.Conn
	house   *house
	address string

	// Guarded by the house's lock.
	place *list.Element // among the idle ones; nil: it is not idle
	since time.Time
	gone  bool

	head header
}

// listen returns l with the house behind it.
func (h *house) listen(l net.Listener) net.Listener { return &door{l, h} }

type door struct {
	net.Listener
	house *house
}

// Accept returns the next connection that there is room for.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if guest := d.house.admit(c, time.Now()); guest != nil {
			return guest, nil
		}
	}
}

// admit takes c in, or turns it away and returns nil.
func (h *house) admit(c net.Conn, now time.Time) *conn {
	address, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		address = c.RemoteAddr().String()
	}
	guest := &conn{Conn: c, house: h, address: address, head: header{lease: lease{budget: h.budget, client: address + " "}}}
	h.mu.Lock()
	var leaving *conn
	if h.guests >= h.max {
		if leaving = h.longestIdle(now); leaving == nil {
			h.mu.Unlock()
			h.turned.Add(1)
			h.lane.turnAway(c, h.tls)
			return nil
		}
		h.forget(leaving)
		h.closed.Add(1)
	}
	h.guests++
	h.setIdle(guest, now) // it has sent nothing yet
	h.mu.Unlock()
	if leaving != nil {
		leaving.Conn.Close() // whoever serves it sees that, and closes it once more
	}
	return guest
}

// longestIdle returns the connection to close for a new one; nil: there is none. The
// caller holds mu.
func (h *house) longestIdle(now time.Time) (found *conn) {
	most := 0
	for _, l := range h.idle {
		if c := l.Front().Value.(*conn); l.Len() > most && now.Sub(c.since) >= leastIdle {
			found, most = c, l.Len()
		}
	}
	return found
}

// setIdle and setBusy are called with mu held.
func (h *house) setIdle(c *conn, now time.Time) {
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

func (h *house) setBusy(c *conn) {
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
func (h *house) forget(c *conn) {
	if c.gone {
		return
	}
	h.setBusy(c)
	c.gone = true
	h.guests--
}

// guestOf returns the conn that a server's connection is made on; nil: it is another's.
func guestOf(c net.Conn) *conn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	guest, _ := c.(*conn)
	return guest
}

// guestKey finds a request's conn in its context.
type guestKey struct{}

func remember(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, guestOf(c))
}

// note is the server's ConnState.
func (h *house) note(c net.Conn, state http.ConnState) {
	guest := guestOf(c)
	if guest == nil {
		return
	}
	switch state {
	case http.StateActive:
		h.mu.Lock()
		h.setBusy(guest)
		h.mu.Unlock()
	case http.StateIdle:
		guest.head.reset()
		h.mu.Lock()
		h.setIdle(guest, time.Now())
		h.mu.Unlock()
	}
}

// Close ends the connection.
func (c *conn) Close() error {
	c.house.mu.Lock()
	c.house.forget(c)
	c.house.mu.Unlock()
	c.head.reset()
	return c.Conn.Close()
}

// CloseWrite ends what is sent: net/http does so before it closes a connection whose request it did
// not read to its end, so that the answer is not lost.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Read counts what a request's header takes.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == nil && c.head.count(n) != nil {
		if !c.house.tls {
			_, _ = io.WriteString(c.Conn, fullHouse) // who does not read it comes back all the same
		}
		return 0, io.EOF // the server says nothing of its own to that
	}
	return n, err
}

func (h *house) count() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return int64(h.guests)
}

// wait waits until nobody is in the lane.
func (h *house) wait() { h.lane.busy.Wait() }
