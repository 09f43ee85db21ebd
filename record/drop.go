package record

// RemoveDropped takes the records of Kind Dropped out of b and counts them, in the batch
// and in their segments. The segments go on covering the same bytes of their
// streams, so what is left out is acknowledged with what stands around it; a segment
// may be left without a record.
func (b *Batch) RemoveDropped() {
	kept, segment, last := 0, -1, 0 // last: where the records of the segment ended
	for i := range b.Records {
		for i == last && segment+1 < len(b.Segments) {
			segment++
			s := &b.Segments[segment]
			last += s.N
			s.First, s.N = kept, 0
		}
		r := &b.Records[i]
		if r.Kind == Dropped {
			b.Dropped++
			if i < last {
				b.Segments[segment].Dropped += int64(r.Size)
			}
			continue
		}
		if i < last {
			b.Segments[segment].N++
		}
		b.Records[kept] = *r
		kept++
	}
	for segment++; segment < len(b.Segments); segment++ { // these had no records before
		b.Segments[segment].First = kept
	}
	b.Records = b.Records[:kept]
}
