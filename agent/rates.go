package agent

import (
	"time"

	"logskiff/record"
)

// rateOver is the time that rates are the mean of, in samples a second apart.
const rateOver = 5

const nCounters = nAmounts + record.Units

// tally is a few counters at one time. What they are is up to who keeps them.
type tally struct {
	at time.Time
	n  [nCounters]int64
}

// rates keeps the last samples of one pipeline's or endpoint's counters. The zero value has none.
type rates struct {
	last [rateOver + 1]tally
	said int // samples so far
}

// add takes a sample. Counters that are less than before belong to another pipeline of the same name. What was counted before a rest
// is no part of a rate behind it.
func (r *rates) add(t tally) {
	if newest := r.newest(); r.said > 0 {
		if rested := t.at.Sub(newest.at) > rateOver*time.Second; rested && t.n == newest.n {
			r.said = 0
		} else if rested {
			r.last[0], r.said = newest, 1
		}
		for i, n := range t.n {
			if n < newest.n[i] {
				r.said = 0
				break
			}
		}
	}
	r.last[r.said%len(r.last)] = t
	r.said++
}

func (r *rates) newest() tally { return r.last[(r.said+len(r.last)-1)%len(r.last)] }

// over returns what counter i grew by in a second, over so many of the last samples.
func (r *rates) over(i, samples int) float64 {
	back := min(samples, r.said-1, len(r.last)-1)
	if back < 1 {
		return 0
	}
	to, from := r.newest(), r.last[(r.said-1-back)%len(r.last)]
	seconds := to.at.Sub(from.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(to.n[i]-from.n[i]) / seconds
}
