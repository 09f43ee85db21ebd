package parsers

import (
	"bytes"

	"logskiff/parsers/number"
	"logskiff/record"
)

const (
	notRFC5424     = "not an RFC 5424 message"
	badRFC5424Time = "no RFC 5424 time"
	badData        = "bad structured data"
	longID         = "a structured data id is over 64 bytes"
)

// maxSDID is how long an SD-ID may be; RFC 5424 says 32. As each name repeats it, this bounds
// how much a line can grow.
const maxSDID = 64

// hasVersion reports whether what follows <PRI> is RFC 5424's version and the beginning of its time.
func (l *syslogLine) hasVersion() bool {
	s := l.text[l.at:]
	if len(s) < 4 || s[0] != '1' || s[1] != ' ' {
		return false
	}
	return s[2] == '-' && s[3] == ' ' || len(s) > 6 && number.IsDigit(s[2]) && s[6] == '-'
}

// rfc5424 reads a message of RFC 5424, section 6, behind its <PRI>.
func (p *syslogParser) rfc5424(l *syslogLine) string {
	if !bytes.HasPrefix(l.text[l.at:], []byte("1 ")) {
		return notRFC5424
	}
	l.at += 2
	from, to := l.token()
	if to < 0 {
		return notRFC5424
	}
	if string(l.text[from:to]) != "-" {
		var ok bool
		if l.time, l.zone, ok = p.stamp.Read(l.text[from:to]); !ok {
			return badRFC5424Time
		}
	}
	for column := syslogHost; column <= syslogMsgID; column++ {
		if column == syslogProcID {
			continue // setPID stores it
		}
		from, to := l.token()
		if to < 0 && column == syslogMsgID && from < len(l.text) && l.text[from] != ' ' {
			l.at, to = len(l.text), len(l.text) // nothing is behind it
		}
		switch {
		case to < 0:
			return notRFC5424
		case to == from+1 && l.text[from] == '-':
		case column == syslogPID:
			l.setPID(from, to)
		default:
			l.set(column, from, to)
		}
	}
	return p.dataAndMessage(l)
}

// token reads up to the next space and over it; to is negative when there is no text or no space.
func (l *syslogLine) token() (from, to int) {
	from = l.at
	n := bytes.IndexByte(l.text[from:], ' ')
	if n <= 0 {
		return from, -1
	}
	l.at = from + n + 1
	return from, from + n
}

// dataAndMessage reads what is behind the MSGID. Senders leave out the "-" of no structured data
// (Heroku's Logplex, and devices), or begin a message with a bracket: what is no structured data, or
// is none to its end, is the message.
func (p *syslogParser) dataAndMessage(l *syslogLine) string {
	at, end := l.at, len(l.b.Buf)
	why := p.data(l)
	if why == manyPairs {
		return why
	}
	if why != "" {
		l.b.Fields, l.b.Buf, l.pairs = l.b.Fields[:l.first], l.b.Buf[:end], false
		l.at = at
	}
	if bytes.HasPrefix(l.text[l.at:], []byte(byteOrderMark)) {
		l.at += len(byteOrderMark)
	}
	l.setMessage()
	return ""
}

// data reads structured data and the space behind it, and returns "" or why it is none.
func (p *syslogParser) data(l *syslogLine) string {
	switch {
	case l.at == len(l.text):
		return ""
	case l.text[l.at] == '-':
		l.at++
	default:
		l.pairs = true
		for column := range syslogMessage {
			p.appendPair(l, column)
		}
		for first := true; first || l.at < len(l.text) && l.text[l.at] == '['; first = false {
			if why := p.element(l); why != "" {
				return why
			}
		}
	}
	if l.at == len(l.text) {
		return ""
	}
	if l.text[l.at] != ' ' {
		return badData
	}
	l.at++
	return ""
}

// appendPair appends a column to b.Fields with its name, unless it is absent.
func (p *syslogParser) appendPair(l *syslogLine, column int) {
	if f := l.fields[column]; f.Type != record.Absent {
		l.b.Fields = append(l.b.Fields, l.word(p.words.columns[column]), f)
	}
}

// element reads one [ID name="value" …] and appends its pairs.
func (p *syslogParser) element(l *syslogLine) string {
	s := l.text
	if s[l.at] != '[' {
		return badData
	}
	id := l.at + 1
	i := id
	for i < len(s) && i <= id+maxSDID && !endsSDName(s[i]) {
		i++
	}
	switch {
	case i > id+maxSDID:
		return longID
	case i == id, i == len(s), s[i] != ' ' && s[i] != ']':
		return badData
	case s[i] == ']':
		yes := l.word(p.words.yes)
		yes.Type = record.JSON
		l.at = i + 1
		return l.addPair(stringField(record.Span{Off: l.off + uint32(id), Len: uint32(i - id)}), yes)
	}
	for l.at = i; l.at < len(s) && s[l.at] != ']'; {
		if s[l.at] != ' ' {
			return badData
		}
		l.at++
		if why := l.param(s[id:i]); why != "" {
			return why
		}
	}
	if l.at == len(s) {
		return badData
	}
	l.at++
	return ""
}

// endsSDName reports what an SD-NAME cannot hold, control characters aside.
func endsSDName(c byte) bool { return c == ' ' || c == ']' || c == '=' || c == '"' }

// param reads the name="value" at text[at] and appends it.
func (l *syslogLine) param(id []byte) string {
	s := l.text
	i := l.at
	for i < len(s) && !endsSDName(s[i]) {
		i++
	}
	if i == l.at || i+1 >= len(s) || s[i] != '=' || s[i+1] != '"' {
		return badData
	}
	name := s[l.at:i]
	from := i + 2
	end, escaped := closingQuote(s, from, '"')
	if end < 0 {
		return badData
	}
	l.at = end + 1
	b := l.b
	value := stringField(record.Span{Off: l.off + uint32(from), Len: uint32(end - from)})
	if escaped {
		value.Off = uint32(len(b.Buf))
		b.Buf = appendParamValue(b.Buf, s[from:end])
		value.Len = uint32(len(b.Buf)) - value.Off
	}
	off := uint32(len(b.Buf))
	b.Buf = append(append(append(b.Buf, id...), '.'), name...)
	return l.addPair(stringField(record.Span{Off: off, Len: uint32(len(b.Buf)) - off}), value)
}

// addPair appends a pair to b.Fields, as long as there is room for the message behind it.
func (l *syslogLine) addPair(name, value record.Field) string {
	if len(l.b.Fields)-l.first >= 2*(record.MaxPairs-1) {
		return manyPairs
	}
	l.b.Fields = append(l.b.Fields, name, value)
	return ""
}

// appendParamValue undoes \", \\ and \]; a backslash before anything else is one (RFC
// 5424, section 6.3.3).
func appendParamValue(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] == '\\' && i+1 < len(src) && (src[i+1] == '"' || src[i+1] == '\\' || src[i+1] == ']') {
			i++
		}
		dst = append(dst, src[i])
	}
	return dst
}
