package deliver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"logskiff/agent/ack"
	"logskiff/record"
	"logskiff/senders"
	"logskiff/senders/encode"
)

// moody answers at random, but a record with BAD in it is never taken, nor a body
// above a size.
func moody(r *rand.Rand, most int) func(context.Context, string) senders.Result {
	var mu sync.Mutex
	return func(ctx context.Context, body string) senders.Result {
		mu.Lock()
		mood, d := r.IntN(10), time.Duration(r.IntN(50))*time.Millisecond
		mu.Unlock()
		select {
		case <-time.After(d):
		case <-ctx.Done():
			return senders.Result{Class: senders.Retry, Reason: "given up"}
		}
		switch {
		case mood == 0:
			return senders.Result{Class: senders.Retry, Reason: "reset"}
		case mood == 1:
			return senders.Result{Class: senders.Throttled, Wait: 3 * time.Second, Reason: "503"}
		case mood == 2:
			return senders.Result{Class: senders.Held, Reason: "401"}
		case len(body) > most:
			return senders.Result{Class: senders.TooLarge, Status: 413, Reason: "413"}
		case strings.Contains(body, "BAD"):
			return senders.Result{Class: senders.Refused, Status: 400, Reason: "400"}
		}
		return senders.Result{}
	}
}

func TestWhateverHappensEveryRecordIsDeliveredOrQuarantinedOnce(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var fakes []*fake
			for i := range uint64(1 + r.IntN(3)) {
				fakes = append(fakes, &fake{answer: moody(rand.New(rand.NewPCG(seed, 2+i)), 500+r.IntN(3000))})
			}
			strategy := []senders.Strategy{senders.RoundRobin, senders.Failover}[r.IntN(2)]
			p, q := newPool(strategy, 1+r.IntN(6), fakes...), newQuarantine(t)
			var mu sync.Mutex
			quarantined := 0
			var all sync.WaitGroup
			var want []string
			for worker := range 4 {
				var batches []*record.Batch
				for i := range 5 {
					lines := numbered(1+r.IntN(60), func(int) bool { return false })
					for j := range lines {
						lines[j] = fmt.Sprintf("%s of %d-%d", lines[j], worker, i)
						if r.IntN(20) == 0 {
							lines[j] += " BAD"
						}
					}
					want = append(want, lines...)
					batches = append(batches, newBatch(lines...))
				}
				all.Go(func() {
					d := newDeliverer(p, q)
					for _, b := range batches {
						o, err := d.Deliver(t.Context(), b)
						if err != nil {
							t.Errorf("seed %d: %v", seed, err)
							return
						}
						checkLedger(t, b, o)
						mu.Lock()
						quarantined += o.Quarantined
						mu.Unlock()
					}
				})
			}
			all.Wait()
			var got []string
			for _, f := range fakes {
				got = append(got, f.lines()...)
			}
			kept := entries(t, q)
			for _, e := range kept {
				if !strings.Contains(e.Text, "BAD") {
					t.Errorf("seed %d: %q is in quarantine", seed, e.Text)
				}
				got = append(got, e.Text)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) || len(kept) != quarantined {
				t.Errorf("seed %d: %d records arrived of %d, %d of %d in quarantine", seed, len(got), len(want), len(kept), quarantined)
			}
		})
		if t.Failed() {
			t.FailNow()
		}
	}
}

func TestDeliverKeepsNothingOfTheBatch(t *testing.T) {
	f, q := &fake{}, newQuarantine(t)
	d := newDeliverer(newPool(senders.RoundRobin, 1, f), q)
	if _, err := d.Deliver(t.Context(), newBatch("x")); err != nil {
		t.Fatal(err)
	}
	if d.payload.Body != nil || d.payload.Batch != nil {
		t.Error("the deliverer still holds the batch")
	}
}

// nowhere takes everything and remembers nothing.
type nowhere struct{}

func (nowhere) Name() string                                              { return "nowhere" }
func (nowhere) Close() error                                              { return nil }
func (nowhere) Send(context.Context, *senders.Payload) (r senders.Result) { return r }

func TestDeliveringAllocatesNothing(t *testing.T) {
	p := newPool(senders.RoundRobin, 4)
	p = NewPool("test", []senders.Endpoint{nowhere{}, nowhere{}}, p.PoolOptions)
	d := NewDeliverer(p, encode.NewLines, encode.NewNone, newQuarantine(t))
	b := newBatch(numbered(100, func(int) bool { return false })...)
	if n := testing.AllocsPerRun(100, func() { _, _ = d.Deliver(t.Context(), b) }); n > 0 {
		t.Errorf("%v allocations per batch", n)
	}
}

func BenchmarkDeliver(b *testing.B) {
	p := newPool(senders.RoundRobin, 4)
	p = NewPool("test", []senders.Endpoint{nowhere{}, nowhere{}}, p.PoolOptions)
	q, err := OpenQuarantine(b.TempDir(), "a", p.Log)
	if err != nil {
		b.Fatal(err)
	}
	d := NewDeliverer(p, encode.NewLines, encode.NewNone, q)
	batch := newBatch(numbered(1000, func(int) bool { return false })...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Deliver(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

func TestWhatWasDroppedIsSettledWithoutBeingSent(t *testing.T) {
	f := func(kinds string, delivered int, want ack.Outcome, sent int) {
		t.Helper()
		sink := &fake{}
		p, q := newPool(senders.RoundRobin, 1, sink), newQuarantine(t)
		b := newBatch(strings.Split(strings.Repeat("line ", len(kinds)), " ")[:len(kinds)]...) // 5 bytes each
		for i, k := range kinds {
			if k == 'x' {
				b.Records[i].Kind = record.Dropped
			}
		}
		b.RemoveDropped()
		b.Body = encode.NewLines().Append(nil, b, 0, len(b.Records))
		o, err := newDeliverer(p, q).Deliver(t.Context(), b)
		if err != nil || o.Delivered != delivered || o.Segments[0] != want || len(sink.bodies()) != sent {
			t.Errorf("%s: %+v, %v, %d bodies", kinds, o, err, len(sink.bodies()))
		}
	}
	f("...", 3, ack.Outcome{Delivered: 15}, 1)
	f(".x.", 2, ack.Outcome{Delivered: 10, Dropped: 5}, 1)
	f("xxx", 0, ack.Outcome{Dropped: 15}, 0)
}

// Numbers that no record has are acknowledged with what stands around them, and nothing is sent where there is nothing else.
func TestWhatIsMissingIsSettledWithWhatStandsAroundIt(t *testing.T) {
	for _, c := range []struct {
		missing int64
		lines   []string
		sent    int
	}{{0, []string{"a", "b"}, 1}, {7, []string{"a", "b"}, 1}, {1 << 40, nil, 0}} {
		sink := &fake{}
		p, q := newPool(senders.RoundRobin, 1, sink), newQuarantine(t)
		b := newBatch(c.lines...)
		b.Segments[0].Stream.Unit, b.Segments[0].Missing = record.Entries, c.missing
		b.Segments[0].End += c.missing
		b.Body = encode.NewLines().Append(nil, b, 0, len(b.Records))
		o, err := newDeliverer(p, q).Deliver(t.Context(), b)
		if want := (ack.Outcome{Delivered: int64(2 * len(c.lines)), Dropped: c.missing}); err != nil || o.Segments[0] != want || len(sink.bodies()) != c.sent {
			t.Errorf("%d missing: %+v, %v, %d bodies", c.missing, o, err, len(sink.bodies()))
		}
	}
}
