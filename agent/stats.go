package agent

import (
	"sync/atomic"

	"logskiff/agent/checkpoint"
	"logskiff/agent/deliver"
	"logskiff/record"
)

// Stats counts what one pipeline did since it started. All fields only grow.
type Stats struct {
	ReadLines, DeliveredLines       atomic.Int64
	QuarantinedLines                atomic.Int64
	ParseErrors, Batches, SentBytes atomic.Int64
	DroppedLines                    atomic.Int64 // left out by the configuration, and acknowledged
	UntimedLines                    atomic.Int64 // the field with their time could not be read
	UndecidedLines                  atomic.Int64 // an expression could not be evaluated for them
	UnmatchedLines                  atomic.Int64 // the path of their file did not match
	unparsed                        spell
	reason                          atomic.Pointer[string] // why a line was not parsed, of the last batch that had one
	amounts                         [record.Units]amounts
}

// amounts counts what became of streams, in their unit.
type amounts struct {
	Read, Delivered, Quarantined atomic.Int64
	Lost                         atomic.Int64 // gone before they were read
	Dropped                      atomic.Int64 // left out by the configuration, and acknowledged
	Missing                      atomic.Int64 // numbers that no record has, acknowledged
}

// lost rises when something was lost, whatever its unit.
func (s *Stats) lost() (n int64) {
	for u := range s.amounts {
		n += s.amounts[u].Lost.Load()
	}
	return n
}

func (s *Stats) read(b *record.Batch) {
	s.Batches.Add(1)
	s.ReadLines.Add(int64(len(b.Records)))
	for u := range record.Units {
		if n := b.Covered(record.Unit(u)); n > 0 {
			s.amounts[u].Read.Add(n)
		}
	}
}

func (s *Stats) parsed(b *record.Batch) {
	s.ParseErrors.Add(int64(b.Failed))
	if b.Failed > 0 {
		s.unparsed.note(b.ReadAt)
		if last := s.reason.Load(); len(b.Reasons) > 0 && (last == nil || *last != b.Reasons[0]) {
			reason := b.Reasons[0]
			s.reason.Store(&reason)
		}
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
	for i := range o.Segments {
		to, of := &o.Segments[i], &b.Segments[i]
		n := &s.amounts[of.Unit()]
		n.Delivered.Add(to.Delivered)
		n.Quarantined.Add(to.Quarantined)
		n.Dropped.Add(to.Dropped - of.Missing)
		if of.Missing > 0 {
			n.Missing.Add(of.Missing)
		}
	}
}

// lossCounter is a pipeline's registry that also counts what was lost.
type lossCounter struct {
	*checkpoint.Pipeline
	stats *Stats
}

// Lose implements readers.Registry.
func (l lossCounter) Lose(id record.StreamID, n int64, why string) {
	l.stats.amounts[l.UnitOf(id)].Lost.Add(n)
	l.Pipeline.Lose(id, n, why)
}
