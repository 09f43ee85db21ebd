package agent

import (
	"context"
	"log/slog"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"logskiff/conf"
)

// The Go runtime is told to stay below seven eighths of agent.memory. What files,
// streams and connections cost is held for as long as they are there, and can be more
// than that: 100,000 followed files hold some 130 MiB. A limit below what is held makes
// the collector run without end, on all cores, and free nothing (runtime/debug
// SetMemoryLimit: "death spirals"). So the limit is never below what is held and a room
// to work in; and a bound that is passed for this reason is told of.

const (
	// costOfStream is what one followed file, or one remembered stream, holds in
	// the reader and in the store, in bytes.
	costOfStream = 1400
	leastRoom    = 8 << 20 // bytes the runtime may have above what is held, at the least
)

// limiter keeps the runtime's limit where the collector can work.
type limiter struct {
	log     *slog.Logger
	streams func() int
	// connections are those that clients of forwarders have.
	connections func() int
	set         func(bytes int64) // debug.SetMemoryLimit, or a test's

	mu    sync.Mutex
	bound int64 // agent.memory, in bytes
	limit int64 // as set
	held  int64 // as of the last look, in bytes
	told  int64 // held when it was told of last; 0: it is within the bound
}

// change takes a new bound.
func (l *limiter) change(memory conf.Size) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bound = int64(memory)
	l.note(l.held)
}

// note takes in how much is held, sets the limit, and tells of a bound that is passed.
// The caller holds mu.
func (l *limiter) note(held int64) {
	l.held = held
	usual := l.bound * 7 / 8
	limit := max(usual, held+max(held/8, leastRoom))
	// Each setting of it makes the runtime think anew, so small changes are let be.
	if d := limit - l.limit; l.limit == 0 || limit == usual && d != 0 || max(d, -d) > l.limit/50 {
		l.limit = limit
		l.set(limit)
	}
	switch {
	case l.limit <= usual:
		l.told = 0
	case l.told == 0 || held > l.told+l.told/2:
		l.told = held
		n := l.streams()
		l.log.Warn("limit: agent.memory is less than what is held; more is used, so that the collector does not stop all else",
			"streams", n, "needed", roundUp(int64(n)*costOfStream).String(), "connections", l.connections(), "held", roundUp(held).String(),
			"advice", "set agent.memory to "+roundUp(l.limit*8/7).String()+" or more, or follow fewer files, or lower max_connections")
	}
}

// roundUp returns whole MiB.
func roundUp(n int64) conf.Size { return conf.Size((n + 1<<20 - 1) >> 20 << 20) }

// run looks after each collection, and at most once in every interval, until ctx is
// done. Between two collections the limit decides nothing, so at rest it costs nothing.
func (l *limiter) run(ctx context.Context, interval time.Duration) error {
	collected := make(chan struct{}, 1)
	notifyCollected(ctx, collected)
	for {
		select {
		case <-collected:
		case <-ctx.Done():
			return nil
		}
		l.look()
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return nil
		}
	}
}

// notifyCollected has a word sent after each collection until ctx is done: the runtime
// runs the cleanup of an object that nobody holds after the next one.
func notifyCollected(ctx context.Context, to chan<- struct{}) {
	runtime.AddCleanup(new([64]byte), func(to chan<- struct{}) {
		if ctx.Err() != nil {
			return
		}
		select {
		case to <- struct{}{}:
		default:
		}
		notifyCollected(ctx, to)
	}, to)
}

// look asks the runtime how much is held: by the last collection, between what that left, which
// no collection can move together, and by stacks and the runtime's own.
func (l *limiter) look() {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, // marked by the last collection
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	held := int64(samples[0].Value.Uint64()) + int64(samples[1].Value.Uint64())
	for _, s := range samples[2:] { // what is left of the total is between objects, stacks and the runtime's own
		held -= int64(s.Value.Uint64())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(held)
}

// state says how it is at this moment.
func (l *limiter) state() MemoryStatus {
	l.look()
	l.mu.Lock()
	defer l.mu.Unlock()
	return MemoryStatus{Bound: l.bound, Limit: l.limit, Held: l.held}
}

func setMemoryLimit(bytes int64) { debug.SetMemoryLimit(bytes) }
