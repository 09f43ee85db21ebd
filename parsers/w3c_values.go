package parsers

import (
	"bytes"
	"slices"

	"logskiff/parsers/clocks"
	"logskiff/parsers/number"
	"logskiff/record"
)

const (
	w3cBadTime = "the date or the time is none"
	w3cTooFew  = "fewer values than fields"
	w3cTooMany = "more values than fields"
)

// values makes a record of a line's values, and returns "" or why it cannot.
func (l *w3cWalk) values(i, base int) string {
	b, r := l.b, &l.b.Records[i]
	text := b.Bytes(r.Text)
	if l.own {
		columns := len(l.schema.Columns)
		b.Fields = slices.Grow(b.Fields, columns)[:base+columns]
		clear(b.Fields[base:])
	}
	separator := byte(' ')
	if bytes.IndexByte(text, '\t') >= 0 {
		separator = '\t'
	}
	quotes := bytes.IndexByte(text, '"') >= 0
	var date, clock []byte
	at := 0
	for k := range l.now {
		f := &l.now[k]
		if separator == ' ' {
			at = spaceEnd(text, at)
		}
		if at > len(text) || at == len(text) && separator == ' ' {
			return w3cTooFew
		}
		from, to, doubled := at, len(text), false
		if quotes && at < len(text) && text[at] == '"' {
			from, to, doubled = quotedWord(text, at, separator)
		}
		if from == at {
			if n := bytes.IndexByte(text[at:], separator); n >= 0 {
				to = at + n
			}
			at = to + 1
		} else {
			at = to + 2
		}
		value := text[from:to]
		if len(value) == 0 || len(value) == 1 && value[0] == '-' {
			continue
		}
		field := record.Field{Span: record.Span{Off: r.Text.Off + uint32(from), Len: uint32(to - from)}, Type: record.String}
		switch {
		case f.kind == w3cNumber:
			if number, ok := number.As(b, field.Span); ok {
				field = number
			}
		case f.kind == w3cDate && l.dated:
			date = value
			continue
		case f.kind == w3cTime && l.dated:
			clock = value
			continue
		case doubled:
			field.Span = undouble(b, value, '"')
		}
		if l.own {
			b.Fields[base+f.column] = field
		} else {
			b.Fields = append(b.Fields, record.Field{Span: f.name, Type: record.String}, field)
		}
	}
	if separator == ' ' {
		at = spaceEnd(text, min(at, len(text)))
	}
	if at < len(text) {
		if separator == ' ' || !l.own {
			return w3cTooMany
		}
		// CloudFront says that it may add fields at the end.
		b.Fields[base+l.extra] = record.Field{Span: record.Span{Off: r.Text.Off + uint32(at), Len: uint32(len(text) - at)}, Type: record.String}
	}
	r.Time, r.Zone = 0, 0
	if date != nil && clock != nil {
		var ok bool
		if r.Time, r.Zone, ok = l.timeOf(date, clock); !ok {
			return w3cBadTime
		}
	}
	if l.own {
		r.Kind, r.Fields = record.Columns, uint32(base)
	} else {
		setPairs(b, i, base)
	}
	return ""
}

// quotedWord returns what stands between the quote at text[at] and the one that a
// separator or the line's end follows. Where there is no such quote the value is not quoted
// but begins with a quote, and from is at: IIS quotes nothing.
func quotedWord(text []byte, at int, separator byte) (from, to int, doubled bool) {
	for i := at + 1; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			break
		}
		i += n
		if i+1 == len(text) || text[i+1] == separator {
			return at + 1, i, doubled
		}
		if text[i+1] != '"' {
			break
		}
		i++
		doubled = true
	}
	return at, len(text), false
}

// timeOf reads 2026-11-21 and 02:20, 02:20:47 or 02:20:47.123.
func (l *w3cWalk) timeOf(date, clock []byte) (t int64, zone int16, ok bool) {
	if len(date) != len("2026-11-21") || date[4] != '-' || date[7] != '-' || len(clock) < len("02:20") {
		return 0, 0, false
	}
	full := [8]byte{5: ':', 6: '0', 7: '0'}
	n := copy(full[:], clock)
	if n != 5 && n != 8 {
		return 0, 0, false
	}
	var fraction int64
	if rest := clock[n:]; len(rest) > 0 {
		if rest[0] != '.' || number.DigitsEnd(rest, 1) != len(rest) || len(rest) > 10 {
			return 0, 0, false
		}
		for i := range 9 {
			fraction *= 10
			if i+1 < len(rest) {
				fraction += int64(rest[i+1] - '0')
			}
		}
	}
	shown, ok := clocks.Instant(clocks.Four(date), clocks.Two(date[5:]), clocks.Two(date[8:]), full[:], 0)
	if !ok {
		return 0, 0, false
	}
	t, zone, ok = l.clock.Instant(shown / 1_000_000_000)
	return t + fraction, zone, ok
}
