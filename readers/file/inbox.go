package file

import (
	"sync"
	"sync/atomic"

	"logskiff/readers/file/watch"
	"logskiff/record"
)

// mostEvents is how many events are remembered each; with more, all folders are looked at.
const mostEvents = 4096

// inbox takes what others have to say to a Reader, who must never wait for it: a look
// can take as long as a disk does. Whoever has Reader.mu, or gets it next, takes it in.
type inbox struct {
	any atomic.Bool

	mu     sync.Mutex
	acks   map[*record.Stream]int64 // acknowledged before that
	events []news
	missed bool // there were more
}

// news is what the hub says of a folder; see watch.Hub.Subscribe.
type news struct {
	d      *folder
	name   string
	change watch.Change
}

func (b *inbox) acked(s *record.Stream, offset int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.acks == nil {
		b.acks = map[*record.Stream]int64{}
	}
	b.acks[s] = max(b.acks[s], offset)
	b.any.Store(true)
}

func (b *inbox) happened(e news) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.events) < mostEvents {
		b.events = append(b.events, e)
	} else {
		b.missed = true
	}
	b.any.Store(true)
}

// Advance implements readers.Resumable. It does not wait.
func (r *Reader) Advance(s *record.Stream, pos record.Position) {
	r.inbox.acked(s, pos.Offset)
	r.takeIn()
}

// event is what the hub calls. It does not wait either.
func (r *Reader) event(d *folder, name string, c watch.Change) {
	r.inbox.happened(news{d, name, c})
	r.takeIn()
}

// takeIn empties the inbox, if nobody has mu; who has does it then.
func (r *Reader) takeIn() {
	for r.inbox.any.Load() && r.mu.TryLock() {
		r.takeInNow()
		r.mu.Unlock()
	}
}

// takeInNow empties the inbox. The caller holds mu.
func (r *Reader) takeInNow() {
	if !r.inbox.any.Load() {
		return
	}
	r.inbox.mu.Lock()
	acks, events, missed := r.inbox.acks, r.inbox.events, r.inbox.missed
	r.inbox.acks, r.inbox.events, r.inbox.missed = r.acks, r.events[:0], false
	r.inbox.any.Store(false)
	r.inbox.mu.Unlock()
	for s, offset := range acks {
		r.acknowledged(s, offset)
	}
	for _, e := range events {
		r.happened(e)
	}
	if missed {
		for _, d := range r.folders {
			d.dirty = true
		}
		r.poke()
	}
	clear(acks)
	clear(events)
	r.acks, r.events = acks, events
}

// handedOut has acknowledgements of f's stream find it, as long as some of it is on its way: a map of all streams
// would take 2 MB of a hundred thousand quiet ones.
func (r *Reader) handedOut(f *file) {
	if !f.allDelivered() {
		r.streams[f.stream] = f
	}
}

func (r *Reader) acknowledged(s *record.Stream, offset int64) {
	f := r.streams[s]
	if f == nil {
		return
	}
	f.deliv = max(f.deliv, offset)
	if f.allDelivered() {
		delete(r.streams, s)
	}
	f.reached(f.size, f.deliv, r.clock.mono())
	if !f.behind() {
		r.tidy(f)
	}
	if f.allDelivered() && !f.behind() && (f.ended || f.folder == nil) {
		r.poke()
	}
}

func (r *Reader) happened(e news) {
	d := e.d
	if e.name == "" {
		if e.change != watch.Missed {
			d.unwatched = true
		}
		d.dirty = true
		r.poke()
		return
	}
	f := d.known(e.name)
	live, led := d.isBehind(e.name)
	if e.change == watch.Written {
		r.bustles(d)
		if f != nil {
			r.stirred(f)
			return
		}
		if d.told[e.name] {
			return
		}
	}
	if led {
		live.d.dirty = true
	}
	switch {
	case led:
	case f != nil && f.folder != nil:
		f.folder.dirty = true
		d.dirty = true
	case d.wants(e.name, r.excl):
		d.hears(e.name, e.change)
	case len(d.leads(e.name, false)) > 0 || d.hearsOfRotation(e.name):
		d.dirty = true
	default:
		return
	}
	r.poke()
}

// unlock gives mu back, and takes in what has come for the reader meanwhile.
func (r *Reader) unlock() {
	r.mu.Unlock()
	r.takeIn()
}

// apart calls fn without mu: it asks a disk, which can take long. Only Run may do so, where
// what it knows of files may change before it goes on.
func (r *Reader) apart(fn func()) {
	r.unlock()
	defer r.mu.Lock()
	fn()
}
