package httpread

import (
	"sync"
	"sync/atomic"
)

// budget is a number of bytes that requests may hold. Nobody waits for it: who
// does not get what he needs is told to come back later. Once three quarters are in
// use, what is left is for clients that hold less than an equal share.
type budget struct {
	size int64
	used atomic.Int64

	mu sync.Mutex
	by map[string]int64 // what each client holds
}

// take reserves n bytes for a client, or nothing. A refusal says whether it could ever fit.
func (b *budget) take(client string, n int64) error {
	if n > b.size {
		return tooLarge("the request needs %d bytes of memory, more than the queue has (%d)", n, b.size)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own := b.by[client]
	clients := int64(len(b.by))
	if own == 0 {
		clients++
	}
	used := b.used.Load() + n
	switch {
	case used > b.size:
		return busy("the queue is full")
	case clients > 1 && used > b.size/4*3 && own+n > b.size/clients:
		return busy("the queue is nearly full, and the rest is for others: this client has its share of it")
	}
	if b.by == nil {
		b.by = map[string]int64{}
	}
	b.by[client] = own + n
	b.used.Store(used)
	return nil
}

func (b *budget) give(client string, n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used.Add(-n)
	if b.by[client] -= n; b.by[client] == 0 {
		delete(b.by, client)
	}
}

// lease is what one message or connection holds of the budget.
type lease struct {
	*budget
	client string
	held   int64
}

func (l *lease) take(n int64) error {
	if err := l.budget.take(l.client, n); err != nil {
		return err
	}
	l.held += n
	return nil
}

func (l *lease) give(n int64) {
	l.held -= n
	l.budget.give(l.client, n)
}

// end gives back all that is held.
func (l *lease) end() { l.give(l.held) }
