package parsers

import (
	"bytes"

	"logskiff/parsers/number"
	"logskiff/record"
	"logskiff/record/jsontext"
)

// pairs reads text[at:end], a list of name=value; outer says that a value may be a list itself.
func (l *auditLine) pairs(at, end int, outer bool) string {
	at = l.skipSpaces(at, end)
	at = l.avc(at, end)
	for at = l.skipSpaces(at, end); at < end; at = l.skipSpaces(at, end) {
		assign := at
		for assign < end && l.text[assign] != '=' && l.text[assign] != ' ' {
			assign++
		}
		if assign == end || l.text[assign] == ' ' || assign == at {
			l.bare = true
			at = max(assign, at+1)
			continue
		}
		var why string
		if at, why = l.value(at, assign, end, outer); why != "" {
			return why
		}
	}
	return ""
}

// value reads what is behind the = at text[assign] and returns where it ends.
func (l *auditLine) value(name, assign, end int, outer bool) (at int, why string) {
	from := assign + 1
	var open byte
	if from < end {
		open = l.text[from]
	}
	switch {
	case open == '"':
		n := bytes.IndexByte(l.text[from+1:end], '"')
		if n < 0 {
			return end, openQuote
		}
		at = from + 1 + n
		why = l.add(l.span(name, assign), l.span(from+1, at), record.String)
		if at++; at < end && l.text[at] == ',' {
			at++
		}
		return at, why
	case open == '\'' && outer:
		// What a program says goes on to the last quote: the kernel puts it at the end.
		n := bytes.LastIndexByte(l.text[from+1:end], '\'')
		if n < 0 {
			return end, openQuote
		}
		at = from + 1 + n
		return at + 1, l.pairs(from+1, at, false)
	case open == '{' && outer && !l.open: // SADDR={ saddr_fam=inet … }
		if n := bytes.IndexByte(l.text[from:end], '}'); n > 0 {
			at = from + n
			return at + 1, l.pairs(from+1, at, false)
		}
		l.open = true
	}
	at = from
	for at < end && l.text[at] != ' ' {
		at++
	}
	return at, l.addPlain(name, assign, at)
}

// addPlain appends a pair whose value has no quotes.
func (l *auditLine) addPlain(name, assign, end int) string {
	key, value := l.text[name:assign], l.text[assign+1:end]
	value = bytes.TrimSuffix(value, []byte(",")) // old daemons wrote res=success, auid=500
	span := l.span(assign+1, assign+1+len(value))
	switch string(value) {
	case "(null)", "(none)", "?":
		return ""
	}
	if isAuditNumber(key) && number.Guessed(value) {
		return l.add(l.span(name, assign), span, record.Number)
	}
	if isHex(value) && (isAuditEncoded(key) || l.execve && isAuditArgument(key)) {
		span = l.decoded(value, string(key) == "proctitle")
	}
	return l.add(l.span(name, assign), span, record.String)
}

// decoded returns where the bytes stand that hexadecimal digits say.
func (l *auditLine) decoded(digits []byte, arguments bool) record.Span {
	b := l.b
	off := uint32(len(b.Buf))
	for ; len(digits) > 0; digits = digits[2:] {
		hi, _ := jsontext.HexDigit(digits[0])
		lo, _ := jsontext.HexDigit(digits[1])
		c := hi<<4 | lo
		if c == 0 && arguments {
			c = ' '
		}
		b.Buf = append(b.Buf, c)
	}
	return record.Span{Off: off, Len: uint32(len(b.Buf)) - off}
}

// avc reads "avc:  denied  { read } for", if that is what stands at text[at], and returns where it ends.
func (l *auditLine) avc(at, end int) int {
	if !hasWord(l.text[:end], at, "avc:") {
		return at
	}
	from := l.skipSpaces(at+len("avc:"), end)
	to := min(l.wordEnd(from), end)
	open := l.skipSpaces(to, end)
	if to == from || open == end || l.text[open] != '{' {
		return at
	}
	n := bytes.IndexByte(l.text[open:end], '}')
	if n < 0 {
		return at
	}
	result := l.span(from, to)
	perms := trim(l.b, l.span(open+1, open+n))
	if l.add(l.word(auditResult), result, record.String) != "" || l.add(l.word(auditPerms), perms, record.String) != "" {
		return at
	}
	if at = l.skipSpaces(open+n+1, end); hasWord(l.text[:end], at, "for ") {
		at += len("for ")
	}
	return at
}

func (l *auditLine) skipSpaces(at, end int) int {
	for at < end && l.text[at] == ' ' {
		at++
	}
	return at
}
