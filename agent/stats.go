package agent

import (
	"sync/atomic"

	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/record"
)

// Stats counts what one pipeline did since it started. All fields only grow.
type Stats struct {
	ReadLines, ReadBytes            atomic.Int64
	DeliveredLines, DeliveredBytes  atomic.Int64
	QuarantinedLines                atomic.Int64
	QuarantinedBytes                atomic.Int64
	ParseErrors, Batches, SentBytes atomic.Int64
	LostBytes                       atomic.Int64 // gone from the disk before they were read
	DroppedLines, DroppedBytes      atomic.Int64 // left out by the configuration, and acknowledged
	UntimedLines                    atomic.Int64 // the field with their time could not be read
	UndecidedLines                  atomic.Int64 // an expression could not be evaluated for them
	UnmatchedLines                  atomic.Int64 // the path of their file did not match
	unparsed                        spell
}

func (s *Stats) read(b *record.Batch) {
	s.Batches.Add(1)
	s.ReadLines.Add(int64(len(b.Records)))
	s.ReadBytes.Add(b.StreamBytes())
}

func (s *Stats) parsed(b *record.Batch) {
	s.ParseErrors.Add(int64(b.Failed))
	if b.Failed > 0 {
		s.unparsed.note(b.ReadAt)
	}
	s.UntimedLines.Add(int64(b.Untimed))
	s.UndecidedLines.Add(int64(b.Undecided))
	s.UnmatchedLines.Add(int64(b.Unmatched))
}

func (s *Stats) delivered(b *record.Batch, o deliver.Outcome) {
	s.DeliveredLines.Add(int64(o.Delivered))
	s.QuarantinedLines.Add(int64(o.Quarantined))
	s.DroppedLines.Add(int64(b.Dropped))
	s.SentBytes.Add(int64(len(b.Body)))
	for _, seg := range o.Segments {
		s.DeliveredBytes.Add(seg.Delivered)
		s.QuarantinedBytes.Add(seg.Quarantined)
		s.DroppedBytes.Add(seg.Dropped)
	}
}

// lossCounter is a pipeline's registry that also counts what was lost.
type lossCounter struct {
	*checkpoint.Pipeline
	stats *Stats
}

// Lose implements readers.Registry.
func (l lossCounter) Lose(id record.StreamID, n int64, why string) {
	l.stats.LostBytes.Add(n)
	l.Pipeline.Lose(id, n, why)
}
