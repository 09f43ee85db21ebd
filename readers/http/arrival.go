package httpread

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// grace is how long a body may stand still, and how long it has before its rate counts.
	grace = 5 * time.Second
	// When others are refused for want of memory, a body must not stand still for longer than
	// stillUnderPressure, and come with leastUnderPressure bytes a second after the first one.
	stillUnderPressure = 500 * time.Millisecond
	leastUnderPressure = 16 << 10
)

// arrival is a body that is being read: it must keep coming.
type arrival struct {
	src     io.Reader
	rate    int64 // bytes a second, at least
	begun   time.Time
	end     time.Time
	control interface{ SetReadDeadline(time.Time) error }

	mu      sync.Mutex // orders deadlines
	last    time.Time  // when bytes came
	got     atomic.Int64
	expired bool
}

// Read sets the deadline by which something must have come.
func (a *arrival) Read(p []byte) (int, error) {
	if err := a.allow(time.Now()); err != nil {
		return 0, err
	}
	n, err := a.src.Read(p)
	a.got.Add(int64(n))
	a.mu.Lock()
	a.last = time.Now()
	a.mu.Unlock()
	return n, err
}

func (a *arrival) allow(now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.expired {
		return refuse(http.StatusRequestTimeout, "the body came too slowly while others waited")
	}
	if since := now.Sub(a.begun); since > grace && a.got.Load() < int64(since.Seconds()*float64(a.rate)) {
		return refuse(http.StatusRequestTimeout, "the body comes with less than %d bytes a second", a.rate)
	}
	at := now.Add(grace)
	if a.end.Before(at) {
		at = a.end
	}
	return setDeadline(a.control, at)
}

// isSlow reports whether it must give way.
func (a *arrival) isSlow(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	since := now.Sub(a.begun)
	return now.Sub(a.last) > stillUnderPressure ||
		since > time.Second && a.got.Load() < int64(since.Seconds()*leastUnderPressure)
}

// expire ends the read that is going on.
func (a *arrival) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expired = true
	_ = setDeadline(a.control, time.Now()) // a connection that is gone has nothing to end
}

// arrivals is all bodies that are being read.
type arrivals struct {
	mu   sync.Mutex
	all  map[*arrival]struct{}
	next time.Time // when slow ones are looked for again
}

func (s *arrivals) add(a *arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[*arrival]struct{}{}
	}
	s.all[a] = struct{}{}
}

func (s *arrivals) remove(a *arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, a)
}

// press ends the bodies that hold memory and do not come, since somebody was refused for want of it.
func (s *arrivals) press(now time.Time) {
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
