package deliver

import "logskiff/record"

// entry is a batch of which records wait in a lot.
type entry struct {
	b    *record.Batch // with its segments alone
	out  Outcome
	left int // records not settled yet
	cost int // bytes that the lot counts for it
}

// home is where a record in a lot is from.
type home struct {
	*entry
	segment int // of its batch; -1: none
}

// delivered counts the records of s.
func (w *isolation) delivered(s set) {
	if w.homes == nil {
		w.Deliverer.delivered(s.len())
		return
	}
	w.quarantine.delivered()
	for _, run := range s {
		for i := run.first; i < run.last; i++ {
			w.homes[i].out.Delivered++
			w.leaves(i)
		}
	}
}

// quarantined counts record i.
func (w *isolation) quarantined(i int) {
	if w.homes == nil {
		w.out.quarantined(w.b.SegmentOf(i), w.b.Records[i].Size)
		return
	}
	w.homes[i].out.quarantined(w.homes[i].segment, w.b.Records[i].Size)
	w.leaves(i)
}

// leaves notes that record i is settled.
func (w *isolation) leaves(i int) {
	e := w.homes[i].entry
	if e.left--; e.left == 0 {
		w.lot.settled(e)
	}
}

// move copies all records that are not settled, with what is known of them, behind those of dst. The pieces
// are those of dst then. homeOf says where a record is from.
func (w *isolation) move(dst *record.Batch, homes []home, homeOf func(i int) home) []home {
	var all []*piece
	all = append(all, w.todo...)
	for _, l := range w.later {
		all = append(all, l.piece)
	}
	for _, r := range w.refused {
		all = append(all, r.piece)
	}
	place := map[int]int{}
	for _, run := range union(all) {
		for i := run.first; i < run.last; i++ {
			place[i] = len(dst.Records)
			w.b.AppendCopy(dst, i)
			appendSegment(dst, w.b, i)
			homes = append(homes, homeOf(i))
		}
	}
	for _, p := range all {
		var s set
		for _, run := range p.set {
			for i := run.first; i < run.last; i++ {
				s = s.plus(place[i])
			}
		}
		p.set = s
	}
	return homes
}

// appendSegment makes the last record of dst, a copy of record i of b, part of its segments.
func appendSegment(dst, b *record.Batch, i int) {
	at := b.SegmentOf(i)
	if at < 0 {
		return
	}
	stream, r := b.Segments[at].Stream, &b.Records[i]
	end := r.Offset + int64(r.Size)
	if n := len(dst.Segments); n > 0 {
		last := &dst.Segments[n-1]
		if last.Stream == stream && last.End == r.Offset {
			last.End = end
			last.N++
			return
		}
	}
	dst.Segments = append(dst.Segments, record.Segment{Stream: stream, Start: r.Offset, End: end, First: len(dst.Records) - 1, N: 1})
}
