// Package agent joins readers, parsers and senders into pipelines and runs them: one pipeline for
// each source and sender, from bytes in a file to a stored checkpoint.
// pipeline.go is the walk; start there.
//
// It holds no detail of any format, file system or protocol: those live in the
// plugins, and package kinds is the one table of them.
package agent
