package agent

import (
	"net"
	"net/http"
	"sync"
)

// house is a listener with room for so many connections. When it is full, a new one takes the place of the one that has
// been without a request for longest; while all have one under way, it is closed at once. So who opens connections and says
// nothing, or half of something, keeps nobody out.
type house struct {
	net.Listener
	most int

	mu      sync.Mutex
	clock   int // counts changes of state
	waiting map[net.Conn]int
	busy    map[net.Conn]bool
}

func newHouse(l net.Listener, most int) *house {
	return &house{Listener: l, most: most, waiting: map[net.Conn]int{}, busy: map[net.Conn]bool{}}
}

// Accept implements net.Listener.
func (h *house) Accept() (net.Conn, error) {
	for {
		c, err := h.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if h.admit(c) {
			return c, nil
		}
		c.Close() //nolint:errcheck // there is no room for it
	}
}

// admit makes room for c, if it can.
func (h *house) admit(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.waiting)+len(h.busy) >= h.most {
		var longest net.Conn
		for one, since := range h.waiting {
			if longest == nil || since < h.waiting[longest] {
				longest = one
			}
		}
		if longest == nil {
			return false
		}
		delete(h.waiting, longest)
		longest.Close() //nolint:errcheck // it is given up
	}
	h.wait(c)
	return true
}

func (h *house) wait(c net.Conn) {
	h.clock++
	h.waiting[c] = h.clock
}

// state is told by net/http, which says StateActive when it has read a whole header: who sends a part of one
// still waits.
func (h *house) state(c net.Conn, s http.ConnState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch s {
	case http.StateActive:
		if _, there := h.waiting[c]; there {
			delete(h.waiting, c)
			h.busy[c] = true
		}
	case http.StateIdle:
		if h.busy[c] {
			delete(h.busy, c)
			h.wait(c)
		}
	case http.StateClosed, http.StateHijacked:
		delete(h.waiting, c)
		delete(h.busy, c)
	}
}
