// Package fields changes records after they were parsed: steps that keep, drop,
// rename, add, convert, redact and hash fields, take fields out of others and out of a
// file's path, and leave out records. They are a stage behind a parser, and so work on
// batches in place.
//
// Records of Kind Columns share their names, so a step finds its columns once for a
// schema; for others it compares names in each record. A record that no step changed
// stays what it is.
//
// It must not do I/O, look at the clock, or decide what a dropped record means for a
// checkpoint: record.Batch.RemoveDropped does.
package fields
