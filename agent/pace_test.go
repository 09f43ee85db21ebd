package agent

import (
	"testing"
	"testing/synctest"
	"time"

	"logskiff/record"
)

// steadily adds so many lines each interval, and returns how many batches left in a
// second and the longest that one waited for more.
func steadily(t *testing.T, lines int, interval, wait time.Duration) (batches int, longest time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		r := newScripted()
		r.lines = make(chan string, 1<<17)
		p := fillPipeline(r)
		p.pool.Resize(2, record.Limits{Bytes: 1 << 30, Lines: 1 << 20, Segments: 10})
		p.pace.most = wait
		came := make([]string, lines)
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-time.After(interval):
					r.add(came...)
				case <-stop:
					return
				}
			}
		}()
		var left time.Duration
		for began := time.Now(); time.Since(began) < 11*time.Second; {
			wait, cancel := filling(t, p)
			n, after := wait()
			cancel()
			if n == 0 {
				t.Fatal("an empty batch")
			}
			if left += after; left > 10*time.Second { // it has settled
				batches++
				longest = max(longest, after)
			}
		}
		close(stop)
		time.Sleep(interval)
	})
	return batches, longest
}

func TestBatchesOfABusySourceAreSpaced(t *testing.T) {
	for _, c := range []struct {
		name           string
		lines          int
		interval, wait time.Duration
		least, most    int // batches a second
	}{
		{"20 lines a second go one by one", 1, 50 * time.Millisecond, time.Second, 19, 21},
		{"and so do small bursts", 5, 30 * time.Millisecond, time.Second, 32, 35},
		{"400 lines a second are not busy", 2, 5 * time.Millisecond, time.Second, 60, 101},
		{"10,000 lines a second", 20, 2 * time.Millisecond, time.Second, 6, 8},
		{"100,000 lines a second", 200, 2 * time.Millisecond, time.Second, 6, 8},
		{"batch.wait is the most", 20, 2 * time.Millisecond, 50 * time.Millisecond, 18, 21},
		{"and none turns it off", 20, 2 * time.Millisecond, 0, 400, 501},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, longest := steadily(t, c.lines, c.interval, c.wait)
			if n < c.least || n > c.most || longest > max(paceMost, c.interval)+c.interval {
				t.Errorf("%d batches, want %d to %d; the longest waited %v", n, c.least, c.most, longest)
			}
		})
	}
}

func TestALoneLineDoesNotWaitHoweverBusyItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{most: time.Second}
		for range 100 {
			p.found(5000, false)
			p.looked(time.Now())
			time.Sleep(p.left(time.Now()))
		}
		if p.wait != paceMost {
			t.Fatalf("busy, and %v between batches", p.wait)
		}
		time.Sleep(paceMost)
		if left := p.left(time.Now()); left > 0 {
			t.Errorf("a line after a pause waits %v", left)
		}
		// What was there before says nothing of how fast lines come.
		idle := pace{most: time.Second}
		for range 100 {
			idle.found(10_000, true)
		}
		idle.looked(time.Now())
		if left := idle.left(time.Now()); left > paceLeast {
			t.Errorf("the end of a backlog waits %v", left)
		}
	})
}

func TestABatchBehindAnotherIsNotOlderThanItsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScripted()
		p := fillPipeline(r)
		p.pace = pace{most: time.Second, wait: paceMost, last: time.Now()}
		p.flight.add() // a receiver that is slow
		r.add("a")
		wait, cancel := filling(t, p)
		defer cancel()
		if lines, after := wait(); lines != 1 || after != 200*time.Millisecond {
			t.Errorf("%d lines after %v, batch.wait is 200ms", lines, after)
		}
	})
}

func TestAllThatOneLookFindsGoesAtOnceAndWhatComesBehindWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newScripted()
		p := fillPipeline(r)
		p.pace = pace{most: time.Second, wait: paceMost, last: time.Now().Add(-paceMost)}
		r.add("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l")
		check := func(wantLines int, wantAfter time.Duration) {
			t.Helper()
			wait, cancel := filling(t, p)
			defer cancel()
			if lines, after := wait(); lines != wantLines || after != wantAfter {
				t.Errorf("%d lines after %v, want %d after %v", lines, after, wantLines, wantAfter)
			}
		}
		check(5, 0)
		check(5, 0)
		check(2, 0)
		r.add("m")
		check(1, paceMost)
	})
}
