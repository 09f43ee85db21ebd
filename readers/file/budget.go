package file

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Budget is how many descriptors the readers of a process may keep open together. Each
// has an even share of it, and what the others leave. A reader that finds its share taken
// by others takes it all the same: they have more than theirs, and give that back with the
// next file they open or are done with. So at most twice the budget is open.
type Budget struct {
	all     int64
	readers atomic.Int64
	open    atomic.Int64
}

// NewBudget returns what the process may have: half of its limit, the rest is for
// connections, the store, and what must be opened for a moment.
func NewBudget() *Budget {
	const others, most = 48, 1 << 20
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > most {
		return &Budget{all: most}
	}
	return &Budget{all: max(4, (int64(limit.Cur)-others)/2)}
}

// join counts a reader; leave when it has closed all it had.
func (b *Budget) join()  { b.readers.Add(1) }
func (b *Budget) leave() { b.readers.Add(-1) }

// share returns how many descriptors a reader that has n may have.
func (b *Budget) share(n int) int {
	even := b.all / max(1, b.readers.Load())
	return int(max(1, even, b.all-(b.open.Load()-int64(n))))
}

// State returns how many descriptors there may be, how many are open, and among how many
// readers they are divided.
func (b *Budget) State() (all, open, readers int) {
	return int(b.all), int(b.open.Load()), int(b.readers.Load())
}
