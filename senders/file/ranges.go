package file

import (
	"slices"
	"sort"
)

// maxRanges bounds the gaps remembered for one stream, in 64 KiB. Batches in flight cause
// a few, which close again; records a sender before us gave up cause lasting ones, and so do
// lines that a client without an agent's word leaves out.
const maxRanges = 4096

// span is a run of stream bytes [start, end).
type span struct{ start, end int64 }

// ranges is a set of stream bytes: sorted spans that neither overlap nor touch.
type ranges []span

// contains reports whether all of [start, end) is in the set.
func (r ranges) contains(start, end int64) bool {
	i := r.after(start)
	return i < len(r) && r[i].start <= start && end <= r[i].end
}

// overlaps reports whether any byte of [start, end) is in the set.
func (r ranges) overlaps(start, end int64) bool {
	i := r.after(start)
	return i < len(r) && r[i].start < end
}

// after returns the index of the first span that ends after pos.
func (r ranges) after(pos int64) int {
	if n := len(r); n > 0 && r[n-1].start <= pos { // nearly always: streams grow
		if r[n-1].end > pos {
			return n - 1
		}
		return n
	}
	return sort.Search(len(r), func(i int) bool { return r[i].end > pos })
}

// add puts [start, end) into the set. When there are more than maxRanges spans,
// the lowest is forgotten: a repeat of it would be written again, which is the
// lesser evil beside taking a gap for written.
func (r *ranges) add(start, end int64) {
	s := *r
	// s[i:j] are the spans that overlap or touch [start, end).
	i := sort.Search(len(s), func(k int) bool { return s[k].end >= start })
	j := i
	for j < len(s) && s[j].start <= end {
		j++
	}
	if i == j {
		s = slices.Insert(s, i, span{start, end})
	} else {
		s[i] = span{min(start, s[i].start), max(end, s[j-1].end)}
		s = slices.Delete(s, i+1, j)
	}
	if len(s) > maxRanges {
		s = slices.Delete(s, 0, 1)
	}
	*r = s
}
