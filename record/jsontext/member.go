package jsontext

import (
	"encoding/binary"
	"math/bits"

	"logskiff/record"
)

// Member is one member of an object; spans count from the object's beginning.
type Member struct {
	Name  record.Span  // with its quotes
	Value record.Field // Number or JSON
	End   int          // after the value
}

// Next returns where the name of the next member begins: behind the brace or comma
// that stands at s[i] or after space there. len(s): there is none.
func Next(s []byte, i int) int { return next(s, i, '}') }

func next(s []byte, i int, closing byte) int {
	i = SkipSpace(s, i)
	if i >= len(s) || s[i] == closing {
		return len(s)
	}
	i = SkipSpace(s, i+1)
	if s[i] == closing {
		return len(s)
	}
	return i
}

// At reads the member whose name begins at s[i].
func At(s []byte, i int) Member {
	var m Member
	end := stringEnd(s, i+1)
	m.Name = record.Span{Off: uint32(i), Len: uint32(end - i)}
	i = SkipSpace(s, SkipSpace(s, end)+1) // behind the colon
	m.End = valueEnd(s, i)
	m.Value = record.Field{Span: record.Span{Off: uint32(i), Len: uint32(m.End - i)}, Type: record.JSON}
	if c := s[i]; c == '-' || c >= '0' && c <= '9' {
		m.Value.Type = record.Number
	}
	return m
}

// Element reads the value that begins at s[i], of an array.
func Element(s []byte, i int) record.Span {
	return record.Span{Off: uint32(i), Len: uint32(valueEnd(s, i) - i)}
}

// NextElement returns where the next value of an array begins: behind the bracket or comma
// that stands at s[i] or after space there. len(s): there is none.
func NextElement(s []byte, i int) int { return next(s, i, ']') }

// valueEnd returns the end of the value at s[i].
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
	for i < len(s) && s[i] != ',' && s[i] != '}' && s[i] != ']' && !IsSpace(s[i]) {
		i++
	}
	return i
}

// stringEnd returns the index after the quote that closes the string whose first character is s[i].
func stringEnd(s []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for {
		if len(s)-i >= 8 { // eight bytes in one go: the lowest mark, of a quote or a backslash, is exact
			x := binary.LittleEndian.Uint64(s[i:])
			quote, backslash := x^'"'*ones, x^'\\'*ones
			marks := ((quote-ones)&^quote | (backslash-ones)&^backslash) & tops
			if marks == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(marks) >> 3
		}
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
		i++
	}
}
