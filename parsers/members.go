package parsers

import (
	"bytes"

	"logskiff/record"
)

// AppendMembers appends name and value of each member of a JSON object that was checked
// (CheckObject) to b.Fields, as SetPairs takes them: names as quoted JSON
// strings, values as Number or JSON. It says how many members there are, and false when
// they are more than MaxPairs; then nothing is appended.
func AppendMembers(b *record.Batch, object record.Span) (n int, ok bool) {
	first := len(b.Fields)
	s := b.Bytes(object)
	for i := nextMember(s, 0); i < len(s); i = nextMember(s, i) {
		if n++; n > record.MaxPairs {
			b.Fields = b.Fields[:first]
			return n, false
		}
		m := memberAt(s, i)
		m.name.Off += object.Off
		m.value.Off += object.Off
		b.Fields = append(b.Fields, record.Field{Span: m.name, Type: record.JSON}, m.value)
		i = m.end
	}
	return n, true
}

// CheckObject returns "" when s is one JSON object without space around it, in valid UTF-8 and
// not nested too deep, and a constant reason otherwise.
func CheckObject(s []byte) string {
	if len(s) == 0 || s[0] != '{' {
		return "not a JSON object"
	}
	return checkJSON(s)
}

// OnOneLine returns where the JSON text at s stands without newlines, in a copy if need be.
func OnOneLine(b *record.Batch, s record.Span) record.Span { return onOneLine(b, s) }

// Unquote appends what a quoted JSON string that was checked says to dst.
func Unquote(dst, quoted []byte) []byte {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return append(dst, inside...)
	}
	dst, _ = unescapeJSON(dst, inside)
	return dst
}

// NameIs says whether a name of a pair, String or a quoted JSON string, is want.
func NameIs(b *record.Batch, name record.Field, want string) bool {
	s := b.Bytes(name.Span)
	if name.Type == record.String {
		return string(s) == want
	}
	if len(s) == len(want)+2 {
		return string(s[1:len(s)-1]) == want
	}
	if len(s) < len(want)+2 || len(s) > 6*len(want)+2 || bytes.IndexByte(s, '\\') < 0 {
		return false
	}
	var plain [128]byte
	return string(Unquote(plain[:0], s)) == want
}

// member is one member of an object; spans count from the object's beginning.
type member struct {
	name  record.Span // with its quotes
	value record.Field
	end   int // after the value
}

// nextMember returns where the name of the next member begins: behind the brace or comma
// that stands at s[i] or after space there. len(s): there is none.
func nextMember(s []byte, i int) int {
	i = skipSpace(s, i)
	if i >= len(s) || s[i] == '}' {
		return len(s)
	}
	i = skipSpace(s, i+1)
	if s[i] == '}' {
		return len(s)
	}
	return i
}

// memberAt reads the member whose name begins at s[i], in a valid object.
func memberAt(s []byte, i int) member {
	var m member
	end := stringEnd(s, i+1)
	m.name = record.Span{Off: uint32(i), Len: uint32(end - i)}
	i = skipSpace(s, skipSpace(s, end)+1) // behind the colon
	m.end = valueEnd(s, i)
	m.value = record.Field{Span: record.Span{Off: uint32(i), Len: uint32(m.end - i)}, Type: record.JSON}
	if c := s[i]; c == '-' || isDigit(c) {
		m.value.Type = record.Number
	}
	return m
}

// valueEnd returns the end of the value at s[i], in valid JSON.
func valueEnd(s []byte, i int) int {
	switch s[i] {
	case '"':
		return stringEnd(s, i+1)
	case '{', '[':
		depth := 0
		for {
			switch s[i] {
			case '"':
				i = stringEnd(s, i+1)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
	}
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && !isSpace(s[i]) {
		i++
	}
	return i
}
