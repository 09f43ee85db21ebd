package record

import "testing"

func TestTheSegmentOfEachRecord(t *testing.T) {
	a, c := &Stream{Path: "a"}, &Stream{Path: "c"}
	b := &Batch{Segments: []Segment{{Stream: a, First: 1, N: 2}, {Stream: a, First: 3}, {Stream: c, First: 4, N: 1}}}
	streams := b.Streams()
	for i, want := range []int{-1, 0, 0, -1, 2, -1} {
		if got := b.SegmentOf(i); got != want {
			t.Errorf("record %d: segment %d, want %d", i, got, want)
		}
		var stream *Stream
		if want >= 0 {
			stream = b.Segments[want].Stream
		}
		if got := streams.Of(i); got != stream {
			t.Errorf("record %d: stream %v, want %v", i, got, stream)
		}
	}
}
