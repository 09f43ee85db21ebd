package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/agent/ack"
	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/sendertest"
)

// fate is what a destination does with one record, whenever it comes.
type fate struct {
	tries int // that it is not taken first
	item  senders.Item
	until time.Time // it is not taken before, whatever was tried
	never bool
}

// fates are those of all records of a run. The destination's lock guards it.
type fates struct {
	mu  sync.Mutex
	all map[string]*fate
}

func (f *fates) judge(text string) senders.Item {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := f.all[text]
	switch {
	case w.never:
		return w.item
	case w.tries > 0:
		w.tries--
		return w.item
	case time.Now().Before(w.until):
		return w.item
	}
	return senders.Item{}
}

// draw gives a record its fate.
func draw(r *rand.Rand, began time.Time) *fate {
	switch r.IntN(12) {
	case 0:
		return &fate{never: true, item: senders.Item{Class: senders.Refused, Status: 400, Reason: "no"}}
	case 1:
		return &fate{never: true, item: senders.Item{Class: senders.TooLarge, Reason: "too large"}}
	case 2:
		return &fate{tries: r.IntN(4), item: senders.Item{Class: senders.Retry, Wait: time.Duration(r.IntN(3)) * time.Second, Reason: "leader"}}
	case 3:
		return &fate{tries: r.IntN(4), item: senders.Item{Class: senders.Throttled, Reason: "429"}}
	case 4: // one of three topics, each of which is made at some time
		n := r.IntN(3)
		return &fate{until: began.Add(time.Duration(n*n) * time.Hour), item: senders.Item{Class: senders.Held, Key: fmt.Sprint("topic-", n), Reason: "unknown"}}
	case 5:
		return &fate{tries: r.IntN(3), item: senders.Item{Class: senders.Held, Reason: "forbidden"}}
	}
	return &fate{}
}

// mood makes a destination fail as a whole now and then.
func mood(r *rand.Rand) func(*senders.Payload) senders.Result {
	return func(p *senders.Payload) senders.Result {
		switch r.IntN(20) {
		case 0:
			return senders.Result{Class: senders.Retry, Reason: "reset"}
		case 1:
			return senders.Result{Class: senders.Throttled, Wait: 2 * time.Second, Reason: "503"}
		case 2:
			return senders.Result{Class: senders.Held, Reason: "401"}
		}
		if p.Last-p.First > 40 {
			return senders.Result{Class: senders.TooLarge, Reason: "413"}
		}
		return senders.Result{}
	}
}

// Whatever a destination answers, for each record or none: each is delivered, or is in quarantine after it
// was refused twice, the second time on a new connection; what is released is the oldest unbroken run.
func TestModelWhateverIsAnsweredForEachRecord(t *testing.T) {
	runs := uint64(60)
	if testing.Short() {
		runs = 10
	}
	for seed := range runs {
		synctest.Test(t, func(t *testing.T) { modelRun(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func modelRun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 12))
	f := &fates{all: map[string]*fate{}}
	manner := sendertest.Manner(r.IntN(3))
	var all []*sendertest.Destination
	for i := range uint64(1 + r.IntN(2)) {
		all = append(all, &sendertest.Destination{
			Manner: manner, Judge: f.judge, Whole: mood(rand.New(rand.NewPCG(seed, 100+i))), LeavesOut: r.IntN(2) == 0,
			Answers: time.Duration(1+r.IntN(50)) * time.Millisecond, Lingers: 3 * time.Second,
		})
	}
	inFlight := 1 + r.IntN(4)
	p, q := poolOf(inFlight, all...), newQuarantine(t)
	p.Strategy = []senders.Strategy{senders.RoundRobin, senders.Failover}[r.IntN(2)]
	p.Hedge = r.IntN(2) == 0

	law := &order{released: map[record.StreamID]int64{}}
	tracker := ack.New(law.release)
	var batches []*record.Batch
	var next [3]int64
	n := 0
	for range 12 {
		b := &record.Batch{}
		for s := range next {
			lines := make([]string, r.IntN(12))
			for i := range lines {
				lines[i] = fmt.Sprintf("line %d", n)
				f.all[lines[i]] = draw(r, time.Now())
				if manner != sendertest.Names && f.all[lines[i]].item.Key != "" {
					f.all[lines[i]].until = time.Time{} // who names nothing holds all, for hours
				}
				n++
			}
			if len(lines) > 0 {
				addSegment(b, &record.Stream{ID: record.StreamID{byte(s + 1)}, Path: fmt.Sprint("/", s)}, next[s], lines...)
				next[s] = b.Segments[len(b.Segments)-1].End
			}
		}
		if len(b.Records) > 0 {
			batches = append(batches, b)
			tracker.Add(b)
		}
	}
	work := make(chan *record.Batch)
	var workers sync.WaitGroup
	records := map[*record.Batch]int{}
	for _, b := range batches {
		records[b] = len(b.Records)
	}
	settled := func(b *record.Batch, o Outcome, err error) {
		if err != nil {
			t.Error(err)
		}
		if o.Delivered+o.Quarantined != records[b] {
			t.Errorf("%+v of %d records", o, records[b])
		}
		tracker.Done(b, slices.Clone(o.Segments))
	}
	var lot *Lot
	if inFlight > 1 && r.IntN(3) > 0 {
		room := []int{4 << 10, 1 << 20}[r.IntN(2)]
		lot = NewLot(LotOptions{Room: func() int { return room }, Waits: func(b *record.Batch) { b.Detach() }, Settled: settled,
			Go: func(f func() error) { workers.Go(func() { _ = f() }) }})
	}
	for range inFlight {
		workers.Go(func() {
			d := newDeliverer(p, q)
			d.WaitIn(lot)
			for b := range work {
				if o, err := d.Deliver(t.Context(), b); !errors.Is(err, ErrWaits) {
					settled(b, o, err)
				}
			}
		})
	}
	// A batch of bad records alone waits for evidence, for ever if need be: a good line comes now and then.
	f.all["good"] = &fate{}
	over := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(5 * time.Minute):
			}
			if _, err := newDeliverer(p, q).Deliver(t.Context(), newBatch("good")); err != nil {
				t.Error(err)
			}
		}
	})
	for _, b := range batches {
		work <- b
	}
	close(work)
	workers.Wait()
	close(over)
	others.Wait()
	if lot != nil && (lot.Held() != 0 || lot.running) {
		t.Errorf("the lot holds %d bytes", lot.Held())
	}

	took, again := map[string]bool{}, 0
	for _, d := range all {
		for _, text := range d.Took() {
			if text == "good" {
				continue
			}
			if took[text] {
				again++
			}
			took[text] = true
			if f.all[text].never {
				t.Errorf("%q was taken", text)
			}
		}
	}
	kept := entries(t, q)
	for _, e := range kept {
		if !f.all[e.Text].never && manner == sendertest.Names {
			t.Errorf("%q is in quarantine: %s", e.Text, e.Reason)
		}
		if took[e.Text] && manner == sendertest.Names {
			t.Errorf("%q is delivered and in quarantine", e.Text)
		}
		took[e.Text] = true
	}
	if len(took) != n {
		t.Errorf("%d of %d records are delivered or in quarantine", len(took), n)
	}
	if again > 0 && manner == sendertest.Names && !p.Hedge {
		t.Errorf("%d were delivered again", again)
	}
	checkTwiceRefused(t, q, all...)
	for s, end := range next {
		if got := law.released[record.StreamID{byte(s + 1)}]; got != end && end > 0 {
			t.Errorf("stream %d is released to %d of %d", s+1, got, end)
		}
	}
	if why, _ := q.Problem(); why+q.Waiting() != "" && q.blind.Load() == 0 {
		t.Errorf("still shown: %q, %q", why, q.Waiting())
	}
}

// order checks that a stream is released in rising order.
type order struct {
	released map[record.StreamID]int64
}

func (o *order) release(s *record.Stream, pos record.Position, sum ack.Outcome) {
	if pos.Offset != o.released[s.ID]+sum.Delivered+sum.Quarantined {
		panic(fmt.Sprintf("BUG: %d after %d with %+v", pos.Offset, o.released[s.ID], sum))
	}
	o.released[s.ID] = pos.Offset
}

// A client that goes on for a while when its context has ended is waited for: its body is the batch's.
func TestAClientThatAContextCannotEndIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &sendertest.Destination{Answers: time.Hour, Lingers: 3 * time.Second}
		p := NewPool("test", []senders.Endpoint{d}, PoolOptions{MaxInFlight: 1, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := newDeliverer(p, newQuarantine(t)).Deliver(ctx, newBatch("x")); err == nil || time.Since(began) != 4*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := p.Close(); err != nil || d.Closed() != 1 {
			t.Errorf("%v, closed %d times", err, d.Closed())
		}
	})
}
