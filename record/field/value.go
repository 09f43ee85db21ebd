package field

import (
	"bytes"

	"logskiff/record"
	"logskiff/record/jsontext"
)

// Value is what a field of a record is. Text stands in the batch: it is valid until the
// batch's buffer is written to, or reset.
type Value struct {
	Type record.Type // Absent: there is no such field
	Text []byte      // as it stands: a String without quotes, JSON with them
}

// Null says whether it is JSON's null.
func (v Value) Null() bool { return v.Type == record.JSON && len(v.Text) > 0 && v.Text[0] == 'n' }

// Given says whether there is a field, and it is not null.
func (v Value) Given() bool { return v.Type != record.Absent && !v.Null() }

// Append appends what it says: a text without quotes and escapes, in any bytes; numbers, true, false,
// objects and lists as they stand; nothing where it is not Given.
func (v Value) Append(dst []byte) []byte {
	switch {
	case !v.Given():
		return dst
	case v.escaped():
		return jsontext.Unquote(dst, v.Text)
	}
	return append(dst, v.inside()...)
}

// Plain returns what Append appends. It stands in the batch, or, when it has to be decoded, in
// the place of what scratch holds, which it returns for the next call.
func (v Value) Plain(scratch []byte) (says, next []byte) {
	switch {
	case !v.Given():
		return nil, scratch
	case v.escaped():
		scratch = jsontext.Unquote(scratch[:0], v.Text)
		return scratch, scratch
	}
	return v.inside(), scratch
}

func (v Value) quoted() bool { return v.Type == record.JSON && len(v.Text) > 1 && v.Text[0] == '"' }

func (v Value) escaped() bool { return v.quoted() && bytes.IndexByte(v.Text, '\\') >= 0 }

func (v Value) inside() []byte {
	if v.quoted() {
		return v.Text[1 : len(v.Text)-1]
	}
	return v.Text
}

func (v Value) object() bool { return v.Type == record.JSON && len(v.Text) > 0 && v.Text[0] == '{' }

func valueOf(b *record.Batch, f record.Field) Value { return Value{f.Type, b.Bytes(f.Span)} }
