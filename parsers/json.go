package parsers

import (
	"bytes"

	"logskiff/record"
	"logskiff/record/jsontext"
)

// JSONConfig are the settings of the JSON parser. It has none yet.
type JSONConfig struct{}

type jsonParser struct{}

// NewJSON returns a parser for lines that are one JSON object (RFC 8259) in valid UTF-8,
// nested at most 512 levels deep. They become records of Kind Object and are
// sent as they stand, numbers and repeated names included. Any other line fails.
func NewJSON(JSONConfig) (Parser, error) { return jsonParser{}, nil }

func (jsonParser) Clone() Parser { return jsonParser{} }

func (p jsonParser) Parse(b *record.Batch) { eachLine(b, p) }

func (jsonParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	object := trim(b, r.Text)
	if why := CheckObject(b.Bytes(object)); why != "" {
		return why
	}
	r.Text, r.Kind = onOneLine(b, object), record.Object
	return ""
}

// trim returns s without the space around it.
func trim(b *record.Batch, s record.Span) record.Span {
	text := b.Bytes(s)
	from, to := 0, len(text)
	for from < to && jsontext.IsSpace(text[from]) {
		from++
	}
	for to > from && jsontext.IsSpace(text[to-1]) {
		to--
	}
	return record.Span{Off: s.Off + uint32(from), Len: uint32(to - from)}
}

// onOneLine returns where text stands without newlines, which only readers of
// whole messages let through. In valid JSON they can only stand between tokens.
func onOneLine(b *record.Batch, s record.Span) record.Span {
	text := b.Bytes(s)
	if bytes.IndexByte(text, '\n') < 0 {
		return s
	}
	off := uint32(len(b.Buf))
	b.Buf = append(b.Buf, text...)
	for i, c := range b.Buf[off:] {
		if c == '\n' {
			b.Buf[int(off)+i] = ' '
		}
	}
	return record.Span{Off: off, Len: s.Len}
}
