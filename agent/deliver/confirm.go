package deliver

import (
	"context"
	"slices"
	"time"

	"logskiff/senders"
)

// confirmPause is waited between two rounds, so that a server that is just being
// replaced has some time; doubled up to confirmMost.
const (
	confirmPause = 10 * time.Millisecond
	confirmMost  = 250 * time.Millisecond
)

// confirm asks again about each refused record on a new connection, at another
// endpoint where that is possible, as often as the destination's answers are to
// be doubted: alone, or together with others that a destination named. What is taken now was refused by
// something at fault and is delivered.
func (w *isolation) confirm(ctx context.Context) error {
	pause := confirmPause
	for round := 1; len(w.refused) > 0; round++ {
		if round > asksLeast && w.unsure() {
			if err := wait(ctx, pause, nil, nil, nil); err != nil {
				return err
			}
			pause = min(2*pause, confirmMost)
		}
		if err := w.askTogether(ctx); err != nil {
			return err
		}
		asked := false
		for i := 0; i < len(w.refused); {
			r := &w.refused[i]
			switch {
			case r.asked >= w.asks(r):
			case r.asked >= round: // with others, just now
				asked = true
			default:
				asked = true
				settled, err := w.ask(ctx, r)
				if err != nil {
					return err
				}
				if settled {
					w.refused = slices.Delete(w.refused, i, i+1)
					continue
				}
			}
			i++
		}
		if !asked {
			return nil
		}
	}
	return nil
}

// unsure says whether a refused record is to be asked about again.
func (w *isolation) unsure() bool {
	return slices.ContainsFunc(w.refused, func(r refusal) bool { return r.asked < w.asks(&r) })
}

// asks returns how often r must be asked about again: less often, the more the search for it proved, and
// once where each record is looked at.
func (w *isolation) asks(r *refusal) int {
	if r.judged {
		return 1
	}
	return max(asksLeast, w.pool.doubt.asks()-r.proof())
}

// allJudged says whether all that was refused was so by answers that took others.
func (w *isolation) allJudged() bool {
	return !slices.ContainsFunc(w.refused, func(r refusal) bool { return !r.judged })
}

// ask asks once more about one record; settled says that it is not among the refused any more.
func (w *isolation) ask(ctx context.Context, r *refusal) (settled bool, err error) {
	w.encode(r.set)
	again, by, err := w.sendFresh(ctx, w.avoidable(r.by))
	if err != nil {
		return false, err
	}
	named := false
	switch {
	case again.Class != senders.Delivered:
	case again.Rejected > 0:
		again = senders.Result{Class: senders.Refused, Status: again.Status, Reason: again.Reason}
	case len(again.Items) == 0:
		w.delivered(r.set)
		w.taken(r.piece, by)
		return true, nil
	default:
		_, refused := w.byName(r.piece, again, by, false)
		if len(refused) == 0 {
			return true, nil // it waits now
		}
		again, named = refused[0].Result, true
	}
	*r = refusal{piece: r.piece, by: by, endpoint: by.Name(), asked: r.asked + 1, named: named, judged: r.judged, Result: again}
	r.refuse(again, by)
	return false, nil
}

// askTogether asks once more about all records that were refused by name, in one body.
func (w *isolation) askTogether(ctx context.Context) error {
	var all []*piece
	about := map[int]*refusal{}
	var others []refusal
	for i := range w.refused {
		r := &w.refused[i]
		if !r.named || r.asked >= w.asks(r) {
			others = append(others, *r)
			continue
		}
		all, about[r.first()] = append(all, r.piece), r
	}
	if len(all) < 2 {
		return nil
	}
	p := &piece{set: union(all)}
	w.encode(p.set)
	avoid := w.avoidable(about[p.first()].by)
	r, by, err := w.sendFresh(ctx, avoid)
	if err != nil {
		return err
	}
	keep := func(old *refusal, new senders.Result, asked int, named, judged bool) {
		old.refuse(new, by)
		others = append(others, refusal{piece: old.piece, by: by, endpoint: by.Name(), asked: old.asked + asked,
			named: named, judged: old.judged || judged, Result: new})
	}
	rest, refused := p.set, []refusal(nil)
	if r.Class == senders.Delivered {
		rest, refused = w.byName(p, r, by, r.Taken(p.len()) > 0)
	}
	for i := range refused {
		keep(about[refused[i].first()], refused[i].Result, 1, true, refused[i].judged)
	}
	for _, run := range rest {
		for i := run.first; i < run.last; i++ {
			old := about[i]
			switch {
			case r.Class == senders.Delivered && r.Rejected == 0:
				w.delivered(old.set)
				w.taken(old.piece, by)
			case r.Class == senders.Delivered && r.Rejected >= rest.len():
				keep(old, old.Result, 1, true, false)
			default: // it names none this time
				keep(old, old.Result, 0, false, false)
			}
		}
	}
	w.refused = others
	return nil
}

// avoidable returns h when another endpoint can be asked in its place, else nil.
func (w *isolation) avoidable(h *health) *health {
	if w.pool.canAsk(h) {
		return h
	}
	return nil
}

// takes says whether h has taken anything since this began, from any pipeline.
func (w *isolation) takes(h *health) bool { return w.pool.taken()[h] != w.took[h] }
