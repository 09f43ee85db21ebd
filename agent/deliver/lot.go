package deliver

import (
	"context"
	"errors"
	"slices"
	"sync"

	"logskiff/record"
)

// ErrWaits says that what is left of a batch waits in the lot, which settles it.
var ErrWaits = errors.New("the rest of the batch waits")

// Of a batch in a lot this is held beside its records: descriptors, segments, outcomes.
const (
	entryCost  = 1 << 10
	recordCost = 128
	fieldCost  = 12
)

// LotOptions are what a Lot needs.
type LotOptions struct {
	Room func() int // how many bytes may wait in it
	// Waits is told that b waits now. Its records were copied: b.Detach gives their memory back.
	Waits func(b *record.Batch)
	// Settled is told what became of b, or why it was given up. It may keep the Outcome.
	Settled func(b *record.Batch, o Outcome, err error)
	Go      func(func() error) // begins a goroutine of the lot's owner
}

// Lot is where records of one pipeline wait that the destination does not take yet, while it takes others: those of an
// unknown topic, say. A batch of which only such are left need not hold up those behind it. What waits is
// bounded; where there is no room, Deliver stays with its batch, and reading stops in the end.
//
// All of them wait together, so those of one key are one body. It has a goroutine as long as anything waits.
type Lot struct {
	LotOptions
	mu      sync.Mutex
	arrived chan struct{} // gets a token with each arrival
	arrive  []*arrival
	held    int // bytes
	running bool
	last    bool          // nothing more will arrive
	stopped chan struct{} // closed when nobody is to wait any more
}

// arrival is an isolation that is moved into the lot.
type arrival struct {
	b     *record.Batch // its records, copied
	homes []home
	later []*waiting
	shown bool
}

// NewLot returns an empty lot.
func NewLot(o LotOptions) *Lot {
	return &Lot{LotOptions: o, arrived: make(chan struct{}, 1), stopped: make(chan struct{})}
}

// errStops says that what had to wait is given up, since its pipeline stops.
var errStops = errors.New("records that have to wait are given up: the pipeline stops")

// Stop has no Deliver stay with its batch any more where only records are left that have to wait: it is given up,
// and read again by the next start. It is called at most once. l may be nil.
func (l *Lot) Stop() {
	if l != nil {
		close(l.stopped)
	}
}

// Drain says that nothing more will arrive: what waits is tried once more, at once, and given up where it is not taken. A wait for
// a topic can last for days, a stop must not. l may be nil.
func (l *Lot) Drain() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = true
	select {
	case l.arrived <- struct{}{}:
	default: // the token that is there wakes it too
	}
}

// drains reports whether nothing more will arrive.
func (l *Lot) drains() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// stops reports whether nobody is to wait with a batch any more; gone is closed then. l may be nil.
func (l *Lot) stops() (is bool, gone <-chan struct{}) {
	if l == nil {
		return false, nil
	}
	select {
	case <-l.stopped:
		return true, l.stopped
	default:
		return false, l.stopped
	}
}

// intoLot moves w into the lot, if there is one with room and all that is left has to wait for the destination.
func (w *isolation) intoLot(ctx context.Context) bool {
	if w.lot == nil || w.homes != nil || w.hasHeld() {
		return false
	}
	e := &entry{b: w.b, cost: entryCost + 2*len(w.b.Segments)*recordCost}
	for _, l := range w.later {
		for _, run := range l.set {
			for i := run.first; i < run.last; i++ {
				e.left++
				e.cost += costOf(w.b, i)
			}
		}
	}
	if !w.lot.reserve(e.cost) {
		return false
	}
	e.out = w.out
	e.out.Segments = slices.Clone(w.out.Segments)
	a := &arrival{b: &record.Batch{ReadAt: w.b.ReadAt}, later: w.later, shown: w.shown}
	a.homes = w.move(a.b, nil, func(i int) home { return home{e, w.b.SegmentOf(i)} })
	w.shown = false // the lot goes on showing it
	w.lot.Waits(e.b)
	w.lot.add(ctx, a, w.Deliverer)
	return true
}

// costOf returns how many bytes record i takes in a lot at most.
func costOf(b *record.Batch, i int) int {
	r := &b.Records[i]
	n := recordCost + int(r.Text.Len)
	b.EachField(r, func(name []byte, f record.Field) { n += 2*fieldCost + len(name) + int(f.Len) })
	return n
}

// reserve takes n bytes, if there is room for them.
func (l *Lot) reserve(n int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held+n > l.Room() {
		return false
	}
	l.held += n
	return true
}

// settled says that nothing of a batch is left.
func (l *Lot) settled(e *entry) {
	l.mu.Lock()
	l.held -= e.cost
	l.mu.Unlock()
	l.Settled(e.b, e.out.finish(e.b), nil)
}

// add hands an arrival to the lot's goroutine, which lives with it if need be.
func (l *Lot) add(ctx context.Context, a *arrival, d *Deliverer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrive = append(l.arrive, a)
	select {
	case l.arrived <- struct{}{}:
	default: // the token that is there says the same
	}
	if !l.running {
		l.running = true
		of := NewDeliverer(d.pool, d.newEncoder, d.newCompressor, d.quarantine)
		of.lot = l
		l.Go(func() error { l.run(ctx, of); return nil })
	}
}

// run is the lot's goroutine: an isolation whose records are of many batches.
func (l *Lot) run(ctx context.Context, d *Deliverer) {
	w := &isolation{Deliverer: d, b: &record.Batch{}, homes: []home{}, encoder: d.newEncoder(), compressor: d.newCompressor()}
	defer w.waitsNoMore()
	for {
		arrivals, over := l.take(len(w.todo)+len(w.later)+len(w.refused) == 0)
		if over {
			return
		}
		for _, a := range arrivals {
			w.absorb(a)
		}
		if err := w.step(ctx); err != nil {
			l.giveUp(w, err)
			return
		}
	}
}

// take returns what has arrived; over says that nothing has, the lot is empty, and its goroutine ends.
func (l *Lot) take(empty bool) (a []*arrival, over bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, l.arrive = l.arrive, nil
	if len(a) == 0 && empty {
		l.running = false
		return nil, true
	}
	return a, false
}

// giveUp says of all that is left that the context ended.
func (l *Lot) giveUp(w *isolation, err error) {
	l.mu.Lock()
	arrivals := l.arrive
	l.arrive, l.running = nil, false
	l.mu.Unlock()
	for _, a := range arrivals {
		w.absorb(a)
	}
	told := map[*entry]bool{}
	for _, h := range w.homes {
		if h.left > 0 && !told[h.entry] {
			told[h.entry] = true
			l.mu.Lock()
			l.held -= h.cost
			l.mu.Unlock()
			l.Settled(h.b, Outcome{}, err)
		}
	}
}

// Held returns how many bytes wait. l may be nil.
func (l *Lot) Held() int {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}
