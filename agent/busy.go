package agent

import (
	"sync"
	"time"

	"logskiff/record"
)

// busy knows the batches that a pipeline works on at this moment, so that a loop
// that hangs is told from one that waits. Waiting is well, whatever it is for:
// lines, memory, a forwarder. Work is what ends by itself: parsing, encoding,
// storing an acknowledgement.
//
// Reading does not count: a network file system that went away holds it in the
// kernel, where no restart heals it, and the other pipelines must go on.
type busy struct {
	mu    sync.Mutex
	since map[*record.Batch]unit
}

type unit struct {
	what  string
	begun time.Time
}

// begin notes that work on b begins; end says that it is done.
func (w *busy) begin(b *record.Batch, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since == nil {
		w.since = map[*record.Batch]unit{}
	}
	w.since[b] = unit{what, time.Now()}
}

func (w *busy) end(b *record.Batch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.since, b)
}

// longerThan returns work that has gone on for longer than limit, if there is any.
func (w *busy) longerThan(limit time.Duration) (what string, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.since {
		if d := time.Since(u.begun); d > limit && d > took {
			what, took = u.what, d
		}
	}
	return what, took
}
