// Package scanner matches regular expressions in linear time and without an allocation: what package regexp finds, many
// times as fast, for the patterns that logs are read with. The rest it leaves to package regexp, and so it says of a text
// that would take it too long.
package scanner

import (
	"unicode/utf8"

	"logskiff/parsers/swar"
)

// Verdict is what a scanner says of a text.
type Verdict uint8

const (
	Differs Verdict = iota // the pattern does not match
	Matches
	Unsure // the scanner gave up: ask package regexp
)

// Matcher runs a scanner over one text after the other. It belongs to one goroutine.
//
// It goes through the ways to match in the order that package regexp prefers
// (leftmost first), and goes back to where there was another one when a way ends. Mostly
// there is none: what may follow tells where a run of characters must stop. Going back
// could take a time that is exponential in the length, so the bytes looked at are
// counted, and after a few for every byte of the text the matcher gives up.
type Matcher struct {
	*Scanner
	Places []int32 // begin and end of each group in the text; -1: not set
	open   []retry
	work   int
}

// retry is a way that was not taken yet, or, with a negative pc, a place to put back.
type retry struct {
	pc   int32 // of the op that chooses; ^pc: slot of the place
	at   int32 // opChoose: in the text; opGreedy, opLazy: nearest place to stop; the place put back
	from int32 // opChoose: the next alternative; opGreedy, opLazy: the next place to try
}

const maxRetries = 256

// NewMatcher returns a matcher for one goroutine.
func NewMatcher(s *Scanner) *Matcher {
	return &Matcher{Scanner: s, Places: make([]int32, s.Slots), open: make([]retry, 0, maxRetries)}
}

// Match looks for the leftmost match in text and sets places. It takes time linear in
// the text's length.
func (m *Matcher) Match(text []byte) Verdict {
	if m.ascii && !isASCII(text) {
		return Unsure
	}
	m.work = 8*len(text) + 256
	if m.anchored {
		return m.matchAt(text, 0)
	}
	for at := 0; at <= len(text); {
		if at = m.candidate(text, at); at < 0 {
			return Differs
		}
		if v := m.matchAt(text, at); v != Differs {
			return v
		}
		if m.work--; m.work < 0 {
			return Unsure
		}
		_, width := utf8.DecodeRune(text[at:])
		at += max(width, 1)
	}
	return Differs
}

// candidate returns the first place from at on where a match may begin, or -1.
func (m *Matcher) candidate(text []byte, at int) int {
	if m.ahead.literal != "" {
		n := indexOf(text[at:], m.ahead.literal)
		if n < 0 {
			return -1
		}
		return at + n
	}
	for at < len(text) && !m.ahead.set[text[at]] {
		_, width := utf8.DecodeRune(text[at:])
		at += width
	}
	if at == len(text) && !m.ahead.end {
		return -1
	}
	return at
}

func isASCII(text []byte) bool {
	at := 0
	for ; at+8 <= len(text); at += 8 {
		if swar.Load(text[at:])&swar.Tops != 0 {
			return false
		}
	}
	for ; at < len(text); at++ {
		if text[at] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// matchAt looks for a match that begins at text[at].
func (m *Matcher) matchAt(text []byte, at int) Verdict {
	for i := range m.Places {
		m.Places[i] = -1
	}
	m.open = m.open[:0]
	m.Places[0] = int32(at)
	pc := m.start
	for {
		o := &m.ops[pc]
		ok := true
		switch o.kind {
		case opMatch:
			m.Places[1] = int32(at)
			return Matches
		case opLiteral:
			if ok = hasAt(text, at, o.literal); ok {
				at += len(o.literal)
			}
		case opRun:
			at, ok = m.run(o, text, at)
		case opCapture:
			if len(m.open) > 0 {
				m.push(retry{pc: ^o.slot, at: m.Places[o.slot]})
			}
			m.Places[o.slot] = int32(at)
		case opAssert:
			ok = holds(o.assert, text, at)
		case opChoose:
			if pc, ok = m.way(pc, text, at, 0); ok {
				continue
			}
		default:
			at, ok = m.stretch(pc, text, at)
		}
		if ok {
			pc = o.next
			continue
		}
		if pc, at, ok = m.back(text); !ok {
			if m.work < 0 {
				return Unsure
			}
			return Differs
		}
	}
}

// push keeps another way for later. When there are too many, the matcher gives up.
func (m *Matcher) push(r retry) {
	if len(m.open) == maxRetries {
		m.work = -1
		m.open = m.open[:0]
		return
	}
	m.open = append(m.open, r)
}
