package jsontext

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote appends what a quoted string says to dst.
func Unquote(dst, quoted []byte) []byte {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 {
		return append(dst, inside...)
	}
	dst, _ = Unescape(dst, inside)
	return dst
}

// Says says whether a quoted string says want.
func Says(quoted []byte, want string) bool {
	if len(quoted) == len(want)+2 {
		return string(quoted[1:len(quoted)-1]) == want // an escape is longer than what it stands for
	}
	if len(quoted) < len(want)+2 || len(quoted) > 6*len(want)+2 || bytes.IndexByte(quoted, '\\') < 0 {
		return false
	}
	for s := quoted[1 : len(quoted)-1]; len(s) > 0; {
		var one [utf8.UTFMax]byte
		says, n := s[:1], 1
		if s[0] == '\\' {
			var r rune
			r, n = escape(s)
			says = utf8.AppendRune(one[:0], r)
		}
		if n == 0 || len(want) < len(says) || want[:len(says)] != string(says) {
			return false
		}
		s, want = s[n:], want[len(says):]
	}
	return want == ""
}

// Unescape undoes the escapes of what stands between quotes, which need not be checked: false
// when one is none. A surrogate without its other half becomes U+FFFD.
func Unescape(dst, src []byte) ([]byte, bool) {
	for i := 0; i < len(src); {
		if src[i] != '\\' {
			dst = append(dst, src[i])
			i++
			continue
		}
		r, n := escape(src[i:])
		if n == 0 {
			return dst, false
		}
		dst = utf8.AppendRune(dst, r)
		i += n
	}
	return dst, true
}

// escape reads the escape that s begins with, of n bytes; 0: it is none.
func escape(s []byte) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	if c, ok := ShortEscape(s[1]); ok {
		return rune(c), 2
	}
	if s[1] != 'u' {
		return 0, 0
	}
	r, ok := Hex4(s[2:])
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	second := rune(utf8.RuneError)
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		second, _ = Hex4(s[8:])
	}
	if r = utf16.DecodeRune(r, second); r != utf8.RuneError {
		return r, 12
	}
	return r, 6
}

// ShortEscape returns what a backslash and c stand for.
func ShortEscape(c byte) (byte, bool) {
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

// Hex4 reads four hexadecimal digits; false: s does not begin with that many.
func Hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		d, ok := HexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

// HexDigit returns the value of a hexadecimal digit.
func HexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
