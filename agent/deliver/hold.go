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
	deliveries atomic.Int64 // bodies delivered since the start
	blind      atomic.Int64 // records put into quarantine since the last delivery, without evidence
	refusing   atomic.Bool  // a delivery would be news: somebody holds for lack of one

	mu     sync.Mutex
	why    [2]string     // by kind of trouble; "": none
	since  [2]time.Time  // when it began
	news   chan struct{} // closed and replaced by a delivery that is news
	logger *slog.Logger
}

// trouble is what a pipeline can be held for.
type trouble int

const (
	refusesAll trouble = iota // the destination takes nothing
	cannotKeep                // the quarantine cannot be written
)

// delivered notes that the destination took something.
func (h *holds) delivered() {
	h.deliveries.Add(1)
	if h.blind.Load() != 0 {
		h.blind.Store(0)
	}
	if !h.refusing.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusing.Store(false)
	h.clear(refusesAll)
	close(h.news)
	h.news = make(chan struct{})
}

// mayBlindly says whether n more records may go to quarantine without evidence.
func (h *holds) mayBlindly(n int) bool { return h.blind.Load()+int64(n) <= maxBlind }

// holdRefused shows why and waits for d, or until anything is delivered that was
// not counted in seen. It fails only with the context's error.
func (h *holds) holdRefused(ctx context.Context, why string, d time.Duration, seen int64) error {
	h.mu.Lock()
	h.refusing.Store(true) // before looking: a delivery from here on closes news
	h.show(refusesAll, why)
	news := h.news
	h.mu.Unlock()
	if h.deliveries.Load() != seen {
		return ctx.Err()
	}
	return wait(ctx, d, news)
}

// holdUnkept shows why the quarantine cannot be written and waits for d. It fails
// only with the context's error.
func (h *holds) holdUnkept(ctx context.Context, why string, d time.Duration) error {
	h.mu.Lock()
	h.show(cannotKeep, why)
	h.mu.Unlock()
	return wait(ctx, d, nil)
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
		h.logger.Error("delivery is held; nothing is lost, and it is tried again", "reason", why)
	}
	h.why[t] = why
}

func (h *holds) clear(t trouble) {
	if h.why[t] != "" {
		h.logger.Info("delivery goes on", "held_for", time.Since(h.since[t]).Round(time.Second).String())
	}
	h.why[t] = ""
}

func wait(ctx context.Context, d time.Duration, news <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-news:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Problem returns why delivery is held and since when; "" when it is not.
func (h *holds) Problem() (why string, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range [...]trouble{cannotKeep, refusesAll} {
		if h.why[t] != "" {
			return h.why[t], h.since[t]
		}
	}
	return "", time.Time{}
}
