package parsertest_test

import (
	"bytes"
	"testing"

	"logskiff/parsers"
	"logskiff/parsers/parsertest"
	"logskiff/record"
)

// trial is the smallest parser: a level, a bar, a message. It shows what the contract asks for, and
// docs/architecture.md leads here.
type trial struct{ schema *record.Schema }

func newTrial() parsers.Parser { return trial{record.NewSchema([]string{"level", "message"})} }

func (p trial) Clone() parsers.Parser { return p }

// FieldNames implements parsers.Fixed.
func (p trial) FieldNames() ([]string, bool) { return p.schema.Columns, true }

func (p trial) Parse(b *record.Batch) {
	b.Schema = p.schema
	for i := range b.Records {
		r := &b.Records[i]
		if r.Flags&record.Part != 0 {
			continue // a piece of a line says nothing of the whole
		}
		level := bytes.IndexByte(b.Bytes(r.Text), '|')
		if level < 0 {
			b.Fail(i, "no bar")
			continue
		}
		at, message := r.Text.Off, uint32(level)+1
		r.Kind, r.Fields = record.Columns, uint32(len(b.Fields))
		b.Fields = append(b.Fields,
			record.Field{Span: record.Span{Off: at, Len: uint32(level)}, Type: record.String},
			record.Field{Span: record.Span{Off: at + message, Len: r.Text.Len - message}, Type: record.String})
	}
}

func TestAParserKeepsTheContract(t *testing.T) {
	parsertest.Run(t, newTrial(), "info|a message", "|", "warn|a|b", "no level")
}

func FuzzTrial(f *testing.F) {
	f.Add("info|a message")
	f.Fuzz(func(t *testing.T, line string) {
		b := parsertest.NewBatch(line, line)
		before := string(b.Buf)
		newTrial().Parse(b)
		parsertest.Check(t, b, before)
	})
}
