package inbox

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

func noDeadline(time.Time) error { return nil }

func TestWhatComesMustComeWithItsLeastRate(t *testing.T) {
	now := time.Now()
	f := func(elapsed time.Duration, got int64, ok, slow bool) {
		t.Helper()
		a := &Arrival{pace: Pace{Rate: 1 << 10, Begun: now.Add(-elapsed), End: now.Add(time.Minute), Deadline: noDeadline}, last: now}
		a.got.Store(got)
		if err := a.allow(now); (err == nil) != ok || a.isSlow(now) != slow {
			t.Errorf("%d bytes in %v: %v, slow %t", got, elapsed, err, a.isSlow(now))
		}
	}
	f(0, 0, true, false)
	f(4*time.Second, 1, true, true)
	f(6*time.Second, 5<<10, false, true)
	f(6*time.Second, 7<<10, true, true)
	f(6*time.Second, 100<<10, true, false)
	a := &Arrival{pace: Pace{Begun: now.Add(-time.Hour), End: now, Deadline: noDeadline}, last: now.Add(-time.Second)}
	a.got.Store(1 << 40)
	if !a.isSlow(now) {
		t.Error("what stands still is not slow")
	}
	a.expire()
	if !errors.Is(a.allow(now), ErrSlow) {
		t.Error("what had to give way goes on")
	}
}

// A deadline is never behind the end, and a read that gives way is ended by one.
func TestOnlyWhatStandsStillGivesWay(t *testing.T) {
	now := time.Now()
	var s Arrivals
	var ends []time.Time
	pace := func(begun time.Time) Pace {
		return Pace{Begun: begun, End: now.Add(2 * time.Second), Source: strings.NewReader("some"), Deadline: func(at time.Time) error {
			ends = append(ends, at)
			return nil
		}}
	}
	still, quick := s.Add(pace(now.Add(-time.Minute))), s.Add(pace(now))
	if n, err := quick.Read(make([]byte, 10)); n != 4 || err != nil || len(ends) != 1 || !ends[0].Equal(now.Add(2*time.Second)) {
		t.Fatal(n, err, ends)
	}
	s.Press(now)
	s.Press(now) // once is enough for a while
	if len(ends) != 2 {
		t.Fatalf("%d deadlines were set, want one for what stands still", len(ends)-1)
	}
	if _, err := still.Read(nil); !errors.Is(err, ErrSlow) {
		t.Fatal(err)
	}
	if _, err := quick.Read(nil); err != io.EOF && err != nil {
		t.Fatal(err)
	}
	if s.Remove(still); s.Len() != 1 {
		t.Fatal(s.Len())
	}
}
