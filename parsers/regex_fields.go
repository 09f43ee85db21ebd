package parsers

import (
	"bytes"

	"logskiff/record"
)

// fieldKind says how the text of a group is written.
type fieldKind uint8

const (
	textGroup   fieldKind = iota
	numberGroup           // a number, if it is one at all; "" and "-" are Absent
	autoGroup             // a number, if it is one in JSON
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
			if isNumber(b.Bytes(field.Span)) {
				field.Type = record.Number
			}
		}
		columns[f.column] = field
	}
}

// asNumber makes a Number of a String that is one: as it stands in JSON, or what is left of
// forms such as +5, 007, .5 and 5. without what JSON forbids. "" and "-" become Absent.
func asNumber(b *record.Batch, f record.Field) record.Field {
	text := b.Bytes(f.Span)
	if isNumber(text) {
		f.Type = record.Number
		return f
	}
	if len(text) == 0 || len(text) == 1 && text[0] == '-' {
		return record.Field{}
	}
	digits := text
	if digits[0] == '+' || digits[0] == '-' {
		digits = digits[1:]
	}
	whole, fraction, _ := bytes.Cut(digits, []byte{'.'})
	if len(whole)+len(fraction) == 0 || digitsEnd(whole, 0) < len(whole) || digitsEnd(fraction, 0) < len(fraction) {
		return f
	}
	for len(whole) > 1 && whole[0] == '0' {
		whole = whole[1:]
	}
	begin := len(b.Buf)
	if text[0] == '-' {
		b.Buf = append(b.Buf, '-')
	}
	if len(whole) == 0 {
		b.Buf = append(b.Buf, '0')
	}
	b.Buf = append(b.Buf, whole...)
	if len(fraction) > 0 {
		b.Buf = append(append(b.Buf, '.'), fraction...)
	}
	return record.Field{Span: record.Span{Off: uint32(begin), Len: uint32(len(b.Buf) - begin)}, Type: record.Number}
}
