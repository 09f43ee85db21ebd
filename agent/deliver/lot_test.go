package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/sendertest"
)

// settledBatches is a lot, and counts of what became of its batches.
type settledBatches struct {
	*Lot
	all       sync.WaitGroup
	mu        sync.Mutex
	delivered int
	gaveUp    int
}

func newTestLot(room int) *settledBatches {
	s := &settledBatches{}
	s.Lot = NewLot(LotOptions{
		Room:  func() int { return room },
		Waits: func(b *record.Batch) { b.Detach() },
		Settled: func(b *record.Batch, o Outcome, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.delivered += o.Delivered
			if err != nil {
				s.gaveUp++
			}
		},
		Go: func(f func() error) { s.all.Go(func() { _ = f() }) },
	})
	return s
}

// topics is a destination that does not know one of them at first.
func topics(known *atomic.Bool) *sendertest.Destination {
	return &sendertest.Destination{LeavesOut: true, Judge: func(text string) senders.Item {
		if strings.Contains(text, "unknown") && !known.Load() {
			return senders.Item{Class: senders.Held, Key: "unknown", Reason: "UNKNOWN_TOPIC_OR_PARTITION"}
		}
		return senders.Item{}
	}}
}

// mixed returns a batch of ten lines, one of them for the unknown topic.
func mixed(n int) *record.Batch {
	var lines []string
	for i := range 9 {
		lines = append(lines, fmt.Sprintf("line %d-%d", n, i))
	}
	return newBatch(append(lines, fmt.Sprintf("line %d for the unknown topic", n))...)
}

func TestOneUnknownTopicDoesNotStopTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var known atomic.Bool
		dest := topics(&known)
		p, q, lot := poolOf(2, dest), newQuarantine(t), newTestLot(1<<20)
		d := newDeliverer(p, q)
		d.WaitIn(lot.Lot)
		began := time.Now()
		for n := range 500 {
			if _, err := d.Deliver(t.Context(), mixed(n)); !errors.Is(err, ErrWaits) {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > time.Second || len(dest.Took()) != 4500 {
			t.Errorf("%d of 4500 were delivered in %v", len(dest.Took()), took)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := dest.Attempts(); n > 500+70 {
			t.Errorf("%d requests in an hour", n)
		}
		if why, _ := q.Problem(); why != "" || !strings.Contains(q.Waiting(), `records for "unknown" wait`) || lot.Held() == 0 {
			t.Errorf("held by %q, waiting for %q, %d bytes wait", why, q.Waiting(), lot.Held())
		}
		known.Store(true)
		before := dest.Attempts()
		lot.all.Wait()
		if lot.delivered != 5000 || len(dest.Took()) != 5000 || dest.Attempts()-before > 2 || lot.Held() != 0 {
			t.Errorf("%d settled, %d taken, %d requests, %d bytes wait", lot.delivered, len(dest.Took()), dest.Attempts()-before, lot.Held())
		}
		if why := q.Waiting(); why != "" {
			t.Errorf("still shown: %q", why)
		}
		if o, err := d.Deliver(t.Context(), mixed(1)); err != nil || o.Delivered != 10 {
			t.Errorf("%+v, %v", o, err)
		}
	})
}

func TestWhatWaitsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var known atomic.Bool
		dest := topics(&known)
		p, lot, q := poolOf(2, dest), newTestLot(64<<10), newQuarantine(t)
		d := newDeliverer(p, q)
		d.WaitIn(lot.Lot)
		var n atomic.Int64
		var worker sync.WaitGroup
		worker.Go(func() {
			for ; n.Load() < 200; n.Add(1) {
				if o, err := d.Deliver(t.Context(), mixed(int(n.Load()))); err == nil {
					lot.Settled(nil, o, nil)
				}
			}
		})
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := n.Load(); n == 0 || n == 200 || lot.Held() > 64<<10 {
			t.Errorf("%d batches went on, %d bytes wait", n, lot.Held())
		}
		if why, _ := q.Problem(); !strings.Contains(why, `records for "unknown" wait`) {
			t.Errorf("nothing goes on any more, and it is held by %q", why)
		}
		known.Store(true)
		worker.Wait()
		lot.all.Wait()
		if lot.delivered != 2000 || lot.Held() != 0 {
			t.Errorf("%d settled, %d bytes wait", lot.delivered, lot.Held())
		}
	})
}

// A topic may be unknown for days; a stop asks once more, and does not wait for it, nor for what found no room in the lot.
func TestAStopAsksOnceMoreAndDoesNotWait(t *testing.T) {
	for _, appears := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var known atomic.Bool
			dest := topics(&known)
			p, lot := poolOf(2, dest), newTestLot(64<<10)
			d := newDeliverer(p, newQuarantine(t))
			d.WaitIn(lot.Lot)
			var waits, gaveUp int
			var worker sync.WaitGroup
			worker.Go(func() {
				for n := range 200 {
					switch _, err := d.Deliver(t.Context(), mixed(n)); {
					case errors.Is(err, ErrWaits):
						waits++
					case err != nil:
						gaveUp++
					}
				}
			})
			time.Sleep(time.Hour)
			synctest.Wait()
			known.Store(appears)
			began := time.Now()
			lot.Stop()
			worker.Wait()
			lot.Drain()
			lot.all.Wait()
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the stop took %v", took)
			}
			if waits == 0 || lot.Held() != 0 {
				t.Errorf("%d batches waited, %d bytes wait still", waits, lot.Held())
			}
			if appears && (lot.delivered != 10*waits || lot.gaveUp != 0) || !appears && (lot.gaveUp != waits || gaveUp+waits != 200) {
				t.Errorf("of %d that waited %d records are delivered and %d given up; %d found no room", waits, lot.delivered, lot.gaveUp, gaveUp)
			}
		})
	}
}

func TestStoppingGivesUpWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var known atomic.Bool
		p, lot := poolOf(2, topics(&known)), newTestLot(1<<20)
		q := newQuarantine(t)
		d := newDeliverer(p, q)
		d.WaitIn(lot.Lot)
		ctx, cancel := context.WithCancel(t.Context())
		for n := range 20 {
			if _, err := d.Deliver(ctx, mixed(n)); !errors.Is(err, ErrWaits) {
				t.Fatal(err)
			}
			if n%5 == 0 {
				time.Sleep(time.Minute)
			}
		}
		cancel()
		lot.all.Wait()
		if why := q.Waiting(); lot.gaveUp != 20 || lot.delivered != 0 || lot.Held() != 0 || why != "" {
			t.Errorf("%d given up, %d delivered, %d bytes wait, %q", lot.gaveUp, lot.delivered, lot.Held(), why)
		}
	})
}

// What is refused in the end, after it waited, is in quarantine with its own place in its own batch.
func TestWhatWaitedCanStillBeRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var known atomic.Bool
		dest := topics(&known)
		judge := dest.Judge
		dest.Judge = func(text string) senders.Item {
			if known.Load() && strings.Contains(text, "line 3 for") {
				return bad
			}
			return judge(text)
		}
		p, q := poolOf(2, dest), newQuarantine(t)
		var quarantined []int64
		lot := newTestLot(1 << 20)
		lot.Settled = func(b *record.Batch, o Outcome, err error) {
			quarantined = append(quarantined, o.Segments[0].Quarantined)
		}
		d := newDeliverer(p, q)
		d.WaitIn(lot.Lot)
		for n := range 5 {
			if _, err := d.Deliver(t.Context(), mixed(n)); !errors.Is(err, ErrWaits) {
				t.Fatal(err)
			}
		}
		known.Store(true)
		lot.all.Wait()
		want := mixed(3).Records[9]
		if got := entries(t, q); len(got) != 1 || got[0].Text != "line 3 for the unknown topic" || got[0].Offset != want.Offset || got[0].Path != "/var/log/a.log" {
			t.Errorf("%+v", got)
		}
		var sum int64
		for _, n := range quarantined {
			sum += n
		}
		if len(quarantined) != 5 || sum != int64(want.Size) {
			t.Errorf("quarantined bytes %v", quarantined)
		}
		checkTwiceRefused(t, q, dest)
	})
}

// A try that finds the destination held still is no news: one line says that records wait, and one that they do not any more.
func TestATryInVainIsNoRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var known atomic.Bool
		var said bytes.Buffer
		dest := topics(&known)
		q, err := OpenQuarantine(t.TempDir(), "src/dst", slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil {
			t.Fatal(err)
		}
		lot := newTestLot(1 << 20)
		d := newDeliverer(poolOf(2, dest), q)
		d.WaitIn(lot.Lot)
		if _, err := d.Deliver(t.Context(), mixed(0)); !errors.Is(err, ErrWaits) {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if text := said.String(); strings.Count(text, "held: ") != 1 || strings.Contains(text, "recovered") || dest.Attempts() < 10 {
			t.Errorf("after %d requests it said\n%s", dest.Attempts(), text)
		}
		known.Store(true)
		lot.all.Wait()
		if text := said.String(); strings.Count(text, "held: ") != 1 || strings.Count(text, "recovered: no records wait any more") != 1 {
			t.Errorf("in the end it said\n%s", text)
		}
	})
}
