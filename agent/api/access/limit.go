package access

import (
	"sync"
	"time"
)

const (
	failuresMost = 5
	failuresIn   = time.Minute
)

// Limit counts log-ins that failed, of everybody together: on loopback all share one address. Who has a
// good code is not counted, and never waits. Methods may be called from any goroutine.
type Limit struct {
	mu   sync.Mutex
	last []time.Time // of failures, oldest first, at most failuresMost
}

// Failed notes a failure. It returns 0, or how long nobody should try again when there were too many.
func (l *Limit) Failed(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.last) > 0 && now.Sub(l.last[0]) >= failuresIn {
		l.last = l.last[1:]
	}
	if len(l.last) < failuresMost {
		l.last = append(l.last, now)
		return 0
	}
	return failuresIn - now.Sub(l.last[0])
}
