package deliver

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// holds is what the deliverers of one pipeline know together: whether the
// destination takes anything, and what keeps them from going on.
type holds struct {
	deliveries atomic.Int64 // bodies delivered since the start, or some records of them
	blind      atomic.Int64 // records put into quarantine since the last delivery, without evidence
	blocked    atomic.Int64 // deliverers that can do nothing before a record that waits is taken
	isNews     atomic.Bool  // a delivery would be news: somebody holds for lack of one

	mu     sync.Mutex
	why    [3]string     // by kind of trouble; "": none
	since  [3]time.Time  // when it began
	wait   int           // batches of which records wait
	news   chan struct{} // closed and replaced by a delivery that is news
	logger *slog.Logger
}

// trouble is what a pipeline can be held for.
type trouble int

const (
	refusesAll trouble = iota // the destination takes nothing
	cannotKeep                // the quarantine cannot be written
	someWait                  // the destination does not take some records yet, and takes others
)

// delivered notes that the destination took something.
func (h *holds) delivered() {
	h.deliveries.Add(1)
	if h.blind.Load() != 0 {
		h.blind.Store(0)
	}
	if !h.isNews.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isNew()
}

// isNew tells all who hold that the destination takes something.
func (h *holds) isNew() {
	h.isNews.Store(false)
	h.clear(refusesAll)
	close(h.news)
	h.news = make(chan struct{})
}

// mayBlindly says whether n more records may go to quarantine without evidence.
func (h *holds) mayBlindly(n int) bool { return h.blind.Load()+int64(n) <= maxBlind }

// holdRefused shows why everything is held, until anything is delivered that was not counted in seen. Where
// that has happened meanwhile nothing is shown.
func (h *holds) holdRefused(why string, seen int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isNews.Store(true) // before looking: a delivery from here on takes back what is shown
	if h.deliveries.Load() == seen {
		h.show(refusesAll, why)
	}
}

// refusing returns what is closed when anything is delivered that was not counted in seen.
func (h *holds) refusing(seen int64) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isNews.Store(true) // before looking: a delivery from here on closes news
	if h.deliveries.Load() != seen {
		old := h.news
		h.isNew()
		return old
	}
	return h.news
}

// showWaiting shows what records wait for; first says that a batch was not counted yet.
func (h *holds) showWaiting(why string, first bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if first {
		h.wait++
	}
	h.show(someWait, why)
}

// waitsNoMore takes back what was shown for one batch.
func (h *holds) waitsNoMore() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wait--; h.wait == 0 {
		h.clear(someWait)
	}
}

// holdUnkept shows why the quarantine cannot be written and waits for d. It fails
// only with the context's error.
func (h *holds) holdUnkept(ctx context.Context, why string, d time.Duration) error {
	h.mu.Lock()
	h.show(cannotKeep, why)
	h.mu.Unlock()
	return wait(ctx, d, nil, nil, nil)
}

// kept notes that the quarantine could be written.
func (h *holds) kept() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clear(cannotKeep)
}

// show logs what is new; a hold of a week is one line.
func (h *holds) show(t trouble, why string) {
	if h.why[t] == "" {
		h.since[t] = time.Now()
		if t == someWait {
			h.logger.Warn("held: records wait, and others go on; nothing is lost, and they are tried again", "reason", why)
		} else {
			h.logger.Error("held: delivery is held; nothing is lost, and it is tried again", "reason", why)
		}
	}
	h.why[t] = why
}

func (h *holds) clear(t trouble) {
	if h.why[t] != "" {
		said := "delivery goes on"
		if t == someWait {
			said = "no records wait any more"
		}
		h.logger.Info("recovered: "+said, "held_for", time.Since(h.since[t]).Round(time.Second).String())
	}
	h.why[t] = ""
}

// wait waits for d, or for any of the channels, which may be nil.
func wait(ctx context.Context, d time.Duration, news, changed, arrived <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-news:
	case <-changed:
	case <-arrived:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Problem returns why delivery is held and since when; "" when it is not. Records that wait hold
// it where they hold up others.
func (h *holds) Problem() (why string, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range [...]trouble{cannotKeep, refusesAll, someWait} {
		if h.why[t] != "" && (t != someWait || h.blocked.Load() > 0) {
			return h.why[t], h.since[t]
		}
	}
	return "", time.Time{}
}

// Waiting returns what some records wait for; "" when none do, or when a moment may be enough.
func (h *holds) Waiting() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.why[someWait]
}
