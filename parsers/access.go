package parsers

import (
	"bytes"

	"logskiff/parsers/clocks"
	"logskiff/parsers/layouts"
	"logskiff/parsers/number"
	"logskiff/record"
)

// accessParser reads lines that a web server made by a format. It belongs to one goroutine.
type accessParser struct {
	*program
	local  clocks.Cache
	iso    clocks.Cache
	clock  clocks.Zone   // for moments without a zone
	moment layouts.Shown // of the line under way, when it is not in one piece
	failed int           // the byte at which the last line that failed did
}

func (p *accessParser) Clone() Parser {
	return &accessParser{program: p.program, clock: clocks.Zone{Location: p.clock.Location}}
}

func (p *accessParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	eachLine(b, p)
}

func (p *accessParser) parse(b *record.Batch, i int) string {
	r := &b.Records[i]
	l := line{text: b.Bytes(r.Text), off: r.Text.Off, b: b, fields: appendColumns(b, r, len(p.schema.Columns))}
	if why := p.parseLine(&l); why != "" {
		p.failed = l.failed
		return why
	}
	r.Time, r.Zone = l.time, l.zone
	return ""
}

// failedAt implements locating.
func (p *accessParser) failedAt() int { return p.failed }

// line is what is known of the line under way.
type line struct {
	text    []byte
	off     uint32 // of text in b.Buf
	b       *record.Batch
	fields  []record.Field
	time    int64
	zone    int16
	escaped bool // there is a backslash somewhere
	failed  int  // the byte where it does not match, once it does not
}

// takeOther stores what stands in the place of a number, and is not written as JSON has them.
func (s *step) takeOther(l *line, at record.Span) bool {
	f, ok := number.As(l.b, at)
	switch {
	case !ok && s.strict:
		return false
	case !ok:
		l.fields[s.text] = stringField(at)
		if s.list {
			f = lastNumber(l.b, at)
		}
	}
	l.fields[s.column] = f
	return true
}

// lastNumber returns the last value of a list, which is that of the server whose answer was
// taken, or Absent when it is no number.
func lastNumber(b *record.Batch, s record.Span) record.Field {
	list := b.Bytes(s)
	if at := bytes.LastIndexByte(list, ' ') + 1; at >= len(", ") {
		s.Off, s.Len = s.Off+uint32(at), s.Len-uint32(at)
		if f, ok := number.As(b, s); ok {
			return f
		}
	}
	return record.Field{}
}

const noInstant = "the time is none, or before 1678 or after 2262"

// parseLine returns "" or why the line does not match.
func (p *accessParser) parseLine(l *line) string {
	text := l.text
	if len(text) < len(p.prefix) || string(text[:len(p.prefix)]) != p.prefix {
		for l.failed < len(text) && text[l.failed] == p.prefix[l.failed] {
			l.failed++
		}
		return p.noStart
	}
	l.escaped = p.escape != escapeNone && bytes.IndexByte(text, '\\') >= 0
	if p.moments {
		p.moment = layouts.Shown{}
	}
	at := len(p.prefix)
	for i := range p.steps {
		s := &p.steps[i]
		var end int
		if s.moment == nil {
			end = s.end(text, at, l.escaped)
		} else {
			end = p.momentEnd(s, text, at)
		}
		if end < 0 || !p.takeValue(l, s, at, end) {
			l.failed = at
			return s.reason
		}
		at = end + len(s.literal)
	}
	if p.moments {
		var ok bool
		if l.time, l.zone, ok = p.moment.Instant(&p.clock, p.left, l.b.ReadAt); !ok {
			return noInstant
		}
	}
	return ""
}

// takeValue stores what stands at text[from:to]; false: it cannot be that variable's.
func (p *accessParser) takeValue(l *line, s *step, from, to int) bool {
	value := l.text[from:to]
	switch s.take {
	case takeLocal:
		return l.take(&p.local, value, parseLocal, s.timing)
	case takeISO:
		return l.take(&p.iso, value, parseISO, s.timing)
	case takeMsec:
		t, ok := parseMsec(value)
		l.time = t
		return ok
	case takeMoment, takeNothing:
		return true // read already, to see where it ends
	case takeBytes:
		if len(value) == 1 && value[0] == '-' {
			l.fields[s.column] = record.Field{Span: record.Span{Off: uint32(len(l.b.Buf)), Len: 1}, Type: record.Number}
			l.b.Buf = append(l.b.Buf, '0')
			return true
		}
	case takeQuery:
		if len(value) == 0 {
			return true
		}
		if value[0] == '?' {
			value, from = value[1:], from+1
		}
	}
	f := record.Field{Span: record.Span{Off: l.off + uint32(from), Len: uint32(to - from)}, Type: record.String}
	switch {
	case len(value) == 0:
		if p.escape != escapeDefault || s.numeric {
			return true
		}
	case len(value) == 1 && value[0] == '-' && s.take != takeWord:
		return true
	}
	if l.escaped && !p.keep && bytes.IndexByte(value, '\\') >= 0 {
		f.Off = uint32(len(l.b.Buf))
		var ok bool
		l.b.Buf, ok = unescape(l.b.Buf, value, p.escape)
		if !ok {
			return false
		}
		f.Len = uint32(len(l.b.Buf)) - f.Off
	}
	if s.numeric {
		if f.Type = record.Number; !number.Held(l.b.Bytes(f.Span), true) {
			return s.takeOther(l, f.Span)
		}
	}
	switch s.take {
	case takeRequest:
		splitRequest(l.fields[s.column:s.column+4:s.column+4], l.b.Bytes(f.Span), f)
		return true
	case takePath:
		if n := bytes.IndexByte(l.b.Bytes(f.Span), '?'); n >= 0 {
			args := uint32(n + 1)
			l.fields[s.column+1] = record.Field{Span: record.Span{Off: f.Off + args, Len: f.Len - args}, Type: record.String}
			f.Len = uint32(n)
		}
	}
	l.fields[s.column] = f
	return true
}
