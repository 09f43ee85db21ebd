// Package senders is the contract between the agent and the places records go
// to; each kind of sender is a package below it, and encode makes the bodies.
//
// An endpoint makes one attempt with one body and says what came of it. It does
// not retry, wait, queue or move positions: the agent does that once, around all.
package senders

import (
	"context"

	"logskiff/record"
)

// Payload is one body and what it was made of. The endpoint reads it during
// Send and keeps nothing of it.
type Payload struct {
	Body            []byte
	ContentType     string
	ContentEncoding string // "", "gzip", "zstd"

	// The records in Body are Batch.Records[First:Last], in this order.
	Batch       *record.Batch
	First, Last int

	// Ends says where each of them ends in Body before it was compressed, in bytes; nil where the
	// sender does not want it, or the form of the body knows no such places. See Record.
	Ends []uint32

	// Waits reports whether the destination is held by a key (a topic, an index) at present; nil: by none. The
	// endpoint may leave out the records of such keys and name them as Held, instead of asking again.
	Waits func(key string) bool

	// Fresh asks for a connection that nothing was sent on before: what stands
	// behind a kept one may be another than what takes the next.
	Fresh bool
}

// Record returns the bytes of record i of Batch as they stand in Body, which was not compressed. It
// needs Ends.
func (p *Payload) Record(i int) []byte {
	var start uint32
	if i > p.First {
		start = p.Ends[i-p.First-1]
	}
	return p.Body[start:p.Ends[i-p.First]]
}

// LeftOut names the records that an encoder put nothing into Body for, as each would be with its number. It needs Ends.
func (p *Payload) LeftOut(each Item) (left []Item) {
	if len(p.Ends) != p.Last-p.First {
		panic("BUG: a body without the ends of its records")
	}
	at := uint32(0)
	for i, end := range p.Ends {
		if end == at {
			each.Record = p.First + i
			left = append(left, each)
		}
		at = end
	}
	return left
}

// Endpoint is one place a sender can hand bodies to. Send and Name may be called from
// many goroutines; see life.go for who calls what, and when.
type Endpoint interface {
	Name() string // for people: a URL or a path, without secrets
	// Send makes one attempt. When ctx ends it returns within a second or two, with Retry, and
	// nobody reads the payload any more; a client that a context cannot end works on a copy. Only
	// a write that has begun and cannot be taken back may be waited for.
	Send(ctx context.Context, p *Payload) Result
	// Close lets go of everything within CloseTime, whatever hangs: what it had to leave behind
	// is its error. A Send that is under way, or comes later, ends with Retry.
	Close() error
}

// Prober is an Endpoint that can find out whether anything answers there without
// sending a body. Probe fails when nothing does, or when ctx ends.
type Prober interface {
	Probe(ctx context.Context) error
}

// Chooser is an Endpoint that takes bodies in other forms than the sender's own when who is there says so.
type Chooser interface {
	// Takes reports whether it took such bodies when it last answered.
	Takes(contentType string) bool
}

// Encoder turns records into a body. An Encoder belongs to one goroutine.
type Encoder interface {
	ContentType() string
	// Append appends the records b.Records[first:last] to dst.
	Append(dst []byte, b *record.Batch, first, last int) []byte
}

// Marking is an Encoder that says where each record ends.
type Marking interface {
	Encoder
	// AppendMarked is Append that also appends to ends, for each record, how many bytes behind
	// those that dst had before it ends.
	AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32)
}

// Shortcut makes bodies in a form that is cheaper than the Encoder's, that not every batch
// fits and not every endpoint takes. It belongs to one goroutine.
type Shortcut interface {
	ContentType() string
	// Append appends all records of b to dst, or nothing when they do not fit: when the receiver
	// would make anything else of them than of the Encoder's form.
	Append(dst []byte, b *record.Batch) (_ []byte, fits bool)
}

// Compressor compresses whole bodies. It belongs to one goroutine.
type Compressor interface {
	ContentEncoding() string // "", "gzip", "zstd"
	// Append appends src, compressed, to dst.
	Append(dst, src []byte) []byte
}

// Strategy says how the agent chooses among several endpoints.
type Strategy string

const (
	// RoundRobin uses healthy endpoints in turn, the least busy first.
	RoundRobin Strategy = "round-robin"
	// Failover uses the first healthy endpoint in the listed order.
	Failover Strategy = "failover"
)

// Remembered is what a sender knows of streams that were sent to it.
type Remembered struct {
	Streams    int64 `json:"streams"` // in memory
	Bytes      int64 `json:"bytes"`   // of memory that they take
	BytesMax   int64 `json:"bytes_max"`
	OnDisk     int64 `json:"on_disk"` // streams on the disk alone
	StreamsMax int64 `json:"streams_max"`
	Forgotten  int64 `json:"forgotten"` // since it began
}

// Written is what a sender that stores records by itself has done since it began.
type Written struct {
	Records int64 `json:"records"` // written and synced
	Bytes   int64 `json:"bytes"`   // of these
	Repeats int64 `json:"repeats"` // records left out, since they were written before
	Commits int64 `json:"commits"` // syncs that several batches may share
	Failed  int64 `json:"failed"`  // commits that could not be made; what they had is tried again
}

// Sender is what a sender kind builds from its settings.
type Sender struct {
	Endpoints     []Endpoint // at least one
	Strategy      Strategy
	Hedge         bool              // another endpoint may be asked while one keeps silent
	Ends          bool              // Payload.Ends is wanted: its encoders are Marking
	NewEncoder    func() Encoder    // one for each goroutine that encodes
	NewCompressor func() Compressor // likewise
	NewShortcut   func() Shortcut   // likewise; nil: there is no other form
	Claim         record.Claim      // nil: it does not remember streams
	Remembered    func() Remembered // likewise
	Written       func() Written    // nil: it stores nothing by itself

	// Beside is about how many bytes a record takes in a body beside its text or fields, where that is more than some tens: what
	// it is known by, where it comes from. There are fewer in a batch then. 0: it is not much.
	Beside int
	// AsRead: lines go as they were read, whatever the stages of a source made of them.
	AsRead bool
	// Recounted: who takes such lines counts their offsets by their bytes, and so do not those of readers that change them.
	Recounted bool
	// Ordered: the batches of a pipeline are sent one after another, in the order in which they were read.
	Ordered bool
	// Header returns the length of the header that says of a batch what o and path are, and what it
	// may be; nil: there is none. It is asked before anything is sent.
	Header func(o *record.Origin, path string) (size, most int)
	// Open takes what is this sender's alone: a folder, a lock. nil: there is nothing.
	Open func(ctx context.Context) error
}
