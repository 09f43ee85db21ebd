package readertest_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"logskiff/readers"
	"logskiff/record"
	"logskiff/record/wire"
)

// journal is an origin that numbers what it has: from first on, with numbers that nothing has. It outlives its reader.
type journal struct {
	name, sequence string

	mu          sync.Mutex
	first, next int64
	texts       map[int64]string
	news        func() // there is something new; nil: nobody reads
}

// add appends entries; skip lets numbers go by that nothing has; vacuum removes what is older than a number.
func (j *journal) add(texts ...string) {
	j.change(func() {
		for _, s := range texts {
			j.texts[j.next] = s
			j.next++
		}
	})
}

func (j *journal) skip(n int64) { j.change(func() { j.next += n }) }

func (j *journal) vacuum(before int64) { j.change(func() { j.first = before }) }

func (j *journal) change(what func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	what()
	if j.news != nil {
		j.news()
	}
}

// counted is the smallest reader of entries that goes on where it was, as one of a journal or of a topic would: its offsets are the
// origin's numbers, its ids are made of the origin's own name, and what no entry has is declared as missing.
type counted struct {
	env   countedEnv
	ready chan struct{}

	mu   sync.Mutex
	all  []*followed
	turn int
}

type countedEnv struct {
	registry readers.Registry
	restore  []readers.Checkpoint
	scope    [16]byte
	sources  func() []*journal // there are now
}

// followed is one journal as a reader has it.
type followed struct {
	*journal
	stream      *record.Stream
	read, deliv int64
	since       time.Time // when the first of what is not acknowledged came
}

var _ readers.Resumable = (*counted)(nil)

const (
	countedKind    = "counted"
	countedVersion = 1
)

func newCounted(env countedEnv) (*counted, error) {
	for _, c := range env.restore {
		if s := c.State; s.Reader == countedKind && s.Version != countedVersion {
			return nil, fmt.Errorf("cannot use what is stored of stream %s (%s): version %d is not known", c.ID, c.Path, s.Version)
		}
	}
	return &counted{env: env, ready: make(chan struct{}, 1)}, nil
}

func (r *counted) Run(ctx context.Context) error {
	for _, j := range r.env.sources() {
		r.follow(j)
	}
	<-ctx.Done()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.all {
		f.mu.Lock()
		f.news = nil
		f.mu.Unlock()
	}
	return nil
}

// follow registers a journal, or goes on where it was.
func (r *counted) follow(j *journal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.ContainsFunc(r.all, func(f *followed) bool { return f.journal == j }) {
		return
	}
	id := record.IDOf(r.env.scope, countedKind, j.sequence)
	f := &followed{journal: j, stream: &record.Stream{ID: id, Path: j.name, Unit: record.Entries, Origin: &record.Origin{Source: "trial"}}, since: time.Now()}
	j.mu.Lock()
	defer j.mu.Unlock()
	at := slices.IndexFunc(r.env.restore, func(c readers.Checkpoint) bool { return c.ID == id && c.State.Reader == countedKind })
	if at >= 0 {
		f.read = r.env.restore[at].Offset
	} else {
		f.read = j.first // what was there before is skipped: nobody knows it
		c := readers.Checkpoint{ID: id, Known: f.known(f.read), Position: record.Position{Offset: f.read}, Skipped: f.read}
		_ = r.env.registry.Register(c, false) // only a durable one can fail
	}
	f.deliv = f.read
	r.all = append(r.all, f)
	j.news = r.poke
	r.poke()
}

// known is what is stored beside the cursor. All that the next start needs besides is the origin's name.
func (f *followed) known(size int64) readers.Known {
	return readers.Known{
		Path: f.name, Name: f.name, Unit: record.Entries, Size: size,
		State: readers.State{Reader: countedKind, Version: countedVersion, Data: f.sequence},
	}
}

func (r *counted) poke() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *counted) Fill(b *record.Batch, l record.Limits) (more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range r.all {
		f := r.all[r.turn%len(r.all)]
		if len(b.Buf) >= l.Bytes || len(b.Records) >= l.Lines || len(b.Segments) >= l.Segments {
			return true
		}
		if r.take(f, b, l) {
			return true // the rest of it comes first
		}
		r.turn++
	}
	return false
}

// take appends what there is of a journal, and reports whether there is more.
func (r *counted) take(f *followed, b *record.Batch, l record.Limits) (more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read < f.first {
		if f.deliv < f.read {
			return false // it is lost from the cursor on, once all before it is settled
		}
		r.env.registry.Lose(f.stream.ID, f.first-f.read, "the journal was vacuumed before it was read")
		f.read, f.deliv = f.first, f.first
	}
	if f.read == f.next {
		return false
	}
	seg := record.Segment{Stream: f.stream, Start: f.read, First: len(b.Records)}
	for ; f.read < f.next && len(b.Buf) < l.Bytes && len(b.Records) < l.Lines; f.read++ {
		text, ok := f.texts[f.read]
		if !ok {
			gap := f.gap()
			if seg.Missing+gap > wire.MaxGap && seg.N > 0 {
				break // what is so wide stands alone, and is sent to nobody
			}
			seg.Missing += gap
			if f.read += gap - 1; gap > wire.MaxGap {
				f.read++
				break
			}
			continue
		}
		b.Records = append(b.Records, record.Record{
			Offset: f.read, Size: 1, Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(text))},
		})
		b.Buf = append(b.Buf, text...)
		seg.N++
	}
	seg.End = f.read
	b.Segments = append(b.Segments, seg)
	return f.read < f.next
}

// gap returns how many numbers from the next one on nothing has.
func (f *followed) gap() (n int64) {
	next := f.next
	for at := range f.texts {
		if at >= f.read {
			next = min(next, at)
		}
	}
	return next - f.read
}

func (r *counted) Ready() <-chan struct{}   { return r.ready }
func (r *counted) Done(*record.Batch, bool) {}
func (r *counted) Close() error             { return nil }

func (r *counted) Advance(s *record.Stream, pos record.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.all {
		if f.stream != s {
			continue
		}
		f.mu.Lock()
		f.deliv, f.since = pos.Offset, time.Now()
		k := f.known(f.next)
		f.mu.Unlock()
		_ = r.env.registry.Update(s.ID, k, false) // only a durable one can fail
	}
	r.poke() // what is lost waits for it
}

func (r *counted) Status(yield func(readers.Status) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.all {
		f.mu.Lock()
		s := readers.Status{
			ID: f.stream.ID, Path: f.name, Name: f.name, Unit: record.Entries, Size: f.next, Read: f.read, Delivered: f.deliv,
		}
		if f.deliv < f.next {
			s.Oldest = f.since
		}
		f.mu.Unlock()
		if !yield(s) {
			return
		}
	}
}
