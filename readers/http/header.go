package http

import (
	"sync"

	"logskiff/readers/inbox"
)

// freeHeader is what every connection's own cost holds of a header, in bytes; maxHeader the longest header.
const (
	freeHeader = 16 << 10
	maxHeader  = 64 << 10
)

// header counts what comes on a connection before its request is served: a long header is
// taken from the budget. What comes then belongs to the body, which is counted where it is read.
type header struct {
	mu    sync.Mutex
	lease inbox.Lease
	got   int
	body  bool
}

func (h *header) count(n int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.body {
		return nil
	}
	if h.got += n; h.got <= freeHeader || h.lease.Held() > 0 {
		return nil
	}
	return h.lease.Take(maxHeader)
}

// served says that the header was read, and is small or paid for.
func (h *header) served() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.body = true
}

// reset says that the next header comes, or none.
func (h *header) reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lease.End()
	h.got, h.body = 0, false
}
