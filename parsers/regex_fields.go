package parsers

import (
	"logskiff/parsers/number"
	"logskiff/record"
)

// fieldKind says how the text of a group is written.
type fieldKind uint8

const (
	textGroup   fieldKind = iota
	numberGroup           // a number, if it is one at all; "" and "-" are Absent
	autoGroup             // a number, if it is one that every receiver holds
)

// regexField is a group of a pattern that becomes a field.
type regexField struct {
	name   string
	group  int
	column int
	kind   fieldKind
}

// storeGroups sets columns to the texts of the groups that took part in a match. places
// are their begins and ends in the text that begins at off in b.Buf.
func storeGroups(b *record.Batch, off uint32, fields []regexField, places []int32, columns []record.Field) {
	for i := range fields {
		f := &fields[i]
		from, to := places[2*f.group], places[2*f.group+1]
		if from < 0 || to < 0 || columns[f.column].Type != record.Absent {
			continue
		}
		field := record.Field{Span: record.Span{Off: off + uint32(from), Len: uint32(to - from)}, Type: record.String}
		switch f.kind {
		case numberGroup:
			field = asNumber(b, field)
		case autoGroup:
			if number.Guessed(b.Bytes(field.Span)) {
				field.Type = record.Number
			}
		}
		columns[f.column] = field
	}
}

// asNumber makes a Number of a String that is one. "" and "-" become Absent.
func asNumber(b *record.Batch, f record.Field) record.Field {
	if text := b.Bytes(f.Span); len(text) == 0 || len(text) == 1 && text[0] == '-' {
		return record.Field{}
	}
	if number, ok := number.As(b, f.Span); ok {
		return number
	}
	return f
}
