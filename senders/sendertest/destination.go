package sendertest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logskiff/senders"
)

// Manner is how a Destination says what came of the records of a body.
type Manner int

const (
	// Names: each record that was not taken is named.
	Names Manner = iota
	// Counts: those that were refused are counted; what is to be sent again is named.
	Counts
	// SaysNothing: a body with a record that is not taken is refused as a whole.
	SaysNothing
)

// Seen is one record of an attempt.
type Seen struct {
	Text   string
	Stream string
	Offset int64
	Fresh  bool
	senders.Item
}

// Destination is an endpoint, and what is behind it, whose answers a test decides record by record. Its
// fields are set before use; its methods may be called from any goroutine.
type Destination struct {
	Label  string
	Manner Manner
	// Judge says what becomes of a record: the Class Delivered takes it. nil: all are taken.
	Judge func(text string) senders.Item
	// Whole answers for a body as a whole when it returns another class than Delivered. nil: none is.
	Whole func(p *senders.Payload) senders.Result
	// LeavesOut says that records of keys that wait are not tried.
	LeavesOut bool
	// Answers is how long an answer takes. Lingers is how long Send goes on after its context ended, as a
	// client does that a context cannot end.
	Answers, Lingers time.Duration

	mu       sync.Mutex
	seen     []Seen
	attempts int
	closed   int
}

// Name implements senders.Endpoint.
func (d *Destination) Name() string { return d.Label }

// Close implements senders.Endpoint.
func (d *Destination) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed++
	return nil
}

// Send implements senders.Endpoint.
func (d *Destination) Send(ctx context.Context, p *senders.Payload) senders.Result {
	d.mu.Lock()
	closed := d.closed > 0
	d.mu.Unlock()
	if closed {
		return senders.Result{Class: senders.Retry, Reason: "closed"}
	}
	if gaveUp := d.wait(ctx); gaveUp {
		return senders.Result{Class: senders.Retry, Reason: "given up"}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.attempts++
	if d.Whole != nil {
		if r := d.Whole(p); r.Class != senders.Delivered {
			return r
		}
	}
	var r senders.Result
	var seen []Seen
	for i := p.First; i < p.Last; i++ {
		s := see(p, i)
		if d.Judge != nil {
			s.Item = d.Judge(s.Text)
		}
		if d.LeavesOut && s.Key != "" && p.Waits != nil && p.Waits(s.Key) {
			s.Item = senders.Item{Class: senders.Held, Key: s.Key, Reason: "it waits"}
		}
		s.Record = i
		seen = append(seen, s)
		switch {
		case s.Class == senders.Delivered:
		case d.Manner == SaysNothing:
			r.Class, r.Status, r.Reason = senders.Refused, s.Status, s.Reason
		case d.Manner == Counts && s.Class == senders.Refused:
			r.Rejected++
			r.Status, r.Reason = s.Status, s.Reason
		default:
			r.Items = append(r.Items, s.Item)
		}
	}
	if r.Class == senders.Refused {
		for i := range seen {
			if seen[i].Class == senders.Delivered {
				seen[i].Class = senders.Retry // it was not taken with the others
			}
		}
	}
	d.seen = append(d.seen, seen...)
	return r
}

// wait lets the time of an answer pass.
func (d *Destination) wait(ctx context.Context) (gaveUp bool) {
	if d.Answers == 0 {
		return ctx.Err() != nil
	}
	select {
	case <-time.After(d.Answers):
		return false
	case <-ctx.Done():
		time.Sleep(d.Lingers)
		return true
	}
}

// see finds record i of p where its segment says that it is.
func see(p *senders.Payload, i int) Seen {
	b := p.Batch
	r := &b.Records[i]
	s := Seen{Text: string(b.Bytes(r.Text)), Offset: r.Offset, Fresh: p.Fresh}
	for j := range b.Segments {
		seg := &b.Segments[j]
		if i < seg.First || i >= seg.First+seg.N {
			continue
		}
		if r.Offset < seg.Start || r.Offset+int64(r.Size) > seg.End {
			panic(fmt.Sprintf("BUG: record %d covers [%d,%d) outside its segment [%d,%d)", i, r.Offset, r.Offset+int64(r.Size), seg.Start, seg.End))
		}
		s.Stream = seg.Stream.ID.String()
		return s
	}
	panic(fmt.Sprintf("BUG: record %d is in no segment", i))
}

// Seen returns all records that were judged so far, in the order in which they came.
func (d *Destination) Seen() []Seen {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Seen(nil), d.seen...)
}

// Took returns the texts of those that were taken.
func (d *Destination) Took() []string {
	var took []string
	for _, s := range d.Seen() {
		if s.Class == senders.Delivered {
			took = append(took, s.Text)
		}
	}
	return took
}

// Attempts returns how many bodies were judged.
func (d *Destination) Attempts() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempts
}

// Closed returns how often it was closed.
func (d *Destination) Closed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}
