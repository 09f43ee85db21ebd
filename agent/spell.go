package agent

import (
	"sync/atomic"
	"time"
)

// spellGap is how long a spell may be silent without being over.
const spellGap = 10 * time.Minute

// spell says since when something happens again and again. Times are those of batches, nanoseconds since 1970, and
// of several goroutines that note one at once any may win: it is for people.
type spell struct{ first, last atomic.Int64 }

func (s *spell) note(at int64) {
	if last := s.last.Load(); last == 0 || at-last >= int64(spellGap) {
		s.first.Store(at)
	}
	s.last.Store(at)
}

// now returns when the spell began that lasts at a time, zero when none does, and when it happened last.
func (s *spell) now(at time.Time) (since, last time.Time) {
	n := s.last.Load()
	if n == 0 {
		return time.Time{}, time.Time{}
	}
	last = time.Unix(0, n)
	if at.Sub(last) < spellGap {
		since = time.Unix(0, s.first.Load())
	}
	return since, last
}
