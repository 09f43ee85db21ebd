package agent

import "time"

const (
	paceLeast = 10 * time.Millisecond
	paceMost  = 150 * time.Millisecond
	// From this rate on it pays to wait: below, requests are few anyhow.
	paceBusy = 1000 // lines a second
)

// pace spaces the looks at a source that is written to all the time. A line that comes
// alone is looked at, and goes, at once; what comes right behind waits for the next look, and the
// longer the more lines come, since a look at a file costs the same for one line as for
// a hundred, and a request for ten as for ten thousand. All that one look finds goes,
// in as many batches as it needs. The zero pace, whose most is 0, never waits.
type pace struct {
	most  time.Duration // of waiting
	wait  time.Duration // between two looks now
	last  time.Time     // when the last look was over
	lines int           // that this one has found
	large bool          // it filled a batch
}

// left returns how long it is to the next look.
func (p *pace) left(now time.Time) time.Duration {
	if p.last.IsZero() {
		return 0
	}
	return min(max(p.wait, paceLeast), p.most) - now.Sub(p.last)
}

// found notes lines of a look that goes on. A batch that is as large as may be says
// nothing about how fast lines come: they were there before.
func (p *pace) found(lines int, large bool) {
	p.lines += lines
	p.large = p.large || large
}

// looked notes that all was found that there is.
func (p *pace) looked(now time.Time) {
	since := max(now.Sub(p.last), paceLeast)
	first := p.last.IsZero()
	switch {
	case p.large, first:
	case float64(p.lines) >= paceBusy*since.Seconds():
		p.wait = min(2*max(p.wait, paceLeast), paceMost)
	default:
		p.wait /= 2
	}
	p.last, p.lines, p.large = now, 0, false
}
