// Package lines cuts text into records, for every reader of a stream of text: lines, parts of
// lines that are too long, groups of lines that belong together, in any of the
// charsets that logs are written in.
//
// What must hold: where a record ends depends on the bytes alone, from the record's first
// byte on, never on how much was read at once. So an offset names the same record
// whenever its stream is read again.
//
// A Cutter is made once of a reader's settings and shared. A Framer is what is known between
// two calls for one stream, and belongs to who reads that stream. Both append records whose texts are
// spans of the caller's buffer, in the text's own charset; Charset.DecodeRecords makes UTF-8
// of them. They keep no buffer, read nothing, and take no memory for a record.
//
// This package must not read files or sockets, and knows no stream but by its offsets.
package lines
