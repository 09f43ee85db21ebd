package deliver

import "logskiff/record"

// show makes v the records of s as a batch of their own. It shares the text and the fields of b, and
// has a segment for each run of records, so that all who read it need not know that others are missing.
func show(v, b *record.Batch, s set) {
	*v = record.Batch{
		Buf: b.Buf, Schema: b.Schema, Fields: b.Fields, Reasons: b.Reasons, ReadAt: b.ReadAt,
		Records: v.Records[:0], Segments: v.Segments[:0],
	}
	from := 0
	for _, run := range s {
		for from < len(b.Segments) && b.Segments[from].First+b.Segments[from].N <= run.first {
			from++
		}
		for i := from; i < len(b.Segments) && b.Segments[i].First < run.last; i++ {
			seg := &b.Segments[i]
			lo, hi := max(run.first, seg.First), min(run.last, seg.First+seg.N)
			if lo >= hi {
				continue
			}
			end := &b.Records[hi-1]
			v.Segments = append(v.Segments, record.Segment{
				Stream: seg.Stream, Start: b.Records[lo].Offset, End: end.Offset + int64(end.Size),
				First: len(v.Records) + lo - run.first, N: hi - lo,
			})
		}
		v.Records = append(v.Records, b.Records[run.first:run.last]...)
	}
}
