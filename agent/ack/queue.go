package ack

import (
	"time"

	"logskiff/record"
)

// node is one segment in flight, or several that are acknowledged and wait for one before them. It copies what it needs, so that the batch can
// go back to its pool.
type node struct {
	start, end int64
	anchor     record.Anchor
	outcome    Outcome
	since      time.Time
	acked      bool
	next       *node
}

// queue holds the segments of one stream in read order. It is short: acknowledged neighbours are one, so it is
// no longer than twice the number of batches that may be in flight or wait for their destination.
type queue struct {
	first, last *node
	abandoned   bool   // nothing may be added any more
	next        *queue // in the free list
}

func (q *queue) push(n *node) {
	if q.first == nil {
		q.first, q.last = n, n
		return
	}
	q.last.next = n
	q.last = n
}

func (q *queue) pop() {
	q.first = q.first.next
	if q.first == nil {
		q.last = nil
	}
}

// find returns the segment that begins at start, or nil, and the one before it. q may be nil.
func (q *queue) find(start int64) (before, n *node) {
	if q == nil {
		return nil, nil
	}
	for n = q.first; n != nil; before, n = n, n.next {
		if n.start == start {
			return before, n
		}
	}
	return nil, nil
}

// join makes n, which is acknowledged, one with what is behind it, if that is too. It returns what is not needed any more.
func (q *queue) join(n *node) (gone *node) {
	gone = n.next
	if gone == nil || !gone.acked {
		return nil
	}
	n.end, n.anchor, n.next = gone.end, gone.anchor, gone.next
	n.outcome.Delivered += gone.outcome.Delivered
	n.outcome.Quarantined += gone.outcome.Quarantined
	n.outcome.Dropped += gone.outcome.Dropped
	if q.last == gone {
		q.last = n
	}
	return gone
}

// cutAt takes n and all behind it off the queue.
func (q *queue) cutAt(n *node) {
	if q.first == n {
		q.first, q.last = nil, nil
		return
	}
	before := q.first
	for before.next != n {
		before = before.next
	}
	before.next, q.last = nil, before
}

// The free lists below never hold more than was in flight at once.

func (t *Tracker) newNode(s *record.Segment, now time.Time) *node {
	n := t.nodes
	if n == nil {
		n = new(node)
	} else {
		t.nodes = n.next
	}
	*n = node{start: s.Start, end: s.End, anchor: s.Anchor, since: now}
	return n
}

func (t *Tracker) freeNode(n *node) {
	n.next = t.nodes
	t.nodes = n
}

func (t *Tracker) newQueue() *queue {
	q := t.queues
	if q == nil {
		return new(queue)
	}
	t.queues = q.next
	*q = queue{}
	return q
}

func (t *Tracker) freeQueue(q *queue) {
	*q = queue{next: t.queues}
	t.queues = q
}
