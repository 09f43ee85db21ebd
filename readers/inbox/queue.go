package inbox

import (
	"errors"
	"slices"
	"sync"

	"logskiff/record"
)

// ErrClosed: nothing is taken any more, since the agent stops.
var ErrClosed = errors.New("the agent is stopping")

// Queue is the messages that wait to be put into batches, and which batches hold
// what of them until they are delivered.
type Queue struct {
	ready chan struct{} // has room for one

	mu      sync.Mutex
	waiting []*Message
	lent    map[*record.Batch][]loan
	closed  bool
	sets    []uint32 // scratch of Fill
}

// loan is what a batch holds of a message.
type loan struct {
	of   *Message
	what Outcome // should it be given up
}

// NewQueue returns an empty one. What bounds it are the leases of its messages.
func NewQueue() *Queue {
	return &Queue{ready: make(chan struct{}, 1), lent: map[*record.Batch][]loan{}}
}

// Run is one stream of all that a listener is sent: the bytes of each message have the next places in it. A
// stream like this has no checkpoint, and ends with its reader.
type Run struct {
	Stream *record.Stream
	next   int64 // guarded by the queue's lock
}

// Push adds m, which has at least one record. It fails with ErrClosed.
func (q *Queue) Push(m *Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.push(m)
}

// PushRun adds m, whose records cover size bytes, with offsets from 0 on, and gives them the next places in the
// run. It fails with ErrClosed.
func (q *Queue) PushRun(r *Run, m *Message, size int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range m.Records {
		m.Records[i].Offset += r.next
	}
	m.Segments = append(m.Segments[:0], record.Segment{Stream: r.Stream, Start: r.next, End: r.next + size, N: len(m.Records)})
	err := q.push(m)
	if err == nil {
		r.next += size
	}
	return err
}

func (q *Queue) push(m *Message) error {
	if q.closed {
		return ErrClosed
	}
	q.waiting = append(q.waiting, m)
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return nil
}

// Ready is readers.Reader's: it receives a token when messages wait.
func (q *Queue) Ready() <-chan struct{} { return q.ready }

// Len returns how many messages wait.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// Fill is readers.Reader's. It moves records into b until it is full, nothing waits, or what waits comes
// from elsewhere: what sends b on says once for all of it where it comes from. The
// last record may take b over its limit: it must go somewhere. A message that does not fit
// goes on in the next batch.
func (q *Queue) Fill(b *record.Batch, l record.Limits) (more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) > 0 && !full(b, l) {
		m := q.waiting[0]
		if len(b.Segments) > 0 && !sameOrigin(b.Segments[0].Stream.Origin, m.Segments[m.segment].Stream.Origin) {
			break
		}
		held := q.lent[b]
		if n := len(held); n == 0 || held[n-1].of != m {
			held = append(held, loan{of: m})
			m.batches++
		}
		what := m.copyTo(b, l, &q.sets)
		last := &held[len(held)-1].what
		last.Records, last.Bytes = last.Records+what.Records, last.Bytes+what.Bytes
		q.lent[b] = held
		if m.next == len(m.Records) {
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

// Done is readers.Reader's: it notes what became of everything in b.
func (q *Queue) Done(b *record.Batch, delivered bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lent[b] {
		l.of.batches--
		if !delivered {
			l.of.outcome.Records += l.what.Records
			l.of.outcome.Bytes += l.what.Bytes
		}
		l.of.settle()
	}
	delete(q.lent, b)
}

// Close gives up what waits and refuses all that comes; what is in batches is still settled by Done.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, m := range q.waiting {
		m.giveUp()
	}
	q.waiting = nil
}
