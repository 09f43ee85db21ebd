package parsers

import (
	"bytes"
	"slices"

	"logskiff/record"
)

// nginxParser reads lines that a log_format made. It belongs to one goroutine.
type nginxParser struct {
	*program
	local timeCache
	iso   timeCache
}

// NewNginx returns a parser for one log_format
// (http://nginx.org/en/docs/http/ngx_http_log_module.html#log_format). Its columns are
// named as the variables. A lone "-" is Absent, and so is an empty value where nginx
// writes nothing for a variable that is not set (escape=json and none); numbers are
// Number; escapes are undone. $time_local, $time_iso8601 and $msec give the
// record's time, as long as it lies between the years 1678 and 2262, and are not
// columns; $msec is the most exact and wins.
//
// A format whose output is JSON (escape=json '{"a":"$x","n":$y}') is read here with its
// types and time, while NewJSON passes such lines on as they are.
//
// The error is a *conf.FieldError.
func NewNginx(c NginxConfig) (Parser, error) {
	p, err := compileNginx(c)
	if err != nil {
		return nil, err
	}
	return &nginxParser{program: p}, nil
}

func (p *nginxParser) Clone() Parser { return &nginxParser{program: p.program} }

func (p *nginxParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	columns := len(p.schema.Columns)
	for i := range b.Records {
		r := &b.Records[i]
		if r.Flags&record.Part != 0 {
			continue
		}
		base, end := len(b.Fields), len(b.Buf)
		b.Fields = slices.Grow(b.Fields, columns)[:base+columns]
		clear(b.Fields[base:])
		l := line{text: b.Bytes(r.Text), off: r.Text.Off, b: b, fields: b.Fields[base:]}
		if why := p.parseLine(&l); why != "" {
			b.Fields, b.Buf = b.Fields[:base], b.Buf[:end]
			b.Fail(i, why)
			continue
		}
		r.Kind, r.Fields, r.Time, r.Zone = record.Columns, uint32(base), l.time, l.zone
	}
}

// line is what is known of the line under way.
type line struct {
	text    []byte
	off     uint32 // of text in b.Buf
	b       *record.Batch
	fields  []record.Field
	time    int64
	zone    int16
	escaped bool // there is a backslash somewhere
}

// parseLine returns "" or why the line does not match.
func (p *nginxParser) parseLine(l *line) string {
	text := l.text
	if len(text) < len(p.prefix) || string(text[:len(p.prefix)]) != p.prefix {
		return noStart
	}
	l.escaped = p.escape != escapeNone && bytes.IndexByte(text, '\\') >= 0
	at := len(p.prefix)
	for i := range p.steps {
		s := &p.steps[i]
		end := s.end(text, at, l.escaped)
		if end < 0 || !p.takeValue(l, s, at, end) {
			return s.reason
		}
		at = end + len(s.literal)
	}
	return ""
}

// takeValue stores what stands at text[from:to]; false: it cannot be that variable's.
func (p *nginxParser) takeValue(l *line, s *step, from, to int) bool {
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
	}
	f := record.Field{Span: record.Span{Off: l.off + uint32(from), Len: uint32(to - from)}, Type: record.String}
	switch {
	case len(value) == 0:
		if p.escape != escapeDefault || s.numeric {
			return true
		}
	case len(value) == 1 && value[0] == '-':
		return true
	case s.numeric:
		if isNumber(value) {
			f.Type = record.Number
		} else if s.strict && !isDigits(value) {
			return false
		}
	}
	if l.escaped && bytes.IndexByte(value, '\\') >= 0 {
		f.Off = uint32(len(l.b.Buf))
		var ok bool
		l.b.Buf, ok = unescape(l.b.Buf, value, p.escape)
		if !ok {
			return false
		}
		f.Len = uint32(len(l.b.Buf)) - f.Off
	}
	if s.take == takeRequest {
		splitRequest(l.fields[s.column:s.column+4:s.column+4], l.b.Bytes(f.Span), f)
		return true
	}
	l.fields[s.column] = f
	return true
}

// splitRequest stores METHOD URI PROTOCOL as three fields, and anything else as the fourth.
func splitRequest(fields []record.Field, request []byte, whole record.Field) {
	method := bytes.IndexByte(request, ' ')
	uri := bytes.LastIndexByte(request, ' ')
	if method <= 0 || uri <= method+1 || !isMethod(request[:method]) || !isProtocol(request[uri+1:]) {
		fields[3] = whole
		return
	}
	cut := func(from, to int) record.Field {
		return record.Field{Span: record.Span{Off: whole.Off + uint32(from), Len: uint32(to - from)}, Type: record.String}
	}
	fields[0], fields[1], fields[2] = cut(0, method), cut(method+1, uri), cut(uri+1, len(request))
}

// isMethod allows what nginx takes for a method.
func isMethod(s []byte) bool {
	for _, c := range s {
		if (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isProtocol(s []byte) bool {
	return len(s) == len("HTTP/1.1") && string(s[:5]) == "HTTP/" && isDigit(s[5]) && s[6] == '.' && isDigit(s[7])
}
