// Package file is sender.file: it appends batches to ndjson files in a
// folder, syncs them before it acknowledges, and leaves out records it has
// written before, which it knows by stream id and offset range even after a
// restart. The index folder beside the files is what it remembers.
//
// The one rule everything here serves: data is synced, then the index entry that
// covers it is written and synced, then the batch is acknowledged. Every line says which
// bytes of which stream it holds, so what an index does not name, whether a crash or damage made
// it so, is read back from the data at start and kept.
//
// It must not retry, wait for better times, or know how records came here.
package file
