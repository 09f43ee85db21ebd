package inbox

import (
	"slices"
	"unsafe"

	"logskiff/record"
)

// RecordSize is what one record costs besides its text: who cuts a message takes it from the lease.
const RecordSize = int64(unsafe.Sizeof(record.Record{}))

// Message is what came at once: bytes cut into records, and how far these have been
// handed out and delivered. It belongs to who receives it until it is pushed, then to the queue.
type Message struct {
	Lease    Lease
	Body     []byte
	Records  []record.Record  // Text spans are in Body
	Segments []record.Segment // First counts in Records
	Brought  record.Brought   // what Records have beside their texts, in Body too

	// Settled is called once, with the queue's lock, when nothing of the message is on its way any
	// more. It must not wait, nor call the queue. nil: nobody wants to know.
	Settled func(Outcome)

	// Guarded by the queue's lock.
	next    int // first record not handed out
	segment int // its segment
	batches int // that hold records of this message and are not Done
	out     bool
	over    bool
	outcome Outcome
}

// Size returns how much memory it holds, in bytes.
func (m *Message) Size() int64 {
	return int64(cap(m.Body)) + int64(cap(m.Records))*RecordSize + m.Brought.Held()
}

// Outcome says what became of a message.
type Outcome struct {
	Records int64 // that were given up unsent, since the agent is stopping
	Bytes   int64 // of these, in their streams
}

// Delivered reports whether nothing was given up.
func (o Outcome) Delivered() bool { return o.Records == 0 }

// part returns the part of segment s that the records [lo, hi) cover. First and
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

// copyTo copies records of the current segment until b is full, and the sets that they refer to. The last one may take b
// over its limit. sets is scratch.
func (m *Message) copyTo(b *record.Batch, l record.Limits, sets *[]uint32) Outcome {
	s := &m.Segments[m.segment]
	lo, end := m.next, s.First+s.N
	from := m.Records[lo].Text.Off
	room := l.Bytes - len(b.Buf)
	if l.Lines > 0 {
		end = min(end, lo+l.Lines-len(b.Records))
	}
	hi, brought := lo, 0
	for ; hi < end && (hi == lo || int(m.Records[hi].Text.Off-from)+brought < room); hi++ {
		if i := m.Records[hi].Brought; hi == lo || i != m.Records[hi-1].Brought {
			brought += m.Brought.Bytes(i)
		}
	}
	last := m.Records[hi-1].Text
	base := uint32(len(b.Buf))
	p := part(s, m.Records, lo, hi)
	p.First = len(b.Records)
	appendSegment(b, p)
	b.Buf = append(b.Buf, m.Body[from:last.Off+last.Len]...)
	if n := m.Brought.Len(); n > 0 {
		*sets = slices.Grow((*sets)[:0], n+1)[:n+1]
		clear(*sets)
	}
	for _, r := range m.Records[lo:hi] {
		r.Text.Off = r.Text.Off - from + base
		if i := r.Brought; i != 0 {
			if (*sets)[i] == 0 {
				b.Buf, (*sets)[i] = b.Brought.Copy(b.Buf, &m.Brought, i, m.Body)
			}
			r.Brought = (*sets)[i]
		}
		b.Records = append(b.Records, r)
	}
	m.next = hi
	if hi == s.First+s.N {
		m.segment++
	}
	return Outcome{int64(hi - lo), p.End - p.Start}
}

// appendSegment appends p, or has the last one of the same stream go on where p begins: who gives
// each client's bytes a place in one stream needs one segment for all of them.
func appendSegment(b *record.Batch, p record.Segment) {
	if n := len(b.Segments); n > 0 {
		last := &b.Segments[n-1]
		if last.Stream == p.Stream && last.End == p.Start && last.First+last.N == p.First {
			last.End, last.N, last.Anchor = p.End, last.N+p.N, p.Anchor
			return
		}
	}
	b.Segments = append(b.Segments, p)
}

// finish says that nothing more of m will be handed out, and gives its memory back.
func (m *Message) finish() {
	m.out = true
	m.Body, m.Records, m.Segments, m.Brought = nil, nil, nil, record.Brought{}
	m.Lease.End()
	m.settle()
}

// settle tells once nothing of m is on its way.
func (m *Message) settle() {
	if !m.out || m.batches > 0 || m.over {
		return
	}
	m.over = true
	if m.Settled != nil {
		m.Settled(m.outcome)
	}
}

// giveUp counts what of m was not handed out, which it never will be now.
func (m *Message) giveUp() {
	for i := m.segment; i < len(m.Segments); i++ {
		s := &m.Segments[i]
		lo := max(m.next, s.First)
		p := part(s, m.Records, lo, s.First+s.N)
		m.outcome.Records += int64(p.N)
		m.outcome.Bytes += p.End - p.Start
	}
	m.finish()
}
