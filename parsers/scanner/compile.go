package scanner

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// opKind is what an op of a scanner does at a place of the text.
type opKind uint8

const (
	opMatch   opKind = iota // the whole pattern has matched
	opLiteral               // this text stands here
	opRun                   // as many characters of a class as there are
	opGreedy                // as many as possible, or else fewer
	opLazy                  // as few as possible, or else more
	opCapture               // note the place
	opAssert                // ^ $ \b and the like
	opChoose                // one of several ways, those before first
)

type op struct {
	kind     opKind
	next     int32
	slot     int32 // opCapture
	assert   syntax.EmptyOp
	min, max int // characters; max < 0: no bound
	class    *class
	literal  string // opLiteral; opGreedy and opLazy: what next begins with, if that is known
	ahead    *ahead // of next; opGreedy and opLazy stop only there
	ways     *ways
}

// ways are the alternatives of opChoose. A set bit says that an alternative can go on
// with that byte, or at the end of the text.
type ways struct {
	by    [256]uint64
	atEnd uint64
	to    []int32
}

// ahead is what can follow: a byte of set, or the end of the text.
type ahead struct {
	set     [256]bool
	end     bool
	sure    bool   // it matches whatever follows
	literal string // it begins with this text
}

// Scanner is a compiled pattern, shared by all clones of a parser.
type Scanner struct {
	ops      []op
	start    int32
	ahead    ahead // of start
	anchored bool  // a match can only begin where the text does
	ascii    bool  // only for texts of nothing but ASCII
	Slots    int   // two for each group, group 0 being the whole match
}

// place is where compiled code begins, and what can follow there.
type place struct {
	pc int32
	ahead
}

// compiler goes through a pattern from its end, so that what follows is known
// wherever something must be chosen.
type compiler struct {
	Scanner
	keep  []bool // by group: its place is of interest
	steps int
	fail  bool // the pattern is not for a scanner
}

// A pattern that needs more is left to package regexp.
const (
	maxScannerOps   = 2000
	maxScannerSteps = 20_000
	maxWays         = 64
)

// Compile returns a scanner for a pattern, or nil when it has something that
// only package regexp can do. keep says which groups are of interest; the others stay unset.
func Compile(pattern string, keep []bool) *Scanner {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	c := &compiler{keep: keep}
	c.Slots = 2 * (re.MaxCap() + 1)
	end := place{ahead: ahead{end: true, sure: true}}
	for i := range end.set {
		end.set[i] = true
	}
	end.pc = c.emit(op{kind: opMatch})
	from := c.compile(re, end)
	if c.fail {
		return nil
	}
	c.start, c.ahead = from.pc, from.ahead
	c.anchored = c.beginsAtStart(from.pc)
	s := c.Scanner
	return &s
}

func (c *compiler) beginsAtStart(pc int32) bool {
	for c.ops[pc].kind == opCapture {
		pc = c.ops[pc].next
	}
	o := &c.ops[pc]
	return o.kind == opAssert && o.assert == syntax.EmptyBeginText
}

func (c *compiler) emit(o op) int32 {
	if len(c.ops) >= maxScannerOps {
		c.fail = true
		return 0
	}
	c.ops = append(c.ops, o)
	return int32(len(c.ops) - 1)
}

// compile emits code for re that goes on at next.
func (c *compiler) compile(re *syntax.Regexp, next place) place {
	if c.steps++; c.steps > maxScannerSteps {
		c.fail = true
	}
	if c.fail {
		return next
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
		return next
	case syntax.OpLiteral:
		return c.literal(re, next)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return c.repeat(re, 1, 1, false, next)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := re.Min, re.Max
		switch re.Op {
		case syntax.OpStar:
			least, most = 0, -1
		case syntax.OpPlus:
			least, most = 1, -1
		case syntax.OpQuest:
			least, most = 0, 1
		}
		return c.repeat(re.Sub[0], least, most, re.Flags&syntax.NonGreedy != 0, next)
	case syntax.OpConcat:
		for i := len(re.Sub) - 1; i >= 0; i-- {
			next = c.compile(re.Sub[i], next)
		}
		return next
	case syntax.OpAlternate:
		options := make([]place, len(re.Sub))
		for i, sub := range re.Sub {
			options[i] = c.compile(sub, next)
		}
		return c.choose(options...)
	case syntax.OpCapture:
		if re.Cap >= len(c.keep) || !c.keep[re.Cap] {
			return c.compile(re.Sub[0], next)
		}
		next.pc = c.emit(op{kind: opCapture, slot: int32(2*re.Cap + 1), next: next.pc})
		next = c.compile(re.Sub[0], next)
		next.pc = c.emit(op{kind: opCapture, slot: int32(2 * re.Cap), next: next.pc})
		return next
	}
	return c.assertion(re.Op, next)
}

func (c *compiler) literal(re *syntax.Regexp, next place) place {
	if re.Flags&syntax.FoldCase != 0 {
		for i := len(re.Rune) - 1; i >= 0; i-- {
			one := &syntax.Regexp{Op: syntax.OpLiteral, Flags: re.Flags, Rune: re.Rune[i : i+1]}
			next = c.repeat(one, 1, 1, false, next)
		}
		return next
	}
	text := string(re.Rune)
	if strings.ContainsRune(text, utf8.RuneError) { // it also matches bytes that are no UTF-8
		c.fail = true
		return next
	}
	p := place{ahead: ahead{literal: text}}
	p.set[text[0]] = true
	if o := &c.ops[next.pc]; o.kind == opLiteral {
		p.literal += o.literal
		p.pc = c.emit(op{kind: opLiteral, literal: p.literal, next: o.next})
		return p
	}
	p.pc = c.emit(op{kind: opLiteral, literal: text, next: next.pc})
	return p
}

// choose emits a choice between places, the first being preferred.
func (c *compiler) choose(options ...place) place {
	if len(options) > maxWays {
		c.fail = true
		return options[0]
	}
	w := &ways{}
	var p place
	for i, o := range options {
		w.to = append(w.to, o.pc)
		for b := range o.set {
			if o.set[b] {
				w.by[b] |= 1 << i
				p.set[b] = true
			}
		}
		if o.end {
			w.atEnd |= 1 << i
			p.end = true
		}
	}
	p.pc = c.emit(op{kind: opChoose, ways: w})
	return p
}

func (c *compiler) assertion(what syntax.Op, next place) place {
	o := op{kind: opAssert, next: next.pc}
	p := next
	p.sure = false
	switch what {
	case syntax.OpBeginText:
		o.assert = syntax.EmptyBeginText
	case syntax.OpBeginLine:
		o.assert = syntax.EmptyBeginLine
	case syntax.OpEndText:
		o.assert = syntax.EmptyEndText
		p.ahead = ahead{end: next.end}
	case syntax.OpEndLine:
		o.assert = syntax.EmptyEndLine
		p.ahead = ahead{end: next.end}
		p.set['\n'] = next.set['\n']
	case syntax.OpWordBoundary:
		o.assert = syntax.EmptyWordBoundary
	case syntax.OpNoWordBoundary:
		o.assert = syntax.EmptyNoWordBoundary
	default:
		c.fail = true
	}
	p.pc = c.emit(o)
	return p
}
