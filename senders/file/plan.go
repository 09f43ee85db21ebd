package file

import (
	"bytes"

	"logskiff/record"
	"logskiff/senders"
)

// item is one payload on its way to the disk.
type item struct {
	payload *senders.Payload
	spans   []owned   // what the payload adds to the history
	owners  []ownerOf // of streams that had none, or another
	keep    [][2]int  // the records to write: runs [first, last) in rising order
	parts   [][]byte  // the bytes to write: slices of the payload's body
	size    int64     // of all parts
	kept    int       // number of records to write
}

// repeats returns how many of its records were written before.
func (it *item) repeats() int64 { return int64(it.payload.Last - it.payload.First - it.kept) }

// finder knows what is committed of a stream.
type finder interface {
	find(record.StreamID) *known // nil: nothing
}

// plan decides which records of the payload are new. It returns the group that
// is just writing some of them, if there is one: whether they are repeats is
// known only when that group is done, and the item must be planned again.
// Committed and claimed must not change while it runs.
func (it *item) plan(committed finder, groups ...*group) (busy *group) {
	p := it.payload
	*it = item{payload: p, spans: it.spans[:0], owners: it.owners[:0], keep: it.keep[:0], parts: it.parts[:0]}
	for i := range p.Batch.Segments {
		s := &p.Batch.Segments[i]
		lo, hi := max(p.First, s.First), min(p.Last, s.First+s.N)
		if lo >= hi {
			continue
		}
		if s.Stream.Anonymous {
			it.take(lo, hi)
			continue
		}
		start, end := recordStart(p.Batch, s, lo), recordEnd(p.Batch, s, hi-1)
		for _, g := range groups {
			if g != nil && g.claims.of(s.Stream.ID).overlaps(start, end) {
				return g
			}
		}
		k := committed.find(s.Stream.ID)
		it.planSegment(k.done(), s, lo, hi, start, end)
		if o := s.Stream.Owner; o != nil && *o != k.whose() {
			it.owners = append(it.owners, ownerOf{s.Stream.ID, *o})
		}
	}
	return nil
}

// planSegment plans records [lo, hi) of s, which cover [start, end).
func (it *item) planSegment(done ranges, s *record.Segment, lo, hi int, start, end int64) {
	id := s.Stream.ID
	switch {
	case !done.overlaps(start, end) && !it.overlaps(id, start, end):
		it.take(lo, hi)
	case done.contains(start, end) || it.contains(id, start, end):
		return
	default:
		// After its sender started anew, batches are cut at other places. A record
		// that is only partly known (its sender cuts long lines differently now) is
		// written: a repeat is the lesser evil. Only its own bytes count: records that
		// were dropped around it may have been in batches that were never sent.
		for i := lo; i < hi; i++ {
			r := &it.payload.Batch.Records[i]
			if a, b := r.Offset, r.Offset+int64(r.Size); !done.contains(a, b) && !it.contains(id, a, b) {
				it.take(i, i+1)
			}
		}
	}
	if s.Stream.Unproven {
		it.cover(id, lo, hi)
		return
	}
	it.spans = append(it.spans, owned{id, span{start, end}})
}

// cover adds the bytes that the records [lo, hi) cover themselves. What an unknown client says
// was left out around them is not believed: it could be anything.
func (it *item) cover(id record.StreamID, lo, hi int) {
	var run span
	for i := lo; i < hi; i++ {
		r := &it.payload.Batch.Records[i]
		if r.Offset == run.end && i > lo {
			run.end += int64(r.Size)
			continue
		}
		if i > lo {
			it.spans = append(it.spans, owned{id, run})
		}
		run = span{r.Offset, r.Offset + int64(r.Size)}
	}
	it.spans = append(it.spans, owned{id, run})
}

// recordStart is where the bytes that record i of s stands for begin. The records
// of a segment cover it without a gap, whatever a reader skipped between them.
func recordStart(b *record.Batch, s *record.Segment, i int) int64 {
	if i == s.First {
		return s.Start
	}
	return b.Records[i].Offset
}

func recordEnd(b *record.Batch, s *record.Segment, i int) int64 {
	if i == s.First+s.N-1 {
		return s.End
	}
	return b.Records[i+1].Offset
}

func (it *item) take(lo, hi int) {
	it.kept += hi - lo
	if n := len(it.keep); n > 0 && it.keep[n-1][1] == lo {
		it.keep[n-1][1] = hi
		return
	}
	it.keep = append(it.keep, [2]int{lo, hi})
}

// overlaps looks among the segments of this payload: one batch can hold the same
// request twice, when a client gave up waiting and sent it again.
func (it *item) overlaps(id record.StreamID, start, end int64) bool {
	for i := range it.spans {
		if s := &it.spans[i]; s.id == id && s.start < end && start < s.end {
			return true
		}
	}
	return false
}

func (it *item) contains(id record.StreamID, start, end int64) bool {
	for i := range it.spans {
		if s := &it.spans[i]; s.id == id && s.start <= start && end <= s.end {
			return true
		}
	}
	return false
}

// slice sets parts to the lines of the kept records. It reports false when the
// body does not have one line for each record, and then keeps the whole body.
func (it *item) slice() bool {
	p := it.payload
	if it.kept == 0 {
		return true
	}
	if it.kept == p.Last-p.First || bytes.Count(p.Body, []byte{'\n'}) != p.Last-p.First {
		it.parts, it.size = append(it.parts, p.Body), int64(len(p.Body))
		return it.kept == p.Last-p.First
	}
	rest, line := p.Body, p.First
	skip := func(to int) (n int) {
		for ; line < to; line++ {
			n += bytes.IndexByte(rest[n:], '\n') + 1
		}
		return n
	}
	for _, k := range it.keep {
		rest = rest[skip(k[0]):]
		n := skip(k[1])
		it.parts, rest = append(it.parts, rest[:n]), rest[n:]
		it.size += int64(n)
	}
	return true
}
