// Package senders is the contract between the agent and the places records go
// to; each kind of sender is a package below it, and encode makes the bodies.
//
// An endpoint makes one attempt with one body and says what came of it. It does
// not retry, wait, queue or move positions: the agent does that once, around all.
package senders

import (
	"context"
	"time"

	"logskiff/record"
)

// Class is what came of one attempt.
type Class uint8

const (
	// Delivered: the destination has it and answers for it.
	Delivered Class = iota
	// Retry: no answer, or one that may be different next time. The endpoint is
	// taken out of use for a while.
	Retry
	// Throttled: the destination asks for less (429, 503).
	Throttled
	// Held: whoever answered works, but never judged the records, and will not
	// until a person changes something: 401, 404, a proxy's 407. Nothing is
	// dropped; it is tried again and shown.
	Held
	// TooLarge: the same records in smaller bodies may be taken.
	TooLarge
	// TooManySegments: what describes the batch is too large for the destination;
	// the same records in batches of fewer segments may be taken. A batch of one
	// segment is Held instead.
	TooManySegments
	// Refused: the records were looked at and will not be taken; Reason says why.
	Refused
	// Misread: the body was in a form that who answers does not take, or does not say it takes.
	// The same records go in the sender's own form, at once. No body in that form is Misread.
	Misread
)

// Result is the outcome of one attempt.
type Result struct {
	Class  Class
	Wait   time.Duration // how long the destination asked us to wait; 0: it did not
	Status int           // HTTP status, 0: none
	Reason string        // what a person should read, at most 512 bytes; "" when delivered
}

// Payload is one body and what it was made of. The endpoint reads it during
// Send and keeps nothing of it.
type Payload struct {
	Body            []byte
	ContentType     string
	ContentEncoding string // "", "gzip", "zstd"

	// The records in Body are Batch.Records[First:Last], in this order.
	Batch       *record.Batch
	First, Last int

	// Fresh asks for a connection that nothing was sent on before: what stands
	// behind a kept one may be another than what takes the next.
	Fresh bool
}

// Endpoint is one place a sender can hand bodies to. Send may be called from
// many goroutines.
type Endpoint interface {
	Name() string // for people: a URL or a path, without secrets
	Send(ctx context.Context, p *Payload) Result
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
	NewEncoder    func() Encoder    // one for each goroutine that encodes
	NewCompressor func() Compressor // likewise
	NewShortcut   func() Shortcut   // likewise; nil: there is no other form
	Claim         record.Claim      // nil: it does not remember streams
	Remembered    func() Remembered // likewise
	Written       func() Written    // nil: it stores nothing by itself
}
