package agent

import (
	"testing"
	"time"
)

func TestARateIsTheMeanOfTheLastSeconds(t *testing.T) {
	var r rates
	at := func(second int, n int64) tally {
		return tally{at: time.Unix(int64(1000+second), 0), n: [nCounters]int64{n}}
	}
	is := func(samples int, want float64) {
		t.Helper()
		if got := r.over(0, samples); got != want {
			t.Errorf("over %d: %v, want %v", samples, got, want)
		}
	}
	is(5, 0)
	r.add(at(0, 1000)) // it was running before anybody counted
	is(5, 0)
	r.add(at(1, 1010))
	is(1, 10)
	is(5, 10)
	for s := 2; s <= 20; s++ {
		r.add(at(s, 1010))
	}
	is(5, 0)
	r.add(at(21, 1060))
	is(1, 50)
	is(5, 10)
	r.add(at(23, 1160)) // the second between was missed
	is(1, 50)
	is(5, 25)
	r.add(at(33, 1160)) // it rested
	is(1, 0)
	r.add(at(34, 1260))
	is(5, 100)
	r.add(at(44, 1360)) // something came in its rest
	is(1, 10)
	is(5, 10)
	r.add(at(45, 7)) // another pipeline of that name
	is(5, 0)
	r.add(at(46, 8))
	is(5, 1)
	r.add(at(46, 9)) // no time has passed
	is(1, 0)
}
