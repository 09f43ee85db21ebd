package deliver

import (
	"context"
	"slices"
	"time"

	"logskiff/record"
)

// What a lot does with the records that wait in it: an isolation whose records are of many batches.

// step does what is next for the records in a lot, and waits when nothing is.
func (w *isolation) step(ctx context.Context) error {
	if err := w.settle(ctx); err != nil {
		return err
	}
	if !w.isHeld() { // evidence must be newer than what is found out from here on
		w.holds, w.since = 0, time.Now()
		w.begins()
	}
	w.wake()
	switch {
	case len(w.todo) > 0 && (w.evidence() || w.hunts < maxHunts):
		return w.try(ctx)
	case len(w.todo)+len(w.refused) > 0:
		w.holdAll()
	case len(w.later) > 0 && w.last:
		return errStops
	case len(w.later) > 0 && w.lot.drains():
		w.lastTry()
	case len(w.later) > 0:
		return w.rest(ctx, w.lot.arrived)
	}
	return nil
}

// lastTry makes all that waits the next to be sent, whatever it waits for.
func (w *isolation) lastTry() {
	w.last = true
	for _, l := range w.later {
		w.add(l.piece)
	}
	w.later = nil
}

// isHeld says whether anything was refused that is not settled.
func (w *isolation) isHeld() bool {
	return len(w.refused)+len(w.todo) > 0 || w.hasHeld()
}

// hasHeld says whether anything waits for evidence.
func (w *isolation) hasHeld() bool {
	return slices.ContainsFunc(w.later, func(l *waiting) bool { return l.held })
}

// absorb makes the records of an arrival w's. Pieces that wait for one key become one.
func (w *isolation) absorb(a *arrival) {
	w.compact()
	base := len(w.b.Records)
	for i := range a.b.Records {
		a.b.AppendCopy(w.b, i)
		appendSegment(w.b, a.b, i)
	}
	w.homes = append(w.homes, a.homes...)
	for _, l := range a.later {
		for i := range l.set {
			l.set[i].first += base
			l.set[i].last += base
		}
		at := slices.IndexFunc(w.later, func(o *waiting) bool { return l.key != "" && o.key == l.key && !o.held })
		if at < 0 {
			w.later = append(w.later, l)
			continue
		}
		w.later[at].piece = &piece{set: union([]*piece{w.later[at].piece, l.piece}), key: l.key, tries: max(l.tries, w.later[at].tries)}
	}
	switch {
	case a.shown && w.shown:
		w.quarantine.waitsNoMore() // it is counted once
	case a.shown:
		w.shown = true
	}
}

// compact lets go of what was settled once that is most of what is there.
func (w *isolation) compact() {
	left := 0
	for _, l := range w.later {
		left += l.len()
	}
	left += len(w.refused)
	for _, p := range w.todo {
		left += p.len()
	}
	if len(w.b.Records) < 64 || left > len(w.b.Records)/2 {
		return
	}
	to := &record.Batch{}
	homes := w.move(to, make([]home, 0, left), func(i int) home { return w.homes[i] })
	w.b, w.homes = to, homes
}
