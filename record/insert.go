package record

import "slices"

// Insert puts more[k] behind the record after[k], in its segment; after rises. It is for parsers that
// find several messages in one record, whose bytes they divide among them: Offset and Size go on without a gap. What
// was brought with the one is brought with all.
func (b *Batch) Insert(after []int, more []Record) {
	n := len(b.Records)
	b.Records = slices.Grow(b.Records, len(more))[:n+len(more)]
	to, k := len(b.Records)-1, len(more)-1
	for i := n - 1; k >= 0; i-- {
		for ; k >= 0 && after[k] == i; k-- {
			b.Records[to] = more[k]
			b.Records[to].Brought = b.Records[i].Brought
			to--
		}
		b.Records[to] = b.Records[i]
		to--
	}
	k = 0
	for s := range b.Segments {
		seg := &b.Segments[s]
		end := seg.First + seg.N
		seg.First += k
		for ; k < len(after) && after[k] < end; k++ {
			seg.N++
		}
	}
}
