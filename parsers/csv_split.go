package parsers

import (
	"bytes"
	"slices"

	"logskiff/parsers/number"
	"logskiff/parsers/swar"
	"logskiff/record"
)

// split appends the values of a line to b.Fields, at most one for each column, and
// what is behind the last column as one more. It returns "" or why it cannot.
func (p *csvRules) split(b *record.Batch, s record.Span) string {
	text := b.Bytes(s)
	base := len(b.Fields)
	b.Fields = slices.Grow(b.Fields, min(p.columns, len(text)+1)+1)
	var rest int
	if p.quotes && bytes.IndexByte(text, p.quote) >= 0 {
		var why string
		if rest, why = p.splitQuoted(b, text, s.Off); why != "" {
			return why
		}
	} else {
		rest = p.splitPlain(b, text, s.Off)
	}
	switch {
	case rest <= len(text) && p.strict:
		return "more values than columns"
	case rest <= len(text):
		b.Fields = append(b.Fields, record.Field{Span: record.Span{Off: s.Off + uint32(rest), Len: uint32(len(text) - rest)}, Type: record.String})
	case p.strict && len(b.Fields)-base < p.columns:
		return "fewer values than columns"
	}
	return ""
}

// splitPlain splits a line without quotes. It returns where the text behind the last
// column begins; when there is none, this is behind the line's end.
func (p *csvRules) splitPlain(b *record.Batch, text []byte, off uint32) (rest int) {
	const low = 0x7f7f7f7f7f7f7f7f
	delimiters := uint64(p.delimiter) * swar.Ones
	fields := b.Fields
	from, k := 0, 0
	for i := 0; i < len(text); i += 8 {
		var x uint64
		if len(text)-i >= 8 {
			x = swar.Load(text[i:])
		} else {
			for n, c := range text[i:] {
				x |= uint64(c) << (8 * n)
			}
		}
		x ^= delimiters
		// All bytes that are 0 now and no other, unlike in special.
		for marks := ^((x&low + low) | x | low); marks != 0; marks &= marks - 1 {
			at := i + swar.First(marks)
			fields = append(fields, p.plain(b, text, off, from, at, k))
			from = at + 1
			if k++; k == p.columns {
				b.Fields = fields
				return from
			}
		}
	}
	b.Fields = append(fields, p.plain(b, text, off, from, len(text), k))
	return len(text) + 1
}

// splitQuoted is splitPlain for lines with quotes; it also returns why it cannot.
func (p *csvRules) splitQuoted(b *record.Batch, text []byte, off uint32) (rest int, why string) {
	at := 0
	for k := range p.columns {
		from := at
		if p.trim {
			from = spaceEnd(text, from)
		}
		if from == len(text) || text[from] != p.quote {
			end := len(text)
			if n := bytes.IndexByte(text[from:], p.delimiter); n >= 0 {
				end = from + n
			}
			b.Fields = append(b.Fields, p.plain(b, text, off, from, end, k))
			at = end + 1
		} else {
			end, doubled := p.closing(text, from+1)
			if end < 0 {
				return 0, "a quote is not closed"
			}
			f := record.Field{Span: record.Span{Off: off + uint32(from+1), Len: uint32(end - from - 1)}, Type: record.String}
			if doubled {
				f.Span = undouble(b, text[from+1:end], p.quote)
			}
			if p.types[k] == csvNumber {
				f = asNumber(b, f)
			}
			b.Fields = append(b.Fields, f)
			at = end + 1
			if p.trim {
				at = spaceEnd(text, at)
			}
			if at < len(text) && text[at] != p.delimiter {
				return 0, "text follows a closing quote"
			}
			at++
		}
		if at > len(text) {
			break
		}
	}
	return at, ""
}

// closing returns where the quote is that ends the value at text[at], or -1, and
// whether there are doubled ones before it.
func (p *csvRules) closing(text []byte, at int) (end int, doubled bool) {
	for {
		n := bytes.IndexByte(text[at:], p.quote)
		if n < 0 {
			return -1, doubled
		}
		at += n
		if at+1 == len(text) || text[at+1] != p.quote {
			return at, doubled
		}
		at, doubled = at+2, true
	}
}

// undouble appends a value, in which quotes stand by twos, with each two as one.
func undouble(b *record.Batch, value []byte, quote byte) record.Span {
	off := len(b.Buf)
	for {
		n := bytes.IndexByte(value, quote)
		if n < 0 {
			break
		}
		b.Buf = append(b.Buf, value[:n+1]...)
		value = value[n+2:]
	}
	b.Buf = append(b.Buf, value...)
	return record.Span{Off: uint32(off), Len: uint32(len(b.Buf) - off)}
}

// plain makes a field of the unquoted value text[from:to] of column k.
func (p *csvRules) plain(b *record.Batch, text []byte, off uint32, from, to, k int) record.Field {
	if p.trim {
		from = min(spaceEnd(text, from), to)
		for to > from && (text[to-1] == ' ' || text[to-1] == '\t') {
			to--
		}
	}
	if from == to {
		return record.Field{}
	}
	f := record.Field{Span: record.Span{Off: off + uint32(from), Len: uint32(to - from)}, Type: record.String}
	switch p.types[k] {
	case csvAuto:
		if text[from] <= '9' && number.Guessed(text[from:to]) {
			f.Type = record.Number
		}
	case csvNumber:
		return asNumber(b, f)
	}
	return f
}

func spaceEnd(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	return at
}
