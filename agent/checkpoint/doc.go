// Package checkpoint keeps, through kill -9, power cuts, full disks and damaged
// files, how far each stream of each pipeline was delivered.
//
// There are three layers; docs/decisions/004-bbolt-layout.md says why.
//
//   - Memory holds every checkpoint and is what everybody reads.
//   - The journal (checkpoints.journal.a and .b) gets an entry for each change
//     by a plain write, so that a kill -9 repeats only what was in flight. It is
//     synced only for a durable Register.
//   - The database (checkpoints.db, bbolt) gets all that changed in one synced
//     transaction, at most once in Options.Interval and at Close. The journal is
//     emptied after it.
//
// A file that is damaged is renamed and kept, what is sound in it is carried
// over, and the pipelines are fresh: their readers must begin streams they do
// not find here at the start, whatever start_at says. When nothing can be
// written the store goes on in memory, says so once, and stores all once it can.
//
// The package must not decide which stream is which, or when a byte counts as
// delivered: readers and agent/ack do. It alone imports bbolt.
package checkpoint
