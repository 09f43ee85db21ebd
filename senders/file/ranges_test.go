package file

import (
	"testing"

	"pgregory.net/rapid"
)

func TestRangesAgreeWithABitmap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size = 200
		var set ranges
		var bits [size]bool
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			a := rapid.Int64Range(0, size-1).Draw(t, "start")
			b := rapid.Int64Range(a+1, min(size, a+20)).Draw(t, "end")
			if rapid.Bool().Draw(t, "add") {
				set.add(a, b)
				for i := a; i < b; i++ {
					bits[i] = true
				}
			}
			all, some := true, false
			for i := a; i < b; i++ {
				all, some = all && bits[i], some || bits[i]
			}
			if set.contains(a, b) != all || set.overlaps(a, b) != some {
				t.Fatalf("[%d, %d): contains %v, overlaps %v in %v; want %v, %v",
					a, b, set.contains(a, b), set.overlaps(a, b), set, all, some)
			}
			for i := range set {
				if set[i].start >= set[i].end || i > 0 && set[i].start <= set[i-1].end {
					t.Fatalf("not sorted and apart: %v", set)
				}
			}
		}
	})
}

func TestRangesForgetTheLowestWhenThereAreTooMany(t *testing.T) {
	var set ranges
	for i := range int64(maxRanges + 10) {
		set.add(10*i, 10*i+5)
	}
	if len(set) != maxRanges || set.overlaps(0, 95) || !set.contains(100, 105) {
		t.Fatalf("%d spans, first %v", len(set), set[0])
	}
}

func TestRangesInOrderStayOneSpanWithoutAllocating(t *testing.T) {
	set := make(ranges, 0, 4)
	pos := int64(0)
	n := testing.AllocsPerRun(1000, func() {
		set.add(pos, pos+100)
		pos += 100
	})
	if n != 0 || len(set) != 1 {
		t.Fatalf("%v allocations, %v", n, set)
	}
}
