package record

import (
	"context"
	"sync"
)

// Limits says when a batch is full.
type Limits struct {
	Bytes    int // of text in Buf
	Lines    int
	Segments int // streams in one batch, so that its header stays small
}

// Pool lends a bounded number of batches. When all are out, Get waits: this is
// how memory is bounded, and how a slow sender makes its readers stop.
type Pool struct {
	mu      sync.Mutex
	size    int // batches there may be
	out     int // batches lent
	limits  Limits
	idle    []*Batch // last in, first out: the warmest memory is used first
	waiters []chan *Batch
}

// NewPool returns a pool of at most n batches of the given size; n is at least 1.
func NewPool(n int, l Limits) *Pool { return &Pool{size: n, limits: l} }

// Limits returns the size a batch should be filled to.
func (p *Pool) Limits() Limits {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.limits
}

// Resize changes how many batches there may be, and how large. Batches that are
// out stay as they are; a smaller pool lends none until enough came back.
func (p *Pool) Resize(n int, l Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.size, p.limits, p.idle = n, l, nil
	for len(p.waiters) > 0 && p.out < p.size {
		p.waiters[0] <- new(Batch)
		p.waiters = p.waiters[1:]
		p.out++
	}
}

// Get waits for a batch, first come first served; the caller owns it until it
// calls Put. It fails only with the context's error.
func (p *Pool) Get(ctx context.Context) (*Batch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.out < p.size {
		defer p.mu.Unlock()
		p.out++
		return p.take(), nil
	}
	w := make(chan *Batch, 1)
	p.waiters = append(p.waiters, w)
	p.mu.Unlock()
	select {
	case b := <-w:
		return b, nil
	case <-ctx.Done():
		p.giveUp(w)
		return nil, ctx.Err()
	}
}

func (p *Pool) take() *Batch {
	n := len(p.idle)
	if n == 0 {
		return new(Batch)
	}
	b := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return b
}

// giveUp removes a waiter, or puts back what it was just given.
func (p *Pool) giveUp(w chan *Batch) {
	p.mu.Lock()
	for i := range p.waiters {
		if p.waiters[i] == w {
			p.waiters = append(p.waiters[:i], p.waiters[i+1:]...)
			p.mu.Unlock()
			return
		}
	}
	p.mu.Unlock()
	p.Put(<-w)
}

// Put takes a batch back, with no part of it in use any more. A buffer that one
// overlong line made grow is not kept.
func (p *Pool) Put(b *Batch) {
	b.Reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out == 0 {
		panic("BUG: a batch was put back twice")
	}
	if most := 2*p.limits.Bytes + 64<<10; cap(b.Buf) > most || cap(b.Plain) > 2*most || cap(b.Body) > 2*most {
		b = new(Batch)
	}
	switch {
	case p.out > p.size: // the pool shrank
		p.out--
	case len(p.waiters) > 0:
		p.waiters[0] <- b
		p.waiters = p.waiters[1:]
	default:
		p.out--
		p.idle = append(p.idle, b)
	}
}

// Trim gives the memory of idle batches back to the garbage collector. A
// pipeline that has gone quiet calls it.
func (p *Pool) Trim() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = nil
}

// Out returns how many batches are lent and how many there may be.
func (p *Pool) Out() (out, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out, p.size
}
