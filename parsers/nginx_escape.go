package parsers

import (
	"fmt"

	"logskiff/conf"
	"logskiff/record/jsontext"
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
		return jsontext.Unescape(dst, src)
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
			hi, ok1 := jsontext.HexDigit(src[i+2])
			lo, ok2 := jsontext.HexDigit(src[i+3])
			if ok1 && ok2 {
				dst = append(dst, hi<<4|lo)
				i += 3
				continue
			}
		}
		if e, ok := jsontext.ShortEscape(src[i+1]); ok && src[i+1] != '/' {
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
