package ack

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"logskiff/record"
)

type released struct {
	offset, delivered, quarantined int64
}

// recorder keeps what a tracker released, per stream name.
type recorder map[string][]released

func (r recorder) release(s *record.Stream, pos record.Position, sum Outcome) {
	if pos.Anchor.Sum != uint64(pos.Offset) {
		panic(fmt.Sprintf("anchor %v does not belong to offset %d", pos.Anchor, pos.Offset))
	}
	r[s.Path] = append(r[s.Path], released{pos.Offset, sum.Delivered, sum.Quarantined})
}

func stream(name string) *record.Stream {
	s := &record.Stream{Path: name}
	copy(s.ID[:], name)
	return s
}

// segments builds a batch of one segment for each pair of bounds.
func segments(s *record.Stream, bounds ...int64) *record.Batch {
	b := &record.Batch{}
	for i := 0; i < len(bounds); i += 2 {
		b.Segments = append(b.Segments, record.Segment{
			Stream: s, Start: bounds[i], End: bounds[i+1], Anchor: record.Anchor{Len: 1, Sum: uint64(bounds[i+1])},
		})
	}
	return b
}

func want(t *testing.T, got []released, want ...released) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("released %v, want %v", got, want)
	}
}

func TestOnlyTheOldestUnbrokenRunIsReleased(t *testing.T) {
	r := recorder{}
	tr, s := New(r.release), stream("a")
	one, two, three := segments(s, 0, 10), segments(s, 10, 30), segments(s, 30, 60)
	for _, b := range []*record.Batch{one, two, three} {
		tr.Add(b)
	}
	tr.Done(three, []Outcome{{20, 10, 0}})
	want(t, r["a"])
	tr.Done(one, nil)
	want(t, r["a"], released{10, 10, 0})
	tr.Done(two, []Outcome{{0, 20, 0}})
	want(t, r["a"], released{10, 10, 0}, released{60, 20, 30})
	if len(tr.streams) != 0 || tr.inFlight != 0 || tr.covered != 0 {
		t.Fatalf("a stream with nothing in flight is kept: %d streams, %d segments, %d bytes", len(tr.streams), tr.inFlight, tr.covered)
	}
}

func TestOneStreamDoesNotWaitForAnother(t *testing.T) {
	r := recorder{}
	tr := New(r.release)
	slow, fast := segments(stream("slow"), 0, 5), segments(stream("fast"), 7, 9)
	tr.Add(slow)
	tr.Add(fast)
	tr.Done(fast, nil)
	want(t, r["fast"], released{9, 2, 0})
	want(t, r["slow"])
}

func TestNothingFromAnAbandonedBatchOnIsEverReleased(t *testing.T) {
	r := recorder{}
	tr, s := New(r.release), stream("a")
	one, two, three := segments(s, 0, 1), segments(s, 1, 2, 2, 3), segments(s, 3, 4)
	for _, b := range []*record.Batch{one, two, three} {
		tr.Add(b)
	}
	tr.Abandon(two)
	tr.Done(three, nil)
	want(t, r["a"])
	tr.Done(one, nil) // it is older than what was given up
	want(t, r["a"], released{1, 1, 0})
	later := segments(s, 4, 5)
	tr.Add(later)
	tr.Done(later, nil)
	again := segments(s, 5, 6)
	tr.Add(again)
	tr.Abandon(again)
	want(t, r["a"], released{1, 1, 0})
	if o := tr.Outstanding(); o != (Outstanding{}) {
		t.Fatalf("abandoned segments still count: %+v", o)
	}
}

func TestBugsOfACallerPanic(t *testing.T) {
	s := stream("a")
	check := func(name string, f func(tr *Tracker)) {
		t.Run(name, func(t *testing.T) {
			tr := New(recorder{}.release)
			tr.Add(segments(s, 10, 20))
			defer func() {
				if recover() == nil {
					t.Fatal("it went unnoticed")
				}
			}()
			f(tr)
		})
	}
	check("a gap", func(tr *Tracker) { tr.Add(segments(s, 21, 22)) })
	check("an overlap", func(tr *Tracker) { tr.Add(segments(s, 19, 22)) })
	check("an empty segment", func(tr *Tracker) { tr.Add(segments(s, 20, 20)) })
	check("a backward segment", func(tr *Tracker) { tr.Add(segments(stream("b"), 20, 10)) })
	check("done twice", func(tr *Tracker) { tr.Done(segments(s, 10, 20), nil); tr.Done(segments(s, 10, 20), nil) })
	check("done in part", func(tr *Tracker) { tr.Done(segments(s, 10, 19), nil) })
	check("done unknown", func(tr *Tracker) { tr.Done(segments(stream("b"), 0, 1), nil) })
	check("abandon unknown", func(tr *Tracker) { tr.Abandon(segments(stream("b"), 0, 1)) })
	check("bytes unaccounted for", func(tr *Tracker) { tr.Done(segments(s, 10, 20), []Outcome{{8, 1, 0}}) })
	check("too few outcomes", func(tr *Tracker) { tr.Done(segments(s, 10, 20), []Outcome{}) })
}

func TestLagIsTheAgeOfTheOldestUnreleasedSegment(t *testing.T) {
	now := time.Unix(100, 0)
	tr := New(recorder{}.release)
	tr.now = func() time.Time { return now }
	a, b := stream("a"), stream("b")
	first, second := segments(a, 0, 10), segments(a, 10, 15)
	tr.Add(first)
	now = now.Add(time.Second)
	tr.Add(second)
	tr.Add(segments(b, 0, 1))
	if o := tr.Outstanding(); o != (Outstanding{Segments: 3, Bytes: 16, Streams: 2, Oldest: time.Unix(100, 0)}) {
		t.Fatalf("outstanding: %+v", o)
	}
	tr.Done(second, nil)
	if got := tr.Oldest(a.ID); !got.Equal(time.Unix(100, 0)) {
		t.Fatalf("oldest of a: %v", got)
	}
	tr.Done(first, nil)
	if got := tr.Oldest(a.ID); !got.IsZero() {
		t.Fatalf("nothing of a is in flight, yet oldest is %v", got)
	}
	if got := tr.Oldest(b.ID); !got.Equal(time.Unix(101, 0)) {
		t.Fatalf("oldest of b: %v", got)
	}
}

// A record that waits for days must not make a list of all that was acknowledged behind it.
func TestWhatIsAcknowledgedBehindOneThatWaitsIsOne(t *testing.T) {
	var at int64
	var sum Outcome
	tr := New(func(_ *record.Stream, pos record.Position, o Outcome) {
		at = pos.Offset
		sum.Delivered += o.Delivered
		sum.Quarantined += o.Quarantined
		sum.Dropped += o.Dropped
	})
	s := &record.Stream{ID: record.StreamID{1}}
	var batches []*record.Batch
	for i := range int64(1000) {
		b := &record.Batch{Segments: []record.Segment{{Stream: s, Start: 10 * i, End: 10*i + 10}}}
		tr.Add(b)
		batches = append(batches, b)
	}
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(1000) {
		if i%500 != 0 { // two of them wait
			tr.Done(batches[i], []Outcome{{Delivered: 7, Quarantined: 2, Dropped: 1}})
		}
	}
	if o := tr.Outstanding(); o.Segments != 4 || o.Bytes != 10_000 || at != 0 {
		t.Errorf("%+v, released to %d", o, at)
	}
	tr.Done(batches[0], nil)
	if o := tr.Outstanding(); at != 5000 || o.Segments != 2 {
		t.Errorf("%+v, released to %d", o, at)
	}
	tr.Done(batches[500], nil)
	if o := tr.Outstanding(); at != 10_000 || sum != (Outcome{Delivered: 998*7 + 20, Quarantined: 998 * 2, Dropped: 998}) || o != (Outstanding{}) {
		t.Errorf("%+v, released to %d: %+v", o, at, sum)
	}
}
