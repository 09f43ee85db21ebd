package parsertest

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"logskiff/record"
)

func valid(s []byte) bool { return json.Valid(s) && utf8.Valid(s) }

// Check fails when a field of a batch that was parsed leaves its line and what was appended to before, when a value is
// not of its type, when failed records are not counted, or when what was read was written over.
func Check(t testing.TB, b *record.Batch, before string) {
	t.Helper()
	if string(b.Buf[:len(before)]) != before {
		t.Fatal("the parser wrote over what was read: what it makes it appends to Buf")
	}
	failed := 0
	for i := range b.Records {
		r := &b.Records[i]
		inside(t, b, r.Text)
		switch r.Kind {
		case record.Columns:
			if b.Schema == nil || int(r.Fields)+len(b.Schema.Columns) > len(b.Fields) {
				t.Fatalf("record %d is of columns, and lacks some, or the batch has no Schema", i)
			}
			for _, f := range b.Fields[r.Fields:][:len(b.Schema.Columns)] {
				value(t, b, len(before), r, f)
			}
		case record.Pairs:
			for fields := b.PairsOf(r); len(fields) > 0; fields = fields[2:] {
				if name := fields[0]; name.Type != record.String && name.Type != record.JSON {
					t.Fatalf("a name is of type %d", name.Type)
				}
				value(t, b, len(before), r, fields[0])
				value(t, b, len(before), r, fields[1])
			}
		case record.Object:
			if text := b.Bytes(r.Text); !valid(text) || text[0] != '{' {
				t.Fatalf("%.80q is no JSON object", text)
			}
		case record.Failed:
			failed++
		}
	}
	if failed != b.Failed {
		t.Fatalf("%d records failed, %d are counted", failed, b.Failed)
	}
}

func inside(t testing.TB, b *record.Batch, s record.Span) {
	t.Helper()
	if int(s.Off)+int(s.Len) > len(b.Buf) {
		t.Fatalf("span %+v leaves a buffer of %d bytes", s, len(b.Buf))
	}
}

// value checks a field of r; read is how many bytes of the buffer were read.
func value(t testing.TB, b *record.Batch, read int, r *record.Record, f record.Field) {
	t.Helper()
	inside(t, b, f.Span)
	text := b.Bytes(f.Span)
	if int(f.Off) < read && f.Len > 0 && (f.Off < r.Text.Off || f.Off+f.Len > r.Text.Off+r.Text.Len) {
		t.Fatalf("%q stands outside its line", text)
	}
	if f.Type == record.Number && !isNumber(text) {
		t.Fatalf("%q is no number", text)
	}
	if f.Type == record.JSON && !valid(text) {
		t.Fatalf("%q is no JSON value", text)
	}
}
