package file

import (
	"strings"

	"logskiff/record"
)

// worker does what those do who read and deliver.
func (w *walker) worker(do byte) {
	g := w.g
	switch do {
	case filling:
		w.endTurn()
		g.hold = false
		g.release()
		g.fill()
	case handingOut:
		g.hold = true
		limit := g.limit
		limit.Lines = 1
		b := new(record.Batch)
		g.r.Fill(b, limit)
		g.take(b)
	case beginning:
		if w.turn == nil {
			g.r.beginRound()
			if t, ok := g.r.take(); ok {
				w.turn = &t
			}
		}
	case ending:
		w.endTurn()
	}
}

// endTurn has the turn end that is under way.
func (w *walker) endTurn() {
	t := w.turn
	if t == nil {
		return
	}
	w.turn = nil
	b := new(record.Batch)
	if w.g.r.prepare(t) {
		w.g.r.turn(t, b, w.g.limit)
	}
	w.g.r.finish(t)
	if t.moved {
		w.g.r.storeFinger(t.f)
	}
	w.g.hold = true
	w.g.take(b)
}

// halfOfWhatWasOnItsWay tells whether a record has the identity of a longer one that was handed out, and not acknowledged
// before a kill: a copy ended within its line. See docs/invariants.md, "What is not promised".
func (w *walker) halfOfWhatWasOnItsWay(x got, was string) bool {
	return w.again[x.identity()] && len(x.text) < len(was) && strings.HasPrefix(was, x.text)
}

// kill drops the reader. What it handed out and was not acknowledged may come again.
func (w *walker) kill() {
	w.g.onTheirWay(func(x got) { w.again[x.identity()] = true })
	w.turn = nil
	w.isUnclear()
	w.g.kill()
}

// isUnclear notes copies that have less than the stored fingerprint of their log covers: once that is gone, a start cannot know that what is in them
// came. See docs/invariants.md, "What is not promised".
func (w *walker) isUnclear() {
	texts := w.texts()
	for _, c := range w.g.reg.Checkpoints() {
		s, own, err := storedOf(&c)
		w.g.do(err)
		var was strings.Builder
		for _, x := range w.g.out {
			if own && x.stream == c.ID && int(x.rec.Offset) == was.Len() {
				was.WriteString(x.text + "\n")
			}
		}
		for _, text := range texts {
			if len(text) < int(s.FingerLen) && strings.HasPrefix(was.String(), text) {
				for _, unit := range unitsOf(text) {
					w.unclear[unit] = true
				}
			}
		}
	}
}
