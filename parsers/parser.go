// Package parsers turns lines into fields: one format a file, each a pure
// function over a batch, with its settings, defaults and checks beside it.
//
// A parser does no I/O, starts no goroutine and never looks at the wall clock.
// It must not allocate per line, never reads outside its record's text, and
// leaves nothing out: what it cannot read it marks with Batch.Fail, to be sent raw.
package parsers

import "logskiff/record"

// Parser works over batches in place.
type Parser interface {
	// Parse sets Kind, Time and fields of every record of b. It may append to
	// b.Buf and keeps nothing of b. Parts of overlong lines stay Raw.
	// A Parser may cache between calls, so each worker uses its own Clone.
	Parse(b *record.Batch)
	// Clone returns a parser with the same settings for another goroutine.
	Clone() Parser
}
