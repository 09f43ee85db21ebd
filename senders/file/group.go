package file

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"logskiff/record"
	"logskiff/senders"
)

// Counters is what the sender has done since the process began.
type Counters struct {
	Records atomic.Int64 // written and synced
	Bytes   atomic.Int64 // written and synced
	Repeats atomic.Int64 // records left out because they were written before
	Commits atomic.Int64 // groups of payloads that shared two syncs
	Failed  atomic.Int64 // groups that could not be written

	Forgotten atomic.Int64 // streams that are not remembered any more
}

// group is the payloads that are written and synced together.
type group struct {
	items  []*item
	claims history // what the items will add
	taken  bool    // by the goroutine that writes it; nobody may join or leave any more
	done   chan struct{}
	err    error // set before done is closed
}

// endpoint is the folder as a senders.Endpoint. Every Send adds its payload to the
// next group; whoever gets the token writes that group for all in it, while the
// next one fills. So one goroutine's syncs serve everybody who came meanwhile.
type endpoint struct {
	store    *store
	counters *Counters
	log      *slog.Logger

	token chan struct{} // held by the one goroutine that writes
	items sync.Pool     // of *item

	mu      sync.Mutex
	history history // committed; changed only by the holder of token, under mu
	next    *group  // being filled; nil: none
	writing *group  // being written; nil: none
	opened  bool
	closed  bool
	weight  int64   // what the history costs
	recent  history // streams that were read from the disk, which a writer may not know yet
	claims  claims
}

var _ senders.Endpoint = (*endpoint)(nil)

// Name returns the folder.
func (e *endpoint) Name() string { return e.store.dir }

// Send returns Delivered once every record of p is in a synced file and in the
// synced index, whether written now or before. Everything else that can happen
// is a Retry: nothing of p is then in the files, except after a crash of the disk
// itself. When ctx ends, Send still waits for a write that has begun.
func (e *endpoint) Send(ctx context.Context, p *senders.Payload) senders.Result {
	it := e.items.Get().(*item)
	it.payload = p
	err := e.send(ctx, it)
	clear(it.parts)
	it.payload = nil
	e.items.Put(it)
	if err != nil {
		reason := err.Error()
		return senders.Result{Class: senders.Retry, Reason: reason[:min(len(reason), 512)]}
	}
	return senders.Result{Class: senders.Delivered}
}

func (e *endpoint) send(ctx context.Context, it *item) error {
	g, err := e.join(ctx, it)
	if g == nil {
		return err
	}
	select {
	case <-g.done:
		return g.err
	case <-ctx.Done():
		if e.leave(g, it) {
			return ctx.Err()
		}
		<-g.done // its body is being written: it must stay ours until that is over
		return g.err
	case e.token <- struct{}{}:
	}
	defer func() { <-e.token }()
	select {
	case <-g.done: // somebody wrote it between our two looks
	default:
		e.write(g)
	}
	return g.err
}

// join plans the item and puts it into the next group. It returns no group when
// there is nothing to write, or with an error. While another payload with some
// of the same records is being written it waits for that one.
func (e *endpoint) join(ctx context.Context, it *item) (*group, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.mu.Lock()
		if e.closed || !e.opened {
			e.mu.Unlock()
			return nil, errClosed
		}
		busy := it.plan(e, e.writing, e.next)
		if busy == nil {
			defer e.mu.Unlock()
			return e.enter(it), nil
		}
		e.mu.Unlock()
		select {
		case <-busy.done:
		case <-ctx.Done():
		}
	}
}

// enter puts a planned item into the next group. The caller holds mu.
func (e *endpoint) enter(it *item) *group {
	if it.kept == 0 {
		e.counters.Repeats.Add(it.repeats())
		return nil
	}
	if !it.slice() {
		e.log.Error("BUG: a body does not have one line for each record; it is written whole, with what is known in it",
			"records", it.payload.Last-it.payload.First)
	}
	if e.next == nil {
		e.next = &group{claims: history{}, done: make(chan struct{})}
	}
	e.next.items = append(e.next.items, it)
	e.next.claims.add(it.spans, 0)
	return e.next
}

// leave takes the item out of a group that nobody writes yet.
func (e *endpoint) leave(g *group, it *item) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if g.taken {
		return false
	}
	g.claims = history{}
	rest := g.items[:0]
	for _, other := range g.items {
		if other != it {
			rest = append(rest, other)
			g.claims.add(other.spans, 0)
		}
	}
	g.items = rest
	if len(rest) == 0 { // nobody is left to write it, but some may wait for it
		e.next = nil
		g.err = context.Canceled
		close(g.done)
	}
	return true
}

// write writes g. The caller holds the token and is in g.
func (e *endpoint) write(g *group) {
	e.mu.Lock()
	g.taken = true
	e.next, e.writing = nil, g
	e.mu.Unlock()

	now := e.store.now()
	if e.store.indexIsLong() {
		e.forget(e.store.clock.at(now))
	}
	g.err = e.store.commit(g.items, e.history, now)
	e.count(g)

	e.mu.Lock()
	if g.err == nil {
		for _, it := range g.items {
			e.remember(it, e.store.clock.at(now).Unix())
		}
		e.bound()
	}
	e.writing = nil
	e.mu.Unlock()
	close(g.done)
}

func (e *endpoint) count(g *group) {
	if g.err != nil {
		e.counters.Failed.Add(1)
		return
	}
	e.counters.Commits.Add(1)
	for _, it := range g.items {
		e.counters.Records.Add(int64(it.kept))
		e.counters.Repeats.Add(it.repeats())
		e.counters.Bytes.Add(it.size)
	}
}

// written takes a snapshot of the counters.
func (e *endpoint) written() senders.Written {
	c := e.counters
	return senders.Written{
		Records: c.Records.Load(), Bytes: c.Bytes.Load(), Repeats: c.Repeats.Load(), Commits: c.Commits.Load(), Failed: c.Failed.Load(),
	}
}

// Close waits for the write that is going on, fails those that have not begun
// and releases the folder. A disk that hangs keeps the folder locked until the process ends.
func (e *endpoint) Close() error {
	e.mu.Lock()
	done := e.closed || !e.opened
	e.closed = true
	e.mu.Unlock()
	if done {
		return nil
	}
	closed := make(chan error, 1)
	go func() { closed <- e.release() }()
	late := time.NewTimer(senders.CloseTime)
	defer late.Stop()
	select {
	case err := <-closed:
		return err
	case <-late.C:
		return fmt.Errorf("cannot close %s within %s: a write does not end", e.store.dir, senders.CloseTime)
	}
}

func (e *endpoint) release() error {
	e.token <- struct{}{}
	defer func() { <-e.token }()
	e.mu.Lock()
	if g := e.next; g != nil {
		g.taken, g.err, e.next = true, errClosed, nil
		close(g.done)
	}
	e.mu.Unlock()
	return e.store.close()
}

// known returns the committed ranges of one stream.
func (e *endpoint) known(id record.StreamID) ranges {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append(ranges(nil), e.find(id).done()...)
}
