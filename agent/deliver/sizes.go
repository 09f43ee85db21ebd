package deliver

import (
	"sync/atomic"
	"time"
)

const (
	// Smaller bodies than this teach nothing: an endpoint that calls them too
	// large means something else, and cutting all batches to crumbs would not help.
	learnFrom = 64 << 10
	// So long a learnt size is believed; then a large body is tried again.
	believeFor = 10 * time.Minute
)

// sizes remembers what was too large, so that not every batch is sent in vain
// before it is halved. Its methods may be called from any goroutine.
type sizes struct {
	smallest atomic.Int64              // bytes; 0: nothing learnt
	until    atomic.Pointer[time.Time] // with its monotonic reading: no setting of the clock makes it longer
}

// learn notes that a body of n bytes was too large.
func (s *sizes) learn(n int) {
	if n < learnFrom {
		return
	}
	if old := s.smallest.Load(); old == 0 || int64(n) < old || !s.believed() {
		until := time.Now().Add(believeFor)
		s.until.Store(&until)
		s.smallest.Store(int64(n))
	}
}

// tooLarge says whether a body of n bytes need not be tried.
func (s *sizes) tooLarge(n int) bool {
	smallest := s.smallest.Load()
	return smallest != 0 && int64(n) >= smallest && s.believed()
}

func (s *sizes) believed() bool {
	until := s.until.Load()
	return until != nil && time.Now().Before(*until)
}
