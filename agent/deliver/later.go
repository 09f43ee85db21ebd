package deliver

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"logskiff/senders"
)

// holdMost bounds how long what was held is left alone.
const holdMost = time.Minute

// showAfter is how often in a row a record must have been sent in vain before people are told, where
// the destination does not say itself that a person must act.
const showAfter = 5

// waiting is a piece that is sent again later.
type waiting struct {
	*piece
	due  time.Time
	held bool // it may go as soon as anything else is delivered, too
}

// postpone has p sent again after what an answer said of its records: all of them wait for the same.
func (w *isolation) postpone(p *piece, i senders.Item) {
	trial := p.key == i.Key
	if !trial {
		p.key, p.tries = i.Key, 0
	}
	p.tries++
	random := w.pool.Random()
	var due time.Time
	if p.key == "" {
		due = time.Now().Add(max(i.Wait, backoff(p.tries, random)))
	} else {
		w.pool.keys.failed(p.key, trial, i.Wait, random)
		due, p.tries = w.dueByKey(p.key)
	}
	w.later = append(w.later, &waiting{piece: p, due: due})
	if i.Class == senders.Held || p.tries >= showAfter {
		w.showWaiting(p.key, i.Reason)
	}
}

// dueByKey returns when records of a key may be sent, and how often it failed. Not all who wait for it come at once: the
// first one finds out for the others.
func (w *isolation) dueByKey(key string) (time.Time, int) {
	until, failures := w.pool.keys.until(key)
	now := time.Now()
	if until.IsZero() {
		return now, failures
	}
	if until.Before(now) {
		until = now // somebody else is about to try
	}
	return until.Add(time.Duration(float64(backoffFirst) * w.pool.Random())), failures
}

// waitsStill puts p back when it was found meanwhile that its key is not taken yet.
func (w *isolation) waitsStill(p *piece) bool {
	if p.key == "" || w.last {
		return false
	}
	if until, _ := w.pool.keys.until(p.key); !until.After(time.Now()) {
		return false
	}
	due, _ := w.dueByKey(p.key)
	w.later = append(w.later, &waiting{piece: p, due: due})
	return true
}

// wake makes what waited long enough the next to be sent.
func (w *isolation) wake() {
	now := time.Now()
	var held []*piece
	w.later = slices.DeleteFunc(w.later, func(l *waiting) bool {
		ready := !now.Before(l.due) || l.held && w.evidence()
		if !ready && l.key != "" {
			until, _ := w.pool.keys.until(l.key)
			ready = until.IsZero()
		}
		switch {
		case !ready:
			return false
		case l.held:
			held = append(held, l.piece)
		default:
			w.pool.Retries.Add(1)
			w.add(l.piece)
		}
		return true
	})
	if len(held) > 0 {
		w.hunts = 0
		w.add(held...)
	}
	if len(w.later)+len(w.todo) == 0 { // what was woken may have to wait again
		w.waitsNoMore()
	}
}

// rest waits until the next piece may be sent, or arrived gets a token. It fails only with the context's error.
func (w *isolation) rest(ctx context.Context, arrived <-chan struct{}) error {
	var news, changed <-chan struct{}
	due := time.Now().Add(math.MaxInt64)
	for _, l := range w.later {
		if l.due.Before(due) {
			due = l.due
		}
		if l.held {
			news = w.quarantine.refusing(w.began)
		}
		if l.key != "" {
			changed = w.pool.keys.changed()
		}
	}
	w.lookAgain(&due)
	return wait(ctx, time.Until(due), news, changed, arrived)
}

// lookAgain moves due to now when a key was taken again before it could be noticed.
func (w *isolation) lookAgain(due *time.Time) {
	for _, l := range w.later {
		if l.key == "" {
			continue
		}
		if until, _ := w.pool.keys.until(l.key); until.IsZero() {
			*due = time.Now()
		}
	}
}

// holdAll has everything not settled sent again later, in pieces as large as possible.
func (w *isolation) holdAll() {
	w.holds++
	last := w.refused[len(w.refused)-1]
	w.quarantine.holdRefused(last.endpoint+" refuses everything: "+last.Reason, w.began)
	due := time.Now().Add(w.pause(w.holds))
	all := w.todo
	named := false
	for _, r := range w.refused {
		all = append(all, r.piece)
		named = named || r.named
	}
	runs := union(all)
	if named { // whoever names records needs no pieces
		w.later = append(w.later, &waiting{piece: &piece{set: runs}, due: due, held: true})
	} else {
		for _, r := range runs {
			w.later = append(w.later, &waiting{piece: &piece{set: set{r}}, due: due, held: true})
		}
	}
	w.todo, w.refused = nil, w.refused[:0]
}

// pause returns how long the n-th hold in a row lasts: 1 s, doubled up to a minute.
func (w *isolation) pause(n int) time.Duration {
	d := min(backoffFirst<<min(n-1, 10), holdMost)
	return time.Duration(float64(d) * (0.8 + 0.4*w.pool.Random()))
}

// showWaiting says what records wait for.
func (w *isolation) showWaiting(key, why string) {
	if key != "" {
		why = fmt.Sprintf("records for %q wait: %s", key, why)
	} else {
		why = "some records wait: " + why
	}
	w.quarantine.showWaiting(why, !w.shown)
	w.shown = true
}

// waitsNoMore takes back what showWaiting said.
func (w *isolation) waitsNoMore() {
	if w.shown {
		w.shown = false
		w.quarantine.waitsNoMore()
	}
}
