package lines

import "bytes"

// NULRun is how many NULs behind each other are no part of a line: a power cut left them, or a writer that
// went on where it was after its file was truncated. Fewer are part of their line.
const NULRun = 64

// NULs returns the first run of at least NULRun NULs in buf[from:to], or a shorter one
// that reaches to; both are to when there is none. buf[from] begins a character.
func (c *Charset) NULs(buf []byte, from, to int) (start, end int) {
	even := func(n int) int { return from + (n-from)&^(c.unit-1) }
	for p := from + NULRun - 1; p < to; p += NULRun { // each such run has a byte at one of these
		if buf[p] != 0 {
			continue
		}
		s, e := p, p+1
		for s > from && buf[s-1] == 0 {
			s--
		}
		for e < to && buf[e] == 0 {
			e++
		}
		if s, e := even(s+c.unit-1), even(e); e-s >= NULRun {
			return s, e
		}
	}
	s := to
	for s > from && buf[s-1] == 0 {
		s--
	}
	if s = even(s + c.unit - 1); s < to {
		return s, to
	}
	return to, to
}

// AllNUL reports whether nothing in b is not NUL.
func AllNUL(b []byte) bool { return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1]) }

// FirstData returns the index of the first byte that is not NUL, or len(b).
func FirstData(b []byte) int {
	if AllNUL(b) {
		return len(b)
	}
	i := 0
	for ; b[i] == 0; i++ {
	}
	return i
}

// LastData returns the index after the last byte that is not NUL, or 0.
func LastData(b []byte) int {
	if AllNUL(b) {
		return 0
	}
	i := len(b)
	for ; b[i-1] == 0; i-- {
	}
	return i
}
