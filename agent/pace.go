package agent

import "time"

const (
	paceLeast = 10 * time.Millisecond
	paceMost  = 150 * time.Millisecond
	// From this rate on it pays to wait: below, requests are few anyhow.
	paceBusy = 1000 // lines a second
)

// pace spaces the batches of a source that is written to all the time. A line that comes
// alone goes at once; what comes right behind a batch waits for the next one, and the longer
// the more lines come, since a request costs the same for ten lines as for ten thousand.
// The zero pace, whose most is 0, never waits.
type pace struct {
	most time.Duration // of waiting
	wait time.Duration // between two batches now
	last time.Time     // when the last batch left
}

// left returns how long a batch that is not full waits yet.
func (p *pace) left(now time.Time) time.Duration {
	if p.last.IsZero() {
		return 0
	}
	return min(max(p.wait, paceLeast), p.most) - now.Sub(p.last)
}

// gone notes that a batch of so many lines leaves. One that is as large as may be says
// nothing about how fast lines come: they were there before.
func (p *pace) gone(now time.Time, lines int, large bool) {
	since := max(now.Sub(p.last), paceLeast)
	first := p.last.IsZero()
	p.last = now
	switch {
	case large, first:
	case float64(lines) >= paceBusy*since.Seconds():
		p.wait = min(2*max(p.wait, paceLeast), paceMost)
	default:
		p.wait /= 2
	}
}
