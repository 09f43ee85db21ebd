package http

import (
	"bytes"

	"logskiff/readers/inbox"
	"logskiff/record"
	"logskiff/record/wire"
)

// message is one request.
type message struct {
	inbox.Message
	release func()     // gives the streams back that it may send; nil: there are none
	answer  chan error // gets one: nil when all of it was delivered
}

func newMessage(lease inbox.Lease) *message {
	m := &message{Message: inbox.Message{Lease: lease}, answer: make(chan error, 1)}
	m.Settled = m.settled
	return m
}

// settled gives the answer.
func (m *message) settled(o inbox.Outcome) {
	m.giveBack()
	if o.Delivered() {
		m.answer <- nil
		return
	}
	m.answer <- busy(stopping, "the records could not be delivered before the forwarder stopped")
}

// giveBack gives back the streams that m may send.
func (m *message) giveBack() {
	if m.release != nil {
		m.release()
		m.release = nil
	}
}

// cut makes records and segments of the body. What bare lines stand for may have at most limit bytes.
func (m *message) cut(form form, header *wire.Header, from sender, limit int64) error {
	n := int64(bytes.Count(m.Body, []byte{'\n'})) + 1
	if err := refusalOf(m.Lease.Take(n * inbox.RecordSize)); err != nil {
		return err
	}
	m.Records = make([]record.Record, 0, n)
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
	if err := cut(0, len(m.Body)); err != nil {
		return err
	}
	if len(m.Records) > 0 {
		m.unmark(&m.Records[0])
		m.Segments = []record.Segment{{Stream: anonymousStream(origin), End: int64(len(m.Body)), N: len(m.Records)}}
	}
	return nil
}

// newSegment returns segment s of the header, whose records begin at first.
func newSegment(s *wire.Segment, from sender, first int) (record.Segment, error) {
	id, err := record.ParseStreamID(s.Stream)
	if err != nil {
		return record.Segment{}, garbage("%v", err)
	}
	stream := &record.Stream{ID: id, Path: s.Path, Origin: from.origin, Owner: from.owner, Unproven: from.owner == nil || from.owner.Agent == [16]byte{}}
	if s.Unit == wire.Entries {
		stream.Unit = record.Entries
	}
	return record.Segment{Stream: stream, Start: s.Start, End: s.End, First: first}, nil
}
