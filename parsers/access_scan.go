package parsers

import (
	"bytes"
	"strings"

	"logskiff/parsers/layouts"
	"logskiff/parsers/swar"
)

// end returns where the value that begins at text[at] ends, which is where the
// step's literal stands, or -1. The literal of the last step ends the line.
func (s *step) end(text []byte, at int, escaped bool) int {
	switch {
	case s.width > 0:
		end := at + s.width
		if end > len(text) || !s.literalAt(text, end) || s.last && end+len(s.literal) != len(text) {
			return -1
		}
		return end
	case s.quoted:
		end := quoteEnd(text, at, escaped)
		if end < 0 || !s.literalAt(text, end) || s.last && end+len(s.literal) != len(text) {
			return -1
		}
		return end
	case s.last:
		end := len(text) - len(s.literal)
		if end < at || !s.literalAt(text, end) {
			return -1
		}
		return end
	}
	for from := at; ; at++ {
		n := bytes.IndexByte(text[at:], s.literal[0])
		if n < 0 {
			return -1
		}
		if at += n; s.literalAt(text, at) && (!s.list || !s.inList(text, from, at)) {
			return at
		}
	}
}

// inList reports whether the literal at text[at] is one of the separators ", " and " : " of the
// list that began at text[from].
func (s *step) inList(text []byte, from, at int) bool {
	switch before, rest := text[from:at], text[at:]; text[at] {
	case ' ':
		return bytes.HasSuffix(before, []byte{','}) || bytes.HasSuffix(before, []byte(" :")) ||
			bytes.HasPrefix(rest, []byte(" : ")) && !strings.HasPrefix(s.literal, " :")
	case ',':
		return bytes.HasPrefix(rest, []byte(", ")) && !strings.HasPrefix(s.literal, ", ")
	}
	return false
}

// momentEnd is end for a value that is part of a time. It is read into p.moment, unless
// it is only a column.
func (p *accessParser) momentEnd(s *step, text []byte, at int) int {
	into := &p.moment
	if s.take != takeMoment {
		into = &layouts.Shown{}
	}
	end := s.moment.ScanPrefix(text, at, into)
	if end < 0 || !s.literalAt(text, end) || s.last && end+len(s.literal) != len(text) {
		return -1
	}
	return end
}

// literalAt reports whether the step's literal stands at text[at].
func (s *step) literalAt(text []byte, at int) bool {
	rest := text[at:]
	if len(rest) >= 8 && s.short {
		return (swar.Load(rest)^s.word)&s.mask == 0
	}
	return len(rest) >= len(s.literal) && string(rest[:len(s.literal)]) == s.literal
}

// quoteEnd returns the index of the first quote without a backslash before it, or -1.
// nginx writes a quote in a value as \x22 (or \" with escape=json); Apache httpd's
// combined format is the same but for its \".
func quoteEnd(text []byte, at int, escaped bool) int {
	if !escaped {
		n := bytes.IndexByte(text[at:], '"')
		if n < 0 {
			return -1
		}
		return at + n
	}
	for ; at < len(text); at++ {
		switch text[at] {
		case '"':
			return at
		case '\\':
			at++
		}
	}
	return -1
}
