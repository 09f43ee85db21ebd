package parsers

import (
	"bytes"

	"logskiff/parsers/jsoncheck"
	"logskiff/record"
	"logskiff/record/jsontext"
)

const (
	notDocker     = "not a docker line"
	badDockerTime = "no docker time"
	foreignMember = "a member that docker does not write, or one twice"
)

// dockerLine is what one line says.
type dockerLine struct {
	time    int64
	zone    int16
	timed   bool
	ended   bool        // log ended with a newline
	logged  bool        // log was there
	message record.Span // the inside of the JSON string log, without its last newline
	stream  record.Field
	attrs   record.Field
}

// piece reads one line, which stands at off in the batch's buffer. It returns "" or why
// it cannot: a member nobody knows would otherwise be lost.
func (p *dockerParser) piece(l *dockerLine, line []byte, off uint32) string {
	i := jsontext.SkipSpace(line, 0)
	if i == len(line) || line[i] != '{' {
		return notDocker
	}
	for {
		i = jsontext.SkipSpace(line, i+1)
		name, value := dockerMember(line, i)
		if value < 0 {
			return notDocker
		}
		var why string
		if i, why = p.member(l, name, line, value, off); why != "" {
			return why
		}
		if i = jsontext.SkipSpace(line, i); i == len(line) {
			return notDocker
		}
		if line[i] == ',' {
			continue
		}
		if line[i] != '}' || jsontext.SkipSpace(line, i+1) != len(line) || !l.logged || !l.timed {
			return notDocker
		}
		return ""
	}
}

type dockerName uint8

const (
	memberForeign dockerName = iota
	memberLog
	memberStream
	memberAttrs
	memberTime
)

// dockerMember reads the name at line[i] and returns where its value begins, or -1.
func dockerMember(line []byte, i int) (m dockerName, value int) {
	end := jsoncheck.KeyEnd(line, i)
	if end < 0 {
		return 0, -1
	}
	switch name := line[i:end]; string(name) {
	case `"log":`:
		m = memberLog
	case `"stream":`:
		m = memberStream
	case `"attrs":`:
		m = memberAttrs
	case `"time":`:
		m = memberTime
	}
	return m, jsontext.SkipSpace(line, end)
}

// member reads the value that begins at line[i] and returns where it ends.
func (p *dockerParser) member(l *dockerLine, m dockerName, line []byte, i int, off uint32) (end int, why string) {
	if m == memberForeign || m == memberLog && l.logged || m == memberTime && l.timed ||
		m == memberStream && l.stream.Type != record.Absent || m == memberAttrs && l.attrs.Type != record.Absent {
		return 0, foreignMember
	}
	if m == memberAttrs {
		if end = attrsEnd(line, i); end < 0 {
			return 0, jsoncheck.BadSyntax
		}
		l.attrs = record.Field{Span: record.Span{Off: off + uint32(i), Len: uint32(end - i)}, Type: record.JSON}
		return end, ""
	}
	if i == len(line) || line[i] != '"' {
		return 0, notDocker
	}
	if end = jsoncheck.StringEnd(line, i+1); end < 0 {
		return 0, jsoncheck.Problem(end)
	}
	inside := line[i+1 : end-1]
	span := record.Span{Off: off + uint32(i+1), Len: uint32(len(inside))}
	switch m {
	case memberLog:
		l.logged = true
		l.ended = endsWithEscape(inside, 'n')
		if l.ended {
			span.Len -= 2
			if endsWithEscape(inside[:len(inside)-2], 'r') { // a container with a terminal
				span.Len -= 2
			}
		}
		l.message = span
	case memberStream:
		l.stream = stringField(span)
		if bytes.IndexByte(inside, '\\') >= 0 {
			l.stream = record.Field{Span: record.Span{Off: span.Off - 1, Len: span.Len + 2}, Type: record.JSON}
		}
	case memberTime:
		if l.time, l.zone, l.timed = p.clock.Read(inside); !l.timed {
			return 0, badDockerTime
		}
	}
	return end, ""
}

// endsWithEscape reports whether the inside of a JSON string ends with the escape \c.
func endsWithEscape(s []byte, c byte) bool {
	n := len(s) - 1
	if n < 1 || s[n] != c {
		return false
	}
	backslashes := 0
	for n--; n >= 0 && s[n] == '\\'; n-- {
		backslashes++
	}
	return backslashes%2 == 1
}

// attrsEnd returns the end of the JSON object of strings that begins at s[i], which is
// all that attrs can be, or -1.
func attrsEnd(s []byte, i int) int {
	if i == len(s) || s[i] != '{' {
		return -1
	}
	if i = jsontext.SkipSpace(s, i+1); i < len(s) && s[i] == '}' {
		return i + 1
	}
	for {
		if i = jsoncheck.KeyEnd(s, i); i < 0 {
			return -1
		}
		if i = jsontext.SkipSpace(s, i); i == len(s) || s[i] != '"' {
			return -1
		}
		if i = jsoncheck.StringEnd(s, i+1); i < 0 {
			return -1
		}
		if i = jsontext.SkipSpace(s, i); i == len(s) {
			return -1
		}
		switch s[i] {
		case '}':
			return i + 1
		case ',':
			i = jsontext.SkipSpace(s, i+1)
		default:
			return -1
		}
	}
}
