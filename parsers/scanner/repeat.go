package scanner

import "regexp/syntax"

// repeat emits code for re, from least to most times in a row (most < 0: no bound).
func (c *compiler) repeat(re *syntax.Regexp, least, most int, lazy bool, next place) place {
	if c.fail || most == 0 {
		return next
	}
	if set, ok := classOf(re); ok {
		return c.run(set, least, most, lazy, next)
	}
	if most < 0 {
		next = c.loop(re, least, lazy, next)
		for i := 1; i < least; i++ {
			next = c.compile(re, next)
		}
		return next
	}
	exit := next
	for i := least; i < most; i++ {
		next = c.prefer(!lazy, c.compile(re, next), exit)
	}
	for range least {
		next = c.compile(re, next)
	}
	return next
}

// prefer emits a choice between going on with more and leaving.
func (c *compiler) prefer(more bool, again, exit place) place {
	if more {
		return c.choose(again, exit)
	}
	return c.choose(exit, again)
}

// run emits code for characters of a class. When what follows can begin with none of
// them there is only one way to match. Otherwise others are tried in the order that
// package regexp prefers.
func (c *compiler) run(set *class, least, most int, lazy bool, next place) place {
	c.ascii = c.ascii || set.vague
	o := op{kind: opRun, class: set, min: least, max: most, next: next.pc}
	if least != most && (lazy || !next.sure) && overlaps(&set.has, &next.set) {
		o.kind = opGreedy
		if lazy {
			o.kind = opLazy
		}
		following := next.ahead
		o.ahead, o.literal = &following, next.literal
		c.fail = c.fail || lazy && most >= 0 // package regexp may count these
		// Such a run can end inside of a character, or count bytes.
		c.ascii = c.ascii || set.wide && (anyHigh(&next.set) || least > 1 || most > 0)
	}
	p := place{pc: c.emit(o)}
	p.set = set.has
	if least == 0 {
		for b := range next.set {
			p.set[b] = p.set[b] || next.set[b]
		}
		p.end = next.end
	}
	return p
}

func overlaps(a, b *[256]bool) bool {
	for i := range a {
		if a[i] && b[i] {
			return true
		}
	}
	return false
}

func anyHigh(set *[256]bool) bool {
	for _, in := range set[0x80:] {
		if in {
			return true
		}
	}
	return false
}

// loop emits code for re any number of times, or at least once when least is not 0.
func (c *compiler) loop(re *syntax.Regexp, least int, lazy bool, next place) place {
	if canBeEmpty(re) { // what package regexp does then is its own matter
		c.fail = true
		return next
	}
	choice := c.emit(op{kind: opChoose})
	// What the body can begin with does not depend on what follows, as it is not empty.
	trial := len(c.ops)
	body := c.compile(re, place{pc: choice})
	if c.fail {
		return next
	}
	c.ops = c.ops[:trial]
	back := place{pc: choice, ahead: union(body.ahead, next.ahead)}
	if p, ok := c.exclusive(re, back, next); ok {
		body = p
	} else {
		body = c.compile(re, back)
	}
	if c.fail {
		return next
	}
	c.prefer(!lazy, body, next)
	o := c.ops[len(c.ops)-1]
	c.ops = c.ops[:len(c.ops)-1]
	c.ops[choice] = o
	if least > 0 {
		return body
	}
	return back
}

// exclusive emits the body of a loop such as (?:[^"\\]|\\.)*, when the next byte always
// says which alternative, if any, goes on, and no group is inside. Then it
// makes no difference to take as many characters of a class as there are.
func (c *compiler) exclusive(re *syntax.Regexp, back, next place) (place, bool) {
	if re.Op != syntax.OpAlternate || re.MaxCap() > 0 {
		return place{}, false
	}
	before := len(c.ops)
	taken := next.set
	options := make([]place, len(re.Sub))
	for i, sub := range re.Sub {
		if sub.Op == syntax.OpPlus {
			sub = sub.Sub[0]
		}
		if set, ok := classOf(sub); ok {
			c.ascii = c.ascii || set.vague
			options[i] = place{pc: c.emit(op{kind: opRun, class: set, min: 1, max: -1, next: back.pc}), ahead: ahead{set: set.has}}
		} else {
			options[i] = c.compile(re.Sub[i], back)
		}
		if overlaps(&options[i].set, &taken) {
			c.ops = c.ops[:before]
			return place{}, false
		}
		for b := range taken {
			taken[b] = taken[b] || options[i].set[b]
		}
	}
	return c.choose(options...), true
}

func union(a, b ahead) ahead {
	u := ahead{end: a.end || b.end}
	for i := range u.set {
		u.set[i] = a.set[i] || b.set[i]
	}
	return u
}

// canBeEmpty reports whether re may match without a character.
func canBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return canBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || canBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !canBeEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if canBeEmpty(sub) {
				return true
			}
		}
		return false
	}
	return true
}
