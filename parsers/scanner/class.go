package scanner

import (
	"bytes"
	"regexp/syntax"
	"unicode"
	"unicode/utf8"

	"logskiff/parsers/swar"
)

// class is a set of characters, as the bytes that can begin or continue them.
type class struct {
	has   [256]bool // from 0x80 on all or none, and all when vague
	wide  bool      // all characters beyond ASCII are in it
	vague bool      // some characters beyond ASCII are in it and some are not

	// How end finds the first byte that is not in it.
	find  findKind
	stop  byte      // findByte: the only one that is not in it
	words [3]uint64 // findWord: bytes that are not in it, each eight times
	low   bool      // findWord: others are not in it, all up to the space
}

type findKind uint8

const (
	findTable findKind = iota // byte by byte
	findNone                  // every byte is in it
	findByte
	findWord
)

// classOf returns the set that re matches one character of, if it is so simple.
func classOf(re *syntax.Regexp) (*class, bool) {
	switch re.Op {
	case syntax.OpAnyChar:
		return newClass([]rune{0, unicode.MaxRune}), true
	case syntax.OpAnyCharNotNL:
		return newClass([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}), true
	case syntax.OpCharClass:
		return newClass(re.Rune), len(re.Rune) > 0
	case syntax.OpLiteral:
		if len(re.Rune) == 1 {
			return newClass(foldings(re.Rune[0], re.Flags&syntax.FoldCase != 0)), true
		}
	}
	return nil, false
}

// foldings returns, as ranges, the characters that r stands for.
func foldings(r rune, fold bool) []rune {
	ranges := []rune{r, r}
	if fold {
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			ranges = append(ranges, f, f)
		}
	}
	return ranges
}

// newClass makes a class of ranges of characters, each a first and a last one.
func newClass(ranges []rune) *class {
	c := &class{}
	beyond := false
	for i := 0; i < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		for r := lo; r <= hi && r < utf8.RuneSelf; r++ {
			c.has[r] = true
		}
		beyond = beyond || hi >= utf8.RuneSelf
		c.wide = c.wide || lo <= utf8.RuneSelf && hi == unicode.MaxRune
	}
	c.vague = beyond && !c.wide
	for b := utf8.RuneSelf; b < 256; b++ {
		c.has[b] = beyond
	}
	c.chooseFind()
	return c
}

func (c *class) chooseFind() {
	var high []byte // not in the class, above the space
	missing, last := 0, byte(0)
	for b := range 256 {
		if c.has[b] {
			continue
		}
		missing, last = missing+1, byte(b)
		if b > ' ' {
			high = append(high, byte(b))
		}
	}
	switch {
	case missing == 0:
		c.find = findNone
	case missing == 1:
		c.find, c.stop = findByte, last
	case c.wide && len(high) <= len(c.words):
		c.find, c.low = findWord, missing > len(high)
		for i := range c.words {
			if len(high) > 0 {
				c.words[i] = swar.Ones * uint64(high[min(i, len(high)-1)])
			}
		}
		if len(high) == 0 {
			c.words = [3]uint64{'\n' * swar.Ones, '\n' * swar.Ones, '\n' * swar.Ones} // low finds it, too
		}
	}
}

// end returns the index of the first byte from at on that is not in the class, or len(text).
func (c *class) end(text []byte, at int) int {
	switch c.find {
	case findNone:
		return len(text)
	case findByte:
		if n := bytes.IndexByte(text[at:], c.stop); n >= 0 {
			return at + n
		}
		return len(text)
	case findWord:
		for at+8 <= len(text) {
			x := swar.Load(text[at:])
			marks := zeros(x^c.words[0]) | zeros(x^c.words[1]) | zeros(x^c.words[2])
			if c.low {
				marks |= (x - ('!' * swar.Ones)) &^ x & swar.Tops
			}
			if marks == 0 {
				at += 8
				continue
			}
			at += swar.First(marks)
			if !c.has[text[at]] {
				return at
			}
			at++ // a control character that belongs to the class
		}
	}
	for at < len(text) && c.has[text[at]] {
		at++
	}
	return at
}

// zeros marks the bytes of x that are 0. The lowest mark is exact.
func zeros(x uint64) uint64 { return (x - swar.Ones) &^ x & swar.Tops }
