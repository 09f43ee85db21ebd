package parsers

import "logskiff/record"

type raw struct{}

// NewRaw returns a parser that leaves lines as they are.
func NewRaw() Parser { return raw{} }

func (raw) Parse(*record.Batch) {}
func (raw) Clone() Parser       { return raw{} }
