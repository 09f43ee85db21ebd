package inbox

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// grace is how long what is sent may stand still, and how long it has before its rate counts.
	grace = 5 * time.Second
	// When others are refused for want of memory, nothing must stand still for longer than
	// stillUnderPressure, and all must come with leastUnderPressure bytes a second after the first one.
	stillUnderPressure = 500 * time.Millisecond
	leastUnderPressure = 16 << 10
)

// ErrSlow: what is sent comes too slowly.
var ErrSlow = errors.New("it came too slowly")

// Pace is what is to keep coming.
type Pace struct {
	Rate     int64                    // bytes a second, at least
	Begun    time.Time                // when it began
	End      time.Time                // when it must be over
	Deadline func(at time.Time) error // ends a read from Source that goes on until then
	Source   io.Reader
}

// Arrival is something that is being read: it must keep coming.
type Arrival struct {
	pace Pace

	mu      sync.Mutex // orders deadlines
	last    time.Time  // when bytes came
	got     atomic.Int64
	expired bool
}

// Read sets the deadline by which something must have come. It fails with ErrSlow, or as the source does.
func (a *Arrival) Read(p []byte) (int, error) {
	if err := a.allow(time.Now()); err != nil {
		return 0, err
	}
	n, err := a.pace.Source.Read(p)
	a.got.Add(int64(n))
	a.mu.Lock()
	a.last = time.Now()
	a.mu.Unlock()
	return n, err
}

func (a *Arrival) allow(now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.expired {
		return fmt.Errorf("%w while others waited", ErrSlow)
	}
	if since := now.Sub(a.pace.Begun); since > grace && a.got.Load() < int64(since.Seconds()*float64(a.pace.Rate)) {
		return fmt.Errorf("%w, with less than %d bytes a second", ErrSlow, a.pace.Rate)
	}
	at := now.Add(grace)
	if a.pace.End.Before(at) {
		at = a.pace.End
	}
	return a.pace.Deadline(at)
}

// isSlow reports whether it must give way.
func (a *Arrival) isSlow(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := now.Sub(a.pace.Begun)
	return now.Sub(a.last) > stillUnderPressure ||
		since > time.Second && a.got.Load() < int64(since.Seconds()*leastUnderPressure)
}

// expire ends the read that is going on.
func (a *Arrival) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expired = true
	_ = a.pace.Deadline(time.Now()) // a connection that is gone has nothing to end
}

// Arrivals is all that is being read. The zero value is ready to use.
type Arrivals struct {
	mu   sync.Mutex
	all  map[*Arrival]struct{}
	next time.Time // when slow ones are looked for again
}

// Add has something read at a pace; Remove is to be called when it is over.
func (s *Arrivals) Add(p Pace) *Arrival {
	a := &Arrival{pace: p, last: p.Begun}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[*Arrival]struct{}{}
	}
	s.all[a] = struct{}{}
	return a
}

// Remove forgets a.
func (s *Arrivals) Remove(a *Arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, a)
}

// Len returns how many there are.
func (s *Arrivals) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// Press ends those that hold memory and do not come, since somebody was refused for want of it.
func (s *Arrivals) Press(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.next) {
		return
	}
	s.next = now.Add(100 * time.Millisecond)
	for a := range s.all {
		if a.isSlow(now) {
			a.expire()
		}
	}
}
