package deliver

import "logskiff/senders"

// piece is a part of a batch that is sent by itself. It remembers what it is half of, since what
// became of the other halves tells how far a refusal is to be believed.
type piece struct {
	set
	of, beside *piece  // what it is half of, and the other half; nil: it is no half
	by         *health // who refused it last; nil: nobody
	reason     string
	taken      bool // as a whole
	left       int  // of a refused piece: its records that were not taken since
	bySame     bool // some of them were taken by who refused it
	told       bool // that what was refused was taken: of it, or of what is in it

	key   string // what its records wait for at the destination; "": nothing that others wait for too
	tries int    // in vain, in a row
}

// part returns the records s of p as a piece that takes its place.
func (p *piece) part(s set) *piece {
	return &piece{set: s, of: p.of, beside: p.beside, key: p.key, tries: p.tries}
}

// halves cuts p in two.
func (p *piece) halves() (left, right *piece) {
	a, b := p.cut(p.len() / 2)
	left = &piece{set: a, of: p}
	right = &piece{set: b, of: p, beside: left}
	left.beside = right
	return left, right
}

// refuse notes that by did not take p. A lower limit is no refusal.
func (p *piece) refuse(r senders.Result, by *health) {
	if r.Class == senders.Refused {
		p.by, p.reason, p.left = by, r.Reason, p.len()
	}
}

// doubted says whether p is half of what was refused.
func (p *piece) doubted() bool { return p.of != nil && p.of.by != nil }

// proof returns how many refusals of p, a single record, the search for it stands for. Where a server
// that judges nothing refuses half of all bodies by chance, each half that was taken beside one that
// was refused makes such a search half as likely. (The refusals alone prove nothing: the search
// goes where they are.) Two halves that were both refused say the opposite, and more strongly,
// because there are more ways to come upon one of those.
func (p *piece) proof() int {
	n := 0
	for ; p.doubted(); p = p.of {
		switch {
		case p.beside.taken:
			n++
		case p.beside.by != nil:
			n -= 3
		}
	}
	return max(n, 0)
}

// taken notes that by took p, and finds out whether all of something was taken that had been refused.
func (w *isolation) taken(p *piece, by *health) {
	p.taken = true
	n, told := p.len(), false
	for ; p != nil; p = p.of {
		p.told = p.told || told
		if p.by == nil {
			continue
		}
		p.left -= n
		p.bySame = p.bySame || by == p.by
		if p.left > 0 || p.told {
			continue
		}
		p.told, told = true, true
		taker := by
		if p.bySame {
			taker = p.by
		}
		w.pool.contradicted(p.by, taker, p.reason)
	}
}
