package parsers

import (
	"logskiff/parsers/jsoncheck"
	"logskiff/record"
	"logskiff/record/jsontext"
)

// AppendMembers appends name and value of each member of a JSON object that was checked
// (CheckObject) to b.Fields, as SetPairs takes them: names as quoted JSON
// strings, values as Number or JSON. It says how many members there are, and false when
// they are more than MaxPairs; then nothing is appended.
func AppendMembers(b *record.Batch, object record.Span) (n int, ok bool) {
	first := len(b.Fields)
	s := b.Bytes(object)
	for i := jsontext.Next(s, 0); i < len(s); i = jsontext.Next(s, i) {
		if n++; n > record.MaxPairs {
			b.Fields = b.Fields[:first]
			return n, false
		}
		m := jsontext.At(s, i)
		m.Name.Off += object.Off
		m.Value.Off += object.Off
		b.Fields = append(b.Fields, record.Field{Span: m.Name, Type: record.JSON}, m.Value)
		i = m.End
	}
	return n, true
}

// CheckObject returns "" when s is one JSON object without space around it, in valid UTF-8 and
// not nested too deep, and a constant reason otherwise.
func CheckObject(s []byte) string {
	if len(s) == 0 || s[0] != '{' {
		return "not a JSON object"
	}
	return jsoncheck.Value(s)
}

// OnOneLine returns where the JSON text at s stands without newlines, in a copy if need be.
func OnOneLine(b *record.Batch, s record.Span) record.Span { return onOneLine(b, s) }
