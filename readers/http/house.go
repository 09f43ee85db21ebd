package http

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"logskiff/readers/inbox"
)

// house is the connections there are, and what those are told for which there is no room.
type house struct {
	*inbox.House
	tls    bool
	budget *inbox.Budget
	lane   lane
	denied atomic.Pointer[time.Time] // when the system last refused a connection that came; nil: never
}

func newHouse(most int, tls bool, b *inbox.Budget) *house {
	return &house{House: inbox.NewHouse(most), tls: tls, budget: b}
}

// conn is one connection of the house.
type conn struct {
	net.Conn
	house *house
	guest *inbox.Guest
	head  header
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
			if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
				now := time.Now()
				d.house.denied.Store(&now)
			}
			return nil, err
		}
		if guest := d.house.admit(c, time.Now()); guest != nil {
			return guest, nil
		}
	}
}

// scarce says why connections are refused that come now, "" when they are not: while there is no
// descriptor for one, the server tries again each second.
func (h *house) scarce(now time.Time) string {
	if at := h.denied.Load(); at == nil || now.Sub(*at) > 5*time.Second {
		return ""
	}
	return "connections that come cannot be accepted: too many open files; raise LimitNOFILE (ulimit -n), or lower max_connections"
}

// admit takes c in, or turns it away and returns nil.
func (h *house) admit(c net.Conn, now time.Time) *conn {
	address, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		address = c.RemoteAddr().String()
	}
	// Whoever serves a connection that has to leave sees that, and closes it once more.
	guest := h.Admit(address, func() { c.Close() }, now)
	if guest == nil {
		h.lane.turnAway(c, h.tls)
		return nil
	}
	return &conn{Conn: c, house: h, guest: guest, head: header{lease: h.budget.Lease(address + " ")}}
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
		guest.guest.Busy()
	case http.StateIdle:
		guest.head.reset()
		guest.guest.Idle(time.Now())
	}
}

// Close ends the connection.
func (c *conn) Close() error {
	c.guest.Gone()
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

// wait waits until nobody is in the lane.
func (h *house) wait() { h.lane.busy.Wait() }
