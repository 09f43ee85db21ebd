package file

import "time"

// maxSilence is how much of the time between two runs of the process counts, at the most.
const maxSilence = 24 * time.Hour

// clock tells how old what is remembered is. It goes on from the newest that was heard
// of, by the time that goes by while the process runs: a wall clock that jumped must not let
// everything be forgotten at once.
type clock struct {
	base  time.Time // what it showed at start
	start time.Time
}

// newClock returns a clock that starts now, and how much of the time since newest does not count.
func newClock(newest, now time.Time) (c clock, ignored time.Duration) {
	silence := now.Sub(newest)
	switch {
	case newest.Unix() <= 0:
		silence = 0
		newest = now
	case silence > maxSilence:
		ignored = silence - maxSilence
	case silence < 0: // it was set back
		ignored = silence
	}
	return clock{base: newest.Add(silence - ignored), start: now}, ignored
}

// at returns what it shows at a time of the wall clock, of which it takes the monotonic reading.
func (c clock) at(now time.Time) time.Time { return c.base.Add(max(now.Sub(c.start), 0)) }
