// Package readers is the contract between the agent and the things records come
// from; each kind of reader is a package below it.
//
// A reader finds streams, cuts their bytes into records and puts them into the
// batches it is given. It does not parse fields, does not write checkpoints and
// starts no goroutine of its own: the agent calls Run on one and Fill on others.
package readers

import (
	"context"
	"time"

	"logskiff/record"
)

// Reader is a source of records.
//
// The agent calls Run once, in a goroutine of its own, and Fill from one or more
// worker goroutines while Run runs. Every batch that Fill put records into comes
// back through Done exactly once, in any order, unless the process dies first.
// Close is called last, after Run and every Fill and Done have returned.
type Reader interface {
	// Run finds streams and notices what happens to them until ctx is done,
	// which is not an error. It returns an error only when the reader can never
	// work; what can heal is reported and tried again.
	Run(ctx context.Context) error

	// Fill appends records and their segments to b until b reaches l or
	// nothing more is ready, and reports whether more is ready now. It does not
	// wait for data. A segment's records are whole lines (or marked parts), and
	// its bytes are not handed out again by this process unless the stream is
	// rewritten. Only of a Resumable reader do the segments of one stream come in
	// order and without a gap; streams that others push here may repeat and overlap.
	// Fill may be called with a batch that already holds records.
	Fill(b *record.Batch, l record.Limits) (more bool)

	// Ready receives a token when Fill may find something. It has room for one
	// token, so a token can be stale, but none is missed.
	Ready() <-chan struct{}

	// Done says what became of everything in b: delivered is false when the batch
	// was given up unsent because the agent is stopping. b must not be kept.
	Done(b *record.Batch, delivered bool)

	// Close releases what the reader holds.
	Close() error
}

// Resumable is a Reader whose streams outlive the process and so have
// checkpoints.
type Resumable interface {
	Reader

	// Advance says that everything before pos is acknowledged and that the
	// checkpoint store knows it. Calls for one stream come in rising order.
	Advance(s *record.Stream, pos record.Position)

	// Status calls yield for every stream it knows, until yield returns false.
	Status(yield func(Status) bool)
}

// Known is what is stored of a stream beside how far it is delivered.
type Known struct {
	Path  string      // the name it was first found under
	Name  string      // the name it has now, "" when it has none any more
	Real  string      // what Path stands for, if that only leads to it (a symbolic link), or ""
	Unit  record.Unit // of Size, and of all other figures of the stream; it never changes
	Size  int64       // where its end was, when that was last worth telling
	State State
}

// Checkpoint is what is stored for one stream of one pipeline.
type Checkpoint struct {
	ID record.StreamID
	Known
	record.Position // acknowledged up to here

	// The ledger: Offset = Skipped + Delivered + Quarantined + Lost.
	Skipped     int64 // what the configuration leaves out: start_at = "end", ignore_older, dropped lines
	Delivered   int64
	Quarantined int64
	Lost        int64 // gone from the disk before they were read
}

// Registry is where a reader says what it knows of its streams; the agent gives
// it one. All methods may be called from any goroutine.
type Registry interface {
	// Register makes a stream known before the first record of it is handed out.
	// With durable it returns only once that survives a power cut.
	Register(c Checkpoint, durable bool) error
	// Update replaces what is known of a registered stream, but its unit. With durable it returns only
	// once that, and every Update before it, survives a power cut.
	Update(id record.StreamID, k Known, durable bool) error
	// Lose counts n bytes or entries from the stream's cursor on as gone for good.
	Lose(id record.StreamID, n int64, why string)
	// Looked says that every stream is registered that could be found at that time. With
	// durable it returns only once that, and all before it, survives a power cut; else it is stored
	// with what changes next. A start after it knows that what is not registered came later.
	Looked(at time.Time, durable bool) error
	// Forget drops streams that can never be met again.
	Forget(ids ...record.StreamID)
}

// Status is what a person wants to know of one stream now.
type Status struct {
	ID        record.StreamID
	Path      string      // the name it was found under
	Name      string      // the name it has now
	Unit      record.Unit // of the figures below
	Size      int64       // found
	Read      int64       // offset of the next byte to read
	Delivered int64       // offset acknowledged
	Oldest    time.Time   // when the oldest undelivered byte was first seen; zero: none
	Problem   string      // why it cannot be read now, or ""

	// Away: it is no stream but a folder that does not answer, and did last at Looked
	// (zero: never). What is said of the streams in it is what was seen then.
	Away   bool
	Looked time.Time
}
