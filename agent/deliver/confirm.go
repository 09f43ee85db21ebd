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

// confirm asks again about each refused record: alone, on a new connection, at another
// endpoint where that is possible, as often as the destination's answers are to
// be doubted. What is taken now was refused by something at fault and is delivered.
func (w *isolation) confirm(ctx context.Context) error {
	pause := confirmPause
	for round := 1; len(w.refused) > 0; round++ {
		if round > asksLeast && w.unsure() {
			if err := wait(ctx, pause, nil); err != nil {
				return err
			}
			pause = min(2*pause, confirmMost)
		}
		asked := false
		for i := 0; i < len(w.refused); {
			if w.refused[i].asked >= w.asks(&w.refused[i]) {
				i++
				continue
			}
			asked = true
			taken, err := w.ask(ctx, &w.refused[i])
			if err != nil {
				return err
			}
			if taken {
				w.refused = slices.Delete(w.refused, i, i+1)
				continue
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

// asks returns how often r must be asked about again: less often, the more the search for it proved.
func (w *isolation) asks(r *refusal) int { return max(asksLeast, w.pool.doubt.asks()-r.proof()) }

// ask asks once more about one record.
func (w *isolation) ask(ctx context.Context, r *refusal) (taken bool, err error) {
	w.encode(r.span)
	again, by, err := w.sendFresh(ctx, w.avoidable(r.by))
	if err != nil {
		return false, err
	}
	if again.Class == senders.Delivered {
		w.delivered(r.span)
		w.taken(r.piece, by)
		return true, nil
	}
	*r = refusal{r.piece, by, by.Name(), r.asked + 1, again}
	r.refuse(again, by)
	return false, nil
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
