package httpread

import (
	"slices"
	"sync"

	"logskiff/record"
)

// queue is the messages that wait to be put into batches, and which batches hold
// what of them until they are delivered.
type queue struct {
	ready chan struct{} // has room for one

	mu      sync.Mutex
	waiting []*message
	lent    map[*record.Batch][]*message
	closed  bool
}

// push adds m, which has at least one record.
func (q *queue) push(m *message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return busy("the forwarder is stopping")
	}
	q.waiting = append(q.waiting, m)
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return nil
}

// fill moves records into b until it is full, nothing waits, or what waits comes
// from elsewhere: what sends b on says once for all of it where it comes from. The
// last record may take b over its limit: it must go somewhere.
func (q *queue) fill(b *record.Batch, l record.Limits) (more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 && !full(b, l) {
		m := q.waiting[0]
		if len(b.Segments) > 0 && !sameOrigin(b.Segments[0].Stream.Origin, m.segments[m.segment].Stream.Origin) {
			break
		}
		if held := q.lent[b]; len(held) == 0 || held[len(held)-1] != m {
			q.lent[b] = append(held, m)
			m.batches++
		}
		m.copyTo(b, l)
		if m.next == len(m.records) {
			q.waiting[0] = nil
			q.waiting = q.waiting[1:]
			m.finish()
		}
	}
	if len(q.waiting) == 0 {
		q.waiting = nil // of a burst nothing stays
	}
	return len(q.waiting) > 0
}

func sameOrigin(a, b *record.Origin) bool {
	return a == b || a.Agent == b.Agent && a.Host == b.Host && a.Source == b.Source && slices.Equal(a.Tags, b.Tags)
}

func full(b *record.Batch, l record.Limits) bool {
	return len(b.Buf) >= l.Bytes ||
		l.Lines > 0 && len(b.Records) >= l.Lines ||
		l.Segments > 0 && len(b.Segments) >= l.Segments
}

// copyTo copies records of the current segment until b is full.
func (m *message) copyTo(b *record.Batch, l record.Limits) {
	s := &m.segments[m.segment]
	lo, end := m.next, s.First+s.N
	from := m.records[lo].Text.Off
	room := l.Bytes - len(b.Buf)
	if l.Lines > 0 {
		end = min(end, lo+l.Lines-len(b.Records))
	}
	hi := lo
	for ; hi < end && (hi == lo || int(m.records[hi].Text.Off-from) < room); hi++ {
	}
	last := m.records[hi-1].Text
	base := uint32(len(b.Buf))
	p := part(s, m.records, lo, hi)
	p.First = len(b.Records)
	b.Segments = append(b.Segments, p)
	b.Buf = append(b.Buf, m.body[from:last.Off+last.Len]...)
	for _, r := range m.records[lo:hi] {
		r.Text.Off = r.Text.Off - from + base
		b.Records = append(b.Records, r)
	}
	m.next = hi
	if hi == s.First+s.N {
		m.segment++
	}
}

// finish says that nothing more of m will be handed out, and gives its memory back.
func (m *message) finish() {
	m.out = true
	m.body, m.records, m.segments = nil, nil, nil
	m.lease.end()
	m.settle()
}

// settle gives the answer once nothing of m is on its way.
func (m *message) settle() {
	if !m.out || m.batches > 0 || m.over {
		return
	}
	m.over = true
	m.giveBack()
	if m.failed {
		m.answer <- busy("the records could not be delivered before the forwarder stopped")
		return
	}
	m.answer <- nil
}

// giveBack gives back the streams that m may send.
func (m *message) giveBack() {
	if m.release != nil {
		m.release()
		m.release = nil
	}
}

// done notes what became of everything in b.
func (q *queue) done(b *record.Batch, delivered bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.lent[b] {
		m.batches--
		m.failed = m.failed || !delivered
		m.settle()
	}
	delete(q.lent, b)
}

// close refuses what waits and all that comes; what is in batches still gets its answer.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, m := range q.waiting {
		m.failed = true
		m.finish()
	}
	q.waiting = nil
}
