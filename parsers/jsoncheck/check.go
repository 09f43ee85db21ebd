// Package jsoncheck says whether a text is JSON (RFC 8259) in valid UTF-8 and not nested too deep. What passed can be read by
// record/jsontext, which judges nothing. It takes linear time, allocates nothing, and no input can exhaust its stack.
package jsoncheck

import (
	"logskiff/parsers/number"
	"logskiff/record/jsontext"
)

// MaxDepth is how deep objects and arrays may be nested. It bounds memory here and
// protects receivers that recurse.
const MaxDepth = 512

const (
	BadSyntax = "invalid JSON"
	badUTF8   = "invalid UTF-8"
	tooDeep   = "nested deeper than 512 levels"
)

// nesting says for each open level whether it is an object.
type nesting struct {
	objects [MaxDepth / 64]uint64
	depth   int
}

// open reports false when that would be one level too many.
func (n *nesting) open(object bool) bool {
	if n.depth == MaxDepth {
		return false
	}
	bit := uint64(1) << (n.depth & 63)
	if word := &n.objects[n.depth>>6]; object {
		*word |= bit
	} else {
		*word &^= bit
	}
	n.depth++
	return true
}

func (n *nesting) inObject() bool {
	d := uint(n.depth - 1)
	return n.objects[d>>6&(MaxDepth/64-1)]>>(d&63)&1 != 0
}

// Value returns "" when s is one JSON value without space around it, in valid UTF-8
// and not nested too deep, and a constant reason otherwise. It takes linear time
// and keeps its own stack, so no input can exhaust anything.
func Value(s []byte) string {
	var open nesting
	i := 0
	for {
		// A value begins here, perhaps after space.
		i = jsontext.SkipSpace(s, i)
		if i >= len(s) {
			return BadSyntax
		}
		switch c := s[i]; c {
		case '"':
			if i = StringEnd(s, i+1); i < 0 {
				return Problem(i)
			}
		case '{', '[':
			if !open.open(c == '{') {
				return tooDeep
			}
			i = jsontext.SkipSpace(s, i+1)
			if i < len(s) && s[i] == c+2 { // '}' is '{'+2, and ']' is '['+2
				open.depth--
				i++
				break
			}
			if c == '[' {
				continue
			}
			if i = KeyEnd(s, i); i < 0 {
				return Problem(i)
			}
			continue
		case 't':
			i = wordEnd(s, i, "true")
		case 'f':
			i = wordEnd(s, i, "false")
		case 'n':
			i = wordEnd(s, i, "null")
		default:
			i = number.End(s, i)
		}
		if i < 0 {
			return BadSyntax
		}

		// A value ended here: close levels until one goes on.
		for {
			if open.depth == 0 {
				if i != len(s) {
					return BadSyntax
				}
				return ""
			}
			i = jsontext.SkipSpace(s, i)
			if i >= len(s) {
				return BadSyntax
			}
			object := open.inObject()
			c := s[i]
			i++
			if c == ',' {
				if !object {
					break
				}
				if i = KeyEnd(s, jsontext.SkipSpace(s, i)); i < 0 {
					return Problem(i)
				}
				break
			}
			if object && c != '}' || !object && c != ']' {
				return BadSyntax
			}
			open.depth--
		}
	}
}

// KeyEnd returns the index after the `"key":` at s[i], or what StringEnd says is wrong.
func KeyEnd(s []byte, i int) int {
	if i >= len(s) || s[i] != '"' {
		return syntaxAt
	}
	if i = StringEnd(s, i+1); i < 0 {
		return i
	}
	i = jsontext.SkipSpace(s, i)
	if i >= len(s) || s[i] != ':' {
		return syntaxAt
	}
	return i + 1
}

func wordEnd(s []byte, i int, word string) int {
	if len(s)-i >= len(word) && string(s[i:i+len(word)]) == word {
		return i + len(word)
	}
	return syntaxAt
}
