package ack

import (
	"fmt"
	"testing"

	"logskiff/record"
)

// turn moves four batches of 16 streams each through tr, acknowledged in the
// opposite order.
func turn(tr *Tracker, batches []*record.Batch) {
	for _, b := range batches {
		for i := range b.Segments {
			s := &b.Segments[i]
			s.Start, s.End = s.Start+400, s.End+400
		}
		tr.Add(b)
	}
	for i := len(batches) - 1; i >= 0; i-- {
		tr.Done(batches[i], nil)
	}
}

func load() (*Tracker, []*record.Batch) {
	batches := make([]*record.Batch, 4)
	for i := range batches {
		batches[i] = &record.Batch{}
		for n := range 16 {
			start := int64(i * 100)
			batches[i].Segments = append(batches[i].Segments, segments(stream(fmt.Sprint(n)), start, start+100).Segments[0])
		}
	}
	return New(func(*record.Stream, record.Position, Outcome) {}), batches
}

func TestNothingIsAllocatedInSteadyState(t *testing.T) {
	tr, batches := load()
	for range 100 {
		turn(tr, batches)
	}
	if n := testing.AllocsPerRun(1000, func() { turn(tr, batches) }); n != 0 {
		t.Fatalf("%v allocations for 64 segments", n)
	}
}

func BenchmarkSegment(b *testing.B) {
	tr, batches := load()
	b.ReportAllocs()
	for range b.N/64 + 1 {
		turn(tr, batches)
	}
}
