// Package filesend is sender.file: it appends batches to ndjson files in a
// folder, syncs them before it acknowledges, and leaves out records it has
// written before, which it knows by stream id and offset range even after a
// restart. The index folder beside the files is what it remembers.
//
// The one rule everything here serves: data is synced, then the index entry that
// covers it is written and synced, then the batch is acknowledged. What lies in a
// data file beyond its last entry was never acknowledged and is cut off at start.
//
// It must not retry, wait for better times, or know how records came here.
package filesend
