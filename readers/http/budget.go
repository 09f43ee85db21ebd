package httpread

import "sync/atomic"

// budget is a number of bytes that requests may hold. Nobody waits for it: who
// does not get what he needs is told to come back later.
type budget struct {
	size int64
	used atomic.Int64
}

// take reserves n bytes, or nothing. A refusal says whether it could ever fit.
func (b *budget) take(n int64) error {
	if b.used.Add(n) <= b.size {
		return nil
	}
	b.used.Add(-n)
	if n > b.size {
		return tooLarge("the request needs %d bytes of memory, more than the queue has (%d)", n, b.size)
	}
	return busy("the queue is full")
}

func (b *budget) give(n int64) { b.used.Add(-n) }
