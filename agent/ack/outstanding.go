package ack

import (
	"time"

	"logskiff/record"
)

// Outstanding is what is handed out and not yet released.
type Outstanding struct {
	Segments int       // those that are acknowledged, and wait for one before them, count as one
	Bytes    int64     // of streams, or entries
	Streams  int       // with something in flight
	Oldest   time.Time // when the oldest of it was handed out; zero: nothing is
}

// Outstanding sums up what is in flight. It looks at every stream that has
// something in flight: for a page or a scrape, not for a hot path.
func (t *Tracker) Outstanding() Outstanding {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := Outstanding{Segments: t.inFlight, Bytes: t.covered}
	for _, q := range t.streams {
		if q.first == nil {
			continue
		}
		o.Streams++
		if since := q.first.since; o.Oldest.IsZero() || since.Before(o.Oldest) {
			o.Oldest = since
		}
	}
	return o
}

// Oldest returns when the oldest segment of a stream that is not yet released
// was handed out, and the zero time when none is.
func (t *Tracker) Oldest(id record.StreamID) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q := t.streams[id]; q != nil && q.first != nil {
		return q.first.since
	}
	return time.Time{}
}
