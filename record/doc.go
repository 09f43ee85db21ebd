// Package record holds the memory every stage works on: a Batch of records cut
// from one or more streams, and the few values that say where a record came
// from (Stream, Position, Segment).
//
// Lifetime: a Batch has one owner at a time. A Pool hands it to a read worker,
// which fills it; it then moves through parsing, encoding and sending, and goes
// back to its Pool once everything in it is acknowledged. Stages append to the
// batch and never rewrite bytes that an earlier stage put there, so every Span
// stays valid until Reset. Nothing may keep a slice of Buf or Body after that.
//
// This package must not do I/O, know any format or name any plugin, and it
// imports no other package of the project.
package record
