package record

// SegmentOf returns the index of the segment that record i belongs to, or -1.
func (b *Batch) SegmentOf(i int) int {
	for s := range b.Segments {
		if seg := &b.Segments[s]; i >= seg.First && i < seg.First+seg.N {
			return s
		}
	}
	return -1
}

// Streams finds the stream of one record of a batch after another, in rising order, without looking at each segment again.
type Streams struct {
	b  *Batch
	at int
}

// Streams returns one that begins with the first record.
func (b *Batch) Streams() Streams { return Streams{b: b} }

// Of returns the stream of record i, which is not before the one that was asked for last; nil: it is in no segment.
func (s *Streams) Of(i int) *Stream {
	for ; s.at < len(s.b.Segments); s.at++ {
		if seg := &s.b.Segments[s.at]; i < seg.First+seg.N {
			if i < seg.First {
				return nil
			}
			return seg.Stream
		}
	}
	return nil
}
