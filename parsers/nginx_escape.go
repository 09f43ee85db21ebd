package parsers

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"logskiff/conf"
)

const (
	escapesUndo = "undo"
	escapesKeep = "keep"
)

func checkEscapes(how string) error {
	if how != escapesUndo && how != escapesKeep {
		return &conf.FieldError{Key: "escapes", Msg: fmt.Sprintf("%q is not what can become of escapes", how), Hint: `use "undo" or "keep"`}
	}
	return nil
}

// unescape appends src to dst with its escapes undone; false: one of them is none.
func unescape(dst, src []byte, escape string) ([]byte, bool) {
	if escape == escapeJSON {
		return unescapeJSON(dst, src)
	}
	return unescapeDefault(dst, src), true
}

// unescapeDefault undoes \xHH, all that nginx writes, and the \" \\ \n \t and the
// like of Apache httpd. A backslash before anything else stays, since nothing says what it means.
func unescapeDefault(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c != '\\' || i+1 == len(src) {
			dst = append(dst, c)
			continue
		}
		if src[i+1] == 'x' && i+3 < len(src) {
			hi, ok1 := hexDigit(src[i+2])
			lo, ok2 := hexDigit(src[i+3])
			if ok1 && ok2 {
				dst = append(dst, hi<<4|lo)
				i += 3
				continue
			}
		}
		if e, ok := shortEscape(src[i+1]); ok && src[i+1] != '/' {
			dst = append(dst, e)
			i++
			continue
		}
		if src[i+1] == 'v' {
			dst = append(dst, '\v')
			i++
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// unescapeJSON undoes the escapes of a JSON string (RFC 8259, section 7). A
// surrogate without its other half becomes U+FFFD.
func unescapeJSON(dst, src []byte) ([]byte, bool) {
	for i := 0; i < len(src); i++ {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			continue
		}
		i++
		if i == len(src) {
			return dst, false
		}
		if e, ok := shortEscape(src[i]); ok {
			dst = append(dst, e)
			continue
		}
		if src[i] != 'u' {
			return dst, false
		}
		r, ok := hex4(src[i+1:])
		if !ok {
			return dst, false
		}
		i += 4
		if utf16.IsSurrogate(r) {
			second := rune(utf8.RuneError)
			if len(src)-i > 6 && src[i+1] == '\\' && src[i+2] == 'u' {
				second, _ = hex4(src[i+3:])
			}
			if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
				i += 6
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, true
}

// shortEscape returns what a backslash and c stand for.
func shortEscape(c byte) (byte, bool) {
	switch c {
	case '"', '\\', '/':
		return c, true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	}
	return 0, false
}
