package httpread

import (
	"bytes"
	"unsafe"

	"logskiff/record"
	"logskiff/record/wire"
)

// recordSize is what one line costs besides its text.
const recordSize = int64(unsafe.Sizeof(record.Record{}))

// message is one request: its body cut into records, and how far these have been
// handed out and delivered.
type message struct {
	lease    lease
	release  func() // gives the streams back that it may send; nil: there are none
	body     []byte
	records  []record.Record  // Text spans are in body
	segments []record.Segment // First counts in records

	// Guarded by the queue's lock.
	next    int  // first record not handed out
	segment int  // its segment
	batches int  // that hold records of this message and are not Done
	out     bool // nothing more will be handed out
	failed  bool // some of it was given up
	over    bool // the answer is known

	answer chan error // gets one: nil when all of it was delivered
}

// cut makes records and segments of the body. What bare lines stand for may have at most limit bytes.
func (m *message) cut(form form, header *wire.Header, from sender, limit int64) error {
	n := int64(bytes.Count(m.body, []byte{'\n'})) + 1
	if err := m.lease.take(n * recordSize); err != nil {
		return err
	}
	m.records = make([]record.Record, 0, n)
	switch {
	case form == bareLines && header == nil:
		return garbage("a body of %s needs a %s header; lines without one are text/plain", wire.LinesType, wire.HeaderName)
	case form == bareLines:
		if err := m.cutStreamLines(header, from, true); err != nil {
			return err
		}
		return m.makeObjects(limit)
	case header == nil && form == plainText:
		return m.cutAnonymous(from.origin, m.cutLines)
	case header == nil:
		return m.cutAnonymous(from.origin, m.cutObjects)
	case form == plainText:
		return m.cutStreamLines(header, from, false)
	}
	return m.cutStreamObjects(header, from)
}

// cutAnonymous cuts a body that came without an identity. It becomes a stream of its
// own, whose offsets are places in the body.
func (m *message) cutAnonymous(origin *record.Origin, cut func(from, to int) error) error {
	if err := cut(0, len(m.body)); err != nil {
		return err
	}
	if len(m.records) > 0 {
		m.unmark(&m.records[0])
		m.segments = []record.Segment{{Stream: anonymousStream(origin), End: int64(len(m.body)), N: len(m.records)}}
	}
	return nil
}

// newSegment returns segment s of the header, whose records begin at first.
func newSegment(s *wire.Segment, from sender, first int) (record.Segment, error) {
	id, err := record.ParseStreamID(s.Stream)
	if err != nil {
		return record.Segment{}, garbage("%v", err)
	}
	stream := &record.Stream{ID: id, Path: s.Path, Origin: from.origin, Owner: from.owner, Unproven: from.owner.Agent == [16]byte{}}
	return record.Segment{Stream: stream, Start: s.Start, End: s.End, First: first}, nil
}

// part returns the part of segment s that the records [lo, hi) cover. first and
// the records are counted as in s.
func part(s *record.Segment, records []record.Record, lo, hi int) record.Segment {
	p := *s
	if lo > s.First {
		p.Start = records[lo].Offset
	}
	if hi < s.First+s.N {
		p.End = records[hi].Offset
	}
	p.First, p.N = lo, hi-lo
	return p
}
