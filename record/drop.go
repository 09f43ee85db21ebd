package record

// RemoveDropped takes the records of Kind Dropped out of b and counts them, in the batch
// and in their segments. The segments go on covering the same bytes of their
// streams, so what is left out is acknowledged with what stands around it; a segment
// may be left without a record.
func (b *Batch) RemoveDropped() {
	kept := 0
	for i := range b.Segments {
		s := &b.Segments[i]
		records := b.Records[s.First : s.First+s.N]
		s.First = kept
		for k := range records {
			r := &records[k]
			if r.Kind == Dropped {
				s.Dropped += int64(r.Size)
				b.Dropped++
				continue
			}
			b.Records[kept] = *r
			kept++
		}
		s.N = kept - s.First
	}
	b.Records = b.Records[:kept]
}
