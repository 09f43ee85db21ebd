package record

import "testing"

func TestDroppedRecordsLeaveTheirBytesCovered(t *testing.T) {
	f := func(kinds string, first, second Segment, left string) {
		t.Helper()
		b := &Batch{Segments: []Segment{{Start: 0, End: 30, N: 3}, {Start: 100, End: 120, First: 3, N: 2}}}
		for i, k := range kinds {
			r := Record{Offset: int64(i), Size: 10}
			if k == 'x' {
				r.Kind = Dropped
			}
			b.Records = append(b.Records, r)
		}
		b.RemoveDropped()
		got := ""
		for _, r := range b.Records {
			got += string(rune('0' + r.Offset))
		}
		if got != left || b.Segments[0] != first || b.Segments[1] != second || b.Dropped != 5-len(left) || b.Covered(Bytes) != 50 {
			t.Errorf("%s: left %q, %d dropped, %+v", kinds, got, b.Dropped, b.Segments)
		}
	}
	seg := func(start, end int64, first, n int, dropped int64) Segment {
		return Segment{Start: start, End: end, First: first, N: n, Dropped: dropped}
	}
	f(".....", seg(0, 30, 0, 3, 0), seg(100, 120, 3, 2, 0), "01234")
	f("x.x..", seg(0, 30, 0, 1, 20), seg(100, 120, 1, 2, 0), "134")
	f("xxx.x", seg(0, 30, 0, 0, 30), seg(100, 120, 0, 1, 10), "3")
	f("..xxx", seg(0, 30, 0, 2, 10), seg(100, 120, 2, 0, 20), "01")
	f("xxxxx", seg(0, 30, 0, 0, 30), seg(100, 120, 0, 0, 20), "")
}

func TestDroppedRecordsBesideASegmentThatHadNone(t *testing.T) {
	b := &Batch{
		Records:  []Record{{Size: 10, Kind: Dropped}, {Size: 10}},
		Segments: []Segment{{End: 20, N: 2}, {End: 5, First: 2}},
	}
	b.RemoveDropped()
	if s := b.Segments; len(b.Records) != 1 || s[0].N != 1 || s[1] != (Segment{End: 5, First: 1}) {
		t.Fatalf("got %+v", b)
	}
}
