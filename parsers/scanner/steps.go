package scanner

import (
	"bytes"
	"math/bits"
	"regexp/syntax"
	"unicode/utf8"
)

func hasAt(text []byte, at int, literal string) bool {
	return len(text)-at >= len(literal) && string(text[at:at+len(literal)]) == literal
}

// holds reports whether an assertion is true at text[at]. Word characters are ASCII.
func holds(what syntax.EmptyOp, text []byte, at int) bool {
	switch what {
	case syntax.EmptyBeginText:
		return at == 0
	case syntax.EmptyEndText:
		return at == len(text)
	case syntax.EmptyBeginLine:
		return at == 0 || text[at-1] == '\n'
	case syntax.EmptyEndLine:
		return at == len(text) || text[at] == '\n'
	}
	before := at > 0 && isWordByte(text[at-1])
	after := at < len(text) && isWordByte(text[at])
	return (before != after) == (what == syntax.EmptyWordBoundary)
}

func isWordByte(c byte) bool { return c-'0' <= 9 || c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// run takes what an opRun must take.
func (m *Matcher) run(o *op, text []byte, at int) (int, bool) {
	end := at
	switch {
	case o.max < 0:
		end = o.class.end(text, at)
		if end-at < o.min || o.min > 1 && o.class.wide && utf8.RuneCount(text[at:end]) < o.min {
			return at, false
		}
	default:
		n := 0
		for n < o.max && end < len(text) && o.class.has[text[end]] {
			if text[end] < utf8.RuneSelf {
				end++
			} else {
				_, width := utf8.DecodeRune(text[end:])
				end += width
			}
			n++
		}
		if n < o.min {
			return at, false
		}
	}
	m.work -= end - at
	return end, m.work >= 0
}

// stretch starts an opGreedy or opLazy.
func (m *Matcher) stretch(pc int32, text []byte, at int) (int, bool) {
	o := &m.ops[pc]
	if o.kind == opLazy {
		lo := at
		for range o.min {
			if lo == len(text) || !o.class.has[text[lo]] {
				return at, false
			}
			lo++
		}
		return m.more(pc, text, lo, lo)
	}
	end := o.class.end(text, at)
	m.work -= end - at
	if o.max >= 0 {
		end = min(end, at+o.max)
	}
	return m.fewer(pc, text, at+o.min, end)
}

// fewer finds the last place in text[from:to+1] where an opGreedy can stop.
func (m *Matcher) fewer(pc int32, text []byte, from, to int) (int, bool) {
	o := &m.ops[pc]
	at := to
	if literal := o.literal; literal != "" {
		if to < from {
			return at, false
		}
		at = lastIndex(text[from:min(to+len(literal), len(text))], literal)
		if at >= 0 {
			at += from
		}
	} else {
		for at >= from && !o.ahead.allows(text, at) {
			at--
		}
	}
	if at < from {
		m.work -= max(to-from, 0)
		return at, false
	}
	m.work -= to - at
	if at > from {
		m.push(retry{pc: pc, at: int32(from), from: int32(at - 1)})
	}
	return at, m.work >= 0
}

func lastIndex(text []byte, literal string) int {
	for at := len(text) - len(literal); at >= 0; at-- {
		if n := bytes.LastIndexByte(text[:at+1], literal[0]); n < at {
			at = n
		}
		if at < 0 || string(text[at:at+len(literal)]) == literal {
			return at
		}
	}
	return -1
}

// more finds the first place from text[from] on where an opLazy can stop. It has taken
// text up to known already.
func (m *Matcher) more(pc int32, text []byte, known, from int) (int, bool) {
	o := &m.ops[pc]
	at := from
	if o.literal != "" {
		n := indexOf(text[from:], o.literal)
		if n < 0 {
			m.work -= len(text) - from
			return at, false
		}
		at += n
		if o.class.end(text[:at], known) < at {
			m.work -= at - known
			return at, false
		}
	} else {
		if known < from { // the byte before from was not looked at
			if !o.class.has[text[known]] {
				return at, false
			}
		}
		for !o.ahead.allows(text, at) {
			if at == len(text) || !o.class.has[text[at]] {
				m.work -= at - known
				return at, false
			}
			at++
		}
	}
	m.work -= at - known
	if at < len(text) {
		m.push(retry{pc: pc, at: int32(at), from: int32(at + 1)})
	}
	return at, m.work >= 0
}

func indexOf(text []byte, literal string) int {
	for at := 0; at+len(literal) <= len(text); at++ {
		n := bytes.IndexByte(text[at:len(text)-len(literal)+1], literal[0])
		if n < 0 {
			return -1
		}
		if at += n; string(text[at:at+len(literal)]) == literal {
			return at
		}
	}
	return -1
}

// allows reports whether what follows can begin at text[at].
func (a *ahead) allows(text []byte, at int) bool {
	if at == len(text) {
		return a.end
	}
	return a.set[text[at]]
}

// way takes the first alternative of an opChoose, from number first on, that the next
// byte leaves open.
func (m *Matcher) way(pc int32, text []byte, at int, first int32) (int32, bool) {
	w := m.ops[pc].ways
	mask := w.atEnd
	if at < len(text) {
		mask = w.by[text[at]]
	}
	mask = mask >> first << first
	if mask == 0 {
		return pc, false
	}
	i := bits.TrailingZeros64(mask)
	if mask&(mask-1) != 0 {
		m.push(retry{pc: pc, at: int32(at), from: int32(i + 1)})
	}
	return w.to[i], m.work >= 0
}

// back goes to the latest way that was not taken. It returns false when there is none, or
// m.work is spent.
func (m *Matcher) back(text []byte) (pc int32, at int, ok bool) {
	for len(m.open) > 0 && m.work >= 0 {
		r := m.open[len(m.open)-1]
		m.open = m.open[:len(m.open)-1]
		if r.pc < 0 {
			m.Places[^r.pc] = r.at
			continue
		}
		m.work--
		switch m.ops[r.pc].kind {
		case opChoose:
			pc, ok = m.way(r.pc, text, int(r.at), r.from)
			at = int(r.at)
		case opGreedy:
			at, ok = m.fewer(r.pc, text, int(r.at), int(r.from))
			pc = m.ops[r.pc].next
		default:
			at, ok = m.more(r.pc, text, int(r.at), int(r.from))
			pc = m.ops[r.pc].next
		}
		if ok {
			return pc, at, true
		}
	}
	return 0, 0, false
}
