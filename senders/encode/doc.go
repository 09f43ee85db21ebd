// Package encode makes request bodies: it turns the records of a batch into
// ndjson or raw lines, compresses them, and writes the header that travels with
// them. Everything appends to the caller's slice and allocates nothing per line.
//
// It must not do I/O, parse lines or decide what is sent when.
package encode
