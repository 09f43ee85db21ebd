package inbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

var (
	// ErrFull: there is no room now, and there may be later.
	ErrFull = errors.New("the queue is full")
	// ErrNever: it is more than there can ever be room for.
	ErrNever = errors.New("more than the queue has")
	// ErrShare is an ErrFull: there is room, but for others.
	ErrShare error = share{}
)

type share struct{}

func (share) Error() string {
	return "the queue is nearly full, and the rest is for others: this client has its share of it"
}

func (share) Is(target error) bool { return target == ErrFull }

// Budget is a number of bytes that may be held. Once three quarters are in use, what is left is for clients
// that hold less than an equal share.
type Budget struct {
	size int64
	used atomic.Int64

	mu    sync.Mutex
	by    map[string]int64 // what each client holds
	freed chan struct{}    // closed when something is given back; nil: nobody waits for it
}

// NewBudget returns a budget of size bytes.
func NewBudget(size int64) *Budget { return &Budget{size: size} }

// Size returns how many bytes may be held.
func (b *Budget) Size() int64 { return b.size }

// Used returns how many bytes are held.
func (b *Budget) Used() int64 { return b.used.Load() }

// take reserves n bytes for a client, or nothing. With wait, freed is closed when it may be asked again.
func (b *Budget) take(client string, n int64, wait bool) (freed <-chan struct{}, err error) {
	if n > b.size {
		return nil, fmt.Errorf("it needs %d bytes of memory, %w (%d)", n, ErrNever, b.size)
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
		err = ErrFull
	case clients > 1 && used > b.size/4*3 && own+n > b.size/clients:
		err = ErrShare
	default:
		if b.by == nil {
			b.by = map[string]int64{}
		}
		b.by[client] = own + n
		b.used.Store(used)
		return nil, nil
	}
	if wait && b.freed == nil {
		b.freed = make(chan struct{})
	}
	return b.freed, err
}

func (b *Budget) give(client string, n int64) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used.Add(-n)
	if b.by[client] -= n; b.by[client] == 0 {
		delete(b.by, client)
	}
	if b.freed != nil {
		close(b.freed)
		b.freed = nil
	}
}

// Lease is what one message or connection holds of a budget. It belongs to one goroutine at a time.
type Lease struct {
	budget *Budget
	client string
	held   int64
}

// Lease returns one that holds nothing yet. A client is whom memory is shared among: an address, a token.
func (b *Budget) Lease(client string) Lease { return Lease{budget: b, client: client} }

// Held returns how many bytes it holds.
func (l *Lease) Held() int64 { return l.held }

// Take takes n bytes, or nothing and returns ErrFull or ErrNever.
func (l *Lease) Take(n int64) error {
	if _, err := l.budget.take(l.client, n, false); err != nil {
		return err
	}
	l.held += n
	return nil
}

// Wait takes n bytes as soon as it can: for clients that can be kept waiting. It fails with ErrNever, or
// the context's error.
func (l *Lease) Wait(ctx context.Context, n int64) error {
	for {
		freed, err := l.budget.take(l.client, n, true)
		if err == nil {
			l.held += n
			return nil
		}
		if !errors.Is(err, ErrFull) {
			return err
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Give gives n bytes back.
func (l *Lease) Give(n int64) {
	l.held -= n
	l.budget.give(l.client, n)
}

// End gives back all that is held.
func (l *Lease) End() {
	if l.held != 0 { // the zero Lease has no budget
		l.Give(l.held)
	}
}
