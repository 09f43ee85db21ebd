// Package ack remembers which bytes or entries of each stream are in flight and releases,
// per stream, the oldest unbroken run that is acknowledged: the only thing that
// may move a checkpoint.
//
// It must not do I/O, hold a batch, or know readers, senders or the store.
package ack

import (
	"fmt"
	"sync"
	"time"

	"logskiff/record"
)

// Release is told that everything of s before pos is acknowledged, and what became
// of it since the last call for s. Calls for one stream come in rising
// order. It runs under the tracker's lock: it must be quick and must not call the tracker.
type Release func(s *record.Stream, pos record.Position, sum Outcome)

// Outcome is what became of one segment, in its stream's unit. The three add up
// to the segment's length.
type Outcome struct {
	Delivered, Quarantined int64
	Dropped                int64 // left out by the configuration, or numbers that no record has
}

// Tracker follows the segments of one pipeline from the moment they are handed
// out until they are acknowledged. Its methods may be called from any goroutine.
//
// A stream with nothing in flight costs nothing: it is not in the map.
type Tracker struct {
	release Release
	now     func() time.Time

	mu       sync.Mutex
	streams  map[record.StreamID]*queue
	nodes    *node  // free list
	queues   *queue // free list
	inFlight int    // nodes
	covered  int64  // of streams, in flight
}

// New returns a tracker that calls release.
func New(release Release) *Tracker {
	return &Tracker{release: release, now: time.Now, streams: make(map[record.StreamID]*queue)}
}

// Add notes that the segments of b are handed out. It is called in read order;
// a segment that does not start where the one before it in its stream ended is
// a bug of the reader, since bytes between them would be passed unread.
func (t *Tracker) Add(b *record.Batch) {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range b.Segments {
		t.add(&b.Segments[i], now)
	}
}

func (t *Tracker) add(s *record.Segment, now time.Time) {
	if s.End <= s.Start {
		panic(fmt.Sprintf("BUG: segment [%d,%d) of stream %s is empty", s.Start, s.End, s.Stream.ID))
	}
	q := t.streams[s.Stream.ID]
	switch {
	case q == nil:
		q = t.newQueue()
		t.streams[s.Stream.ID] = q
	case q.abandoned:
		return // nothing behind an abandoned segment is ever released
	case q.last.end != s.Start:
		panic(fmt.Sprintf("BUG: stream %s (%s) goes on at %d after %d", s.Stream.ID, s.Stream.Path, s.Start, q.last.end))
	}
	q.push(t.newNode(s, now))
	t.inFlight++
	t.covered += s.End - s.Start
}

// Done says that everything in b has been delivered, quarantined or dropped. outcomes has
// one entry for each segment; nil means that all of it was delivered. Batches
// may come in any order.
func (t *Tracker) Done(b *record.Batch, outcomes []Outcome) {
	if outcomes != nil && len(outcomes) != len(b.Segments) {
		panic(fmt.Sprintf("BUG: %d outcomes for %d segments", len(outcomes), len(b.Segments)))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range b.Segments {
		s := &b.Segments[i]
		o := Outcome{Delivered: s.End - s.Start}
		if outcomes != nil {
			o = outcomes[i]
		}
		if min(o.Delivered, o.Quarantined, o.Dropped) < 0 || o.Delivered+o.Quarantined+o.Dropped != s.End-s.Start {
			panic(fmt.Sprintf("BUG: outcome %+v of segment [%d,%d) does not add up", o, s.Start, s.End))
		}
		t.done(s, o)
	}
}

func (t *Tracker) done(s *record.Segment, o Outcome) {
	q := t.streams[s.Stream.ID]
	before, n := q.find(s.Start)
	if n == nil || n.acked || n.end != s.End {
		if q != nil && q.abandoned {
			return // it stood behind an abandoned one
		}
		panic(fmt.Sprintf("BUG: segment [%d,%d) of stream %s is not in flight", s.Start, s.End, s.Stream.ID))
	}
	n.acked, n.outcome = true, o
	if q.first == n {
		t.releaseRun(s.Stream, q)
		return
	}
	t.join(q, n)
	if before.acked {
		t.join(q, before)
	}
}

// join makes n and what is behind it one node, if both are acknowledged: a stream of which one record
// waits for days would be a long list else.
func (t *Tracker) join(q *queue, n *node) {
	if gone := q.join(n); gone != nil {
		t.inFlight--
		t.freeNode(gone)
	}
}

// releaseRun releases the acknowledged segments at the head of q in one call.
func (t *Tracker) releaseRun(s *record.Stream, q *queue) {
	var pos record.Position
	var sum Outcome
	for n := q.first; n != nil && n.acked; n = q.first {
		pos = record.Position{Offset: n.end, Anchor: n.anchor}
		sum.Delivered += n.outcome.Delivered
		sum.Quarantined += n.outcome.Quarantined
		sum.Dropped += n.outcome.Dropped
		q.pop()
		t.drop(n)
	}
	if q.first == nil && !q.abandoned {
		delete(t.streams, s.ID)
		t.freeQueue(q)
	}
	t.release(s, pos, sum)
}

// Abandon says that b was given up unsent. What its streams acknowledged before
// b is still released; b itself, and everything behind it in its streams, never
// is by this tracker.
func (t *Tracker) Abandon(b *record.Batch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range b.Segments {
		s := &b.Segments[i]
		q := t.streams[s.Stream.ID]
		_, n := q.find(s.Start)
		switch {
		case n != nil && !n.acked && n.end == s.End:
			t.dropFrom(q, n)
		case q == nil || !q.abandoned:
			panic(fmt.Sprintf("BUG: segment [%d,%d) of stream %s is not in flight", s.Start, s.End, s.Stream.ID))
		}
	}
}

// dropFrom drops n and all behind it from q.
func (t *Tracker) dropFrom(q *queue, n *node) {
	q.abandoned = true
	q.cutAt(n)
	for n != nil {
		next := n.next
		t.drop(n)
		n = next
	}
}

// drop takes n, which is in no queue any more, out of the books.
func (t *Tracker) drop(n *node) {
	t.inFlight--
	t.covered -= n.end - n.start
	t.freeNode(n)
}
