package parsers

import (
	"logskiff/parsers/number"
	"logskiff/record"
)

// stringField is a field that holds the bytes of s as they are.
func stringField(s record.Span) record.Field { return record.Field{Span: s, Type: record.String} }

// appendTrue returns a field whose value is true, which needs a place in the buffer.
// One is enough for all records of a batch.
func appendTrue(b *record.Batch) record.Field {
	off := uint32(len(b.Buf))
	b.Buf = append(b.Buf, "true"...)
	return record.Field{Span: record.Span{Off: off, Len: 4}, Type: record.JSON}
}

// partOf returns the part text[from:to] of a record as a field.
func partOf(r *record.Record, from, to int, kind record.Type) record.Field {
	return record.Field{Span: record.Span{Off: r.Text.Off + uint32(from), Len: uint32(to - from)}, Type: kind}
}

// numberPart is partOf for what should be a number, and stays a string when it is none.
func numberPart(r *record.Record, text []byte, from, to int) record.Field {
	if number.Guessed(text[from:to]) {
		return partOf(r, from, to, record.Number)
	}
	return partOf(r, from, to, record.String)
}
