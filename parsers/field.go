package parsers

import "logskiff/record"

// stringField is a field that holds the bytes of s as they are.
func stringField(s record.Span) record.Field { return record.Field{Span: s, Type: record.String} }

// appendTrue returns a field whose value is true, which needs a place in the buffer.
// One is enough for all records of a batch.
func appendTrue(b *record.Batch) record.Field {
	off := uint32(len(b.Buf))
	b.Buf = append(b.Buf, "true"...)
	return record.Field{Span: record.Span{Off: off, Len: 4}, Type: record.JSON}
}
