package agent

import "sync/atomic"

// flight counts the batches between reading and acknowledgement.
type flight struct {
	n      atomic.Int64
	landed chan struct{} // gets a token each time the last one comes back
}

func newFlight() flight { return flight{landed: make(chan struct{}, 1)} }

func (f *flight) add()       { f.n.Add(1) }
func (f *flight) idle() bool { return f.n.Load() == 0 }

func (f *flight) done() {
	if f.n.Add(-1) > 0 {
		return
	}
	select {
	case f.landed <- struct{}{}:
	default: // the token that is there says the same
	}
}
