package jsoncheck

import (
	"unicode/utf8"

	"logskiff/parsers/swar"
	"logskiff/record/jsontext"
)

// What StringEnd returns instead of an index.
const (
	syntaxAt = -1
	utf8At   = -2
)

// Problem says what a negative code of StringEnd or KeyEnd means.
func Problem(code int) string {
	if code == utf8At {
		return badUTF8
	}
	return BadSyntax
}

// StringEnd returns the index after the quote that closes the JSON string whose
// first character is s[i], or a negative code.
func StringEnd(s []byte, i int) int {
	for {
		for len(s)-i >= 8 {
			m := swar.Special(swar.Load(s[i:]))
			if m == 0 {
				i += 8
				continue
			}
			i += swar.First(m)
			break
		}
		if i >= len(s) {
			return syntaxAt
		}
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = escapeEnd(s, i+1); i < 0 {
				return syntaxAt
			}
		case c < ' ':
			return syntaxAt
		case c < utf8.RuneSelf:
			i++
		default:
			if i = runesEnd(s, i); i < 0 {
				return utf8At
			}
		}
	}
}

// runesEnd returns the end of a run of characters that are not ASCII.
func runesEnd(s []byte, i int) int {
	for i < len(s) && s[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(s[i:])
		if r == utf8.RuneError && n == 1 {
			return utf8At
		}
		i += n
	}
	return i
}

// escapeEnd returns the end of the escape whose backslash stands before s[i]. A lone
// surrogate is valid JSON (RFC 8259, section 8.2) and passes.
func escapeEnd(s []byte, i int) int {
	if i >= len(s) {
		return syntaxAt
	}
	switch s[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if _, ok := jsontext.Hex4(s[i+1:]); ok {
			return i + 5
		}
	}
	return syntaxAt
}
