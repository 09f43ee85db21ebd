package parsers

import (
	"unicode/utf16"
	"unicode/utf8"

	"logskiff/parsers/number"
	"logskiff/record"
	"logskiff/record/jsontext"
)

// typeOf says what an unquoted value looks like.
func typeOf(s []byte) record.Type {
	if len(s) == 0 {
		return record.String
	}
	switch c := s[0]; {
	case c == 't' && string(s) == "true", c == 'f' && string(s) == "false":
		return record.JSON
	case (number.IsDigit(c) || c == '-') && number.Guessed(s):
		return record.Number
	}
	return record.String
}

// appendUnquoted appends src to dst with the escapes undone that programs write in quotes:
// those of JSON, and \xHH, \a, \v and \' of Go's strconv.Quote and of C. A backslash
// before anything else stays, as in C:\dir.
func appendUnquoted(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c != '\\' || i+1 == len(src) {
			dst = append(dst, c)
			continue
		}
		e := src[i+1]
		if short, ok := jsontext.ShortEscape(e); ok {
			dst = append(dst, short)
			i++
			continue
		}
		switch e {
		case '\'':
			dst = append(dst, e)
			i++
		case 'a':
			dst = append(dst, '\a')
			i++
		case 'v':
			dst = append(dst, '\v')
			i++
		case 'x':
			if r, n := hexEscape(src[i+2:], 2); n > 0 {
				dst = append(dst, byte(r))
				i += 1 + n
			} else {
				dst = append(dst, c)
			}
		case 'u', 'U':
			var n int
			if dst, n = appendRuneEscape(dst, src[i:]); n > 0 {
				i += n - 1
			} else {
				dst = append(dst, c)
			}
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// appendRuneEscape appends the character that the \uHHHH, the two of them that make a
// pair, or the \UHHHHHHHH at the beginning of s stand for, and returns their length; 0: it is none.
func appendRuneEscape(dst, s []byte) ([]byte, int) {
	digits := 4
	if s[1] == 'U' {
		digits = 8
	}
	r, n := hexEscape(s[2:], digits)
	if n == 0 {
		return dst, 0
	}
	n += 2
	if utf16.IsSurrogate(r) && len(s) > n+1 && s[n] == '\\' && s[n+1] == 'u' {
		if second, m := hexEscape(s[n+2:], 4); m > 0 {
			if both := utf16.DecodeRune(r, second); both != utf8.RuneError {
				r, n = both, n+2+m
			}
		}
	}
	return utf8.AppendRune(dst, r), n
}

// hexEscape reads that many hexadecimal digits; n is 0 when there are fewer.
func hexEscape(s []byte, digits int) (r rune, n int) {
	if len(s) < digits {
		return 0, 0
	}
	var v uint32
	for _, c := range s[:digits] {
		d, ok := jsontext.HexDigit(c)
		if !ok {
			return 0, 0
		}
		v = v<<4 | uint32(d)
	}
	return rune(min(v, utf8.MaxRune+1)), digits
}
