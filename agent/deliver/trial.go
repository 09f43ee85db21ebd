package deliver

import "time"

const (
	trialAgain = 10 * time.Second // after the second batch that was kept
	trialMost  = 5 * time.Minute
)

// trial decides when an endpoint that kept batches without an answer may be tried with another one, while
// others take them. That it answers probes proves little: its disk may hang. So each batch that
// it keeps doubles the wait. It is forgotten when the endpoint has taken batches for as long
// as it was last left alone; one that takes a batch and keeps the next is not well.
type trial struct {
	next time.Time     // no batch before
	wait time.Duration // how long it was left alone; 0: not at all
	kept int           // batches in a row, or groups of them in flight together
	well time.Time     // of the first batch that it took since; zero: none
}

// lost notes that a batch was kept until it was given up. random is in [0, 1).
func (t *trial) lost(now time.Time, random float64) {
	t.well = time.Time{}
	t.kept++
	t.wait = backoffFirst
	if t.kept > 1 {
		t.wait = min(trialAgain<<min(t.kept-2, 10), trialMost)
	}
	t.next = now.Add(time.Duration(float64(t.wait) * (0.8 + 0.4*random)))
}

// took notes that a batch was taken.
func (t *trial) took() {
	switch {
	case t.kept == 0:
	case t.well.IsZero():
		t.well = time.Now()
	case time.Since(t.well) >= t.wait:
		*t = trial{}
	}
}

// nextTry returns when an endpoint that is not healthy is tried again.
func (h *health) nextTry() time.Time {
	if h.trial.next.After(h.next) {
		return h.trial.next
	}
	return h.next
}
