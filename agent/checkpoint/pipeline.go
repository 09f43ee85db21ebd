package checkpoint

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// Pipeline is the part of the store that belongs to one pipeline. It stays the
// same for the life of the store, through every reload. Its methods may be
// called from any goroutine.
type Pipeline struct {
	s    *Store
	name string

	forms *forms // of the store

	// All below is guarded by Store.mu.
	entries map[record.StreamID]*entry
	changed []*entry                   // not as the database has them
	gone    map[record.StreamID]uint32 // forgotten, but in the database, with this checksum
	opened  bool                       // by somebody in this process
	fresh   bool
	looked  int64 // when its reader had last found all there was, nanoseconds since 1970; 0: never
	record  bool  // its own record (fresh, looked) is not as the database has it
	tally   tally
}

var _ readers.Registry = (*Pipeline)(nil)

// Load returns all checkpoints there are, as they are when they are asked for: the store is locked for a few at a time, since
// those of 100,000 streams, all at once, take 30 MB. fresh means that some may be missing,
// since the store was damaged: a stream that is not among them must be read from
// its beginning, whatever start_at says, so that nothing is lost; what is sent
// twice is recognisable. It stays so through restarts until CaughtUp.
func (p *Pipeline) Load() (all iter.Seq[readers.Checkpoint], fresh bool) {
	return p.each, p.Fresh()
}

func (p *Pipeline) each(yield func(readers.Checkpoint) bool) {
	p.s.mu.Lock()
	all := make([]*entry, 0, len(p.entries))
	for _, e := range p.entries {
		all = append(all, e)
	}
	p.s.mu.Unlock()
	few := make([]readers.Checkpoint, 0, min(len(all), 256))
	for part := range slices.Chunk(all, 256) {
		few = few[:0]
		p.s.mu.Lock()
		for _, e := range part {
			if p.alive(e) {
				few = append(few, e.checkpoint(p.forms))
			}
		}
		p.s.mu.Unlock()
		for _, c := range few {
			if !yield(c) {
				return
			}
		}
	}
}

// Fresh tells what Load's second result would be now.
func (p *Pipeline) Fresh() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.fresh
}

// CaughtUp says that every stream that exists is registered, so a start after
// this one need not be fresh any more.
func (p *Pipeline) CaughtUp() {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if !p.fresh {
		return
	}
	p.fresh, p.record = false, true
	s.wake()
	for _, other := range s.pipelines {
		if other.opened && other.fresh {
			return
		}
	}
	s.freshAll = false
}

// Looked implements readers.Registry.
func (p *Pipeline) Looked(at time.Time, durable bool) error {
	s := p.s
	s.mu.Lock()
	p.looked = at.UnixNano()
	if !durable {
		s.mu.Unlock()
		return nil
	}
	p.record = true
	s.wake()
	s.bufferPending()
	s.journal.looked(p.name, p.looked)
	s.journalWrite()
	seq, journalled := s.journal.seq, s.journal.broken == nil
	s.mu.Unlock()
	if err := s.makeDurable(seq, journalled); err != nil {
		return fmt.Errorf("cannot store durably what %s found: %w", p.name, err)
	}
	return nil
}

// LookedAt returns what Looked said last, in this process or one before; zero: nothing was
// ever looked at.
func (p *Pipeline) LookedAt() time.Time {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.looked == 0 {
		return time.Time{}
	}
	return time.Unix(0, p.looked)
}

// Register implements readers.Registry. A stream that is known already is
// replaced. When an error is returned for a durable one, the stream is known in
// memory all the same; it may be read, but a power cut would forget it.
func (p *Pipeline) Register(c readers.Checkpoint, durable bool) error {
	if err := addsUp(&c); err != nil {
		return fmt.Errorf("cannot register stream %s (%s): %w", c.ID, c.Path, err)
	}
	s := p.s
	s.mu.Lock()
	s.raise(&c.Known)
	if c.Name == c.Path {
		c.Name = c.Path // one string, not two alike
	}
	e := p.entries[c.ID]
	if e == nil {
		e = new(entry)
		p.entries[c.ID] = e
	}
	set(e, p.forms, &c, c.State.Data, 0)
	e.mark &^= odd
	p.touch(e)
	s.journalEntry(p, e, identity, durable)
	seq, journalled := s.journal.seq, s.journal.broken == nil
	s.mu.Unlock()
	if !durable {
		return nil
	}
	if err := s.makeDurable(seq, journalled); err != nil {
		return fmt.Errorf("cannot store stream %s (%s) durably: %w", c.ID, c.Path, err)
	}
	return nil
}

// Update implements readers.Registry. An unknown stream is left unknown. When an error is
// returned for a durable one, it is known in memory all the same.
func (p *Pipeline) Update(id record.StreamID, k readers.Known, durable bool) error {
	s := p.s
	s.mu.Lock()
	s.raise(&k)
	p.update(id, &k)
	if !durable {
		s.mu.Unlock()
		return nil
	}
	s.flushPending()
	seq, journalled := s.journal.seq, s.journal.broken == nil
	s.mu.Unlock()
	if err := s.makeDurable(seq, journalled); err != nil {
		return fmt.Errorf("cannot store stream %s (%s) durably: %w", id, k.Path, err)
	}
	return nil
}

func (p *Pipeline) update(id record.StreamID, k *readers.Known) {
	e := p.entries[id]
	if e == nil || e.says(p.forms, k) {
		return
	}
	c := e.view(p.forms)
	if k.Size < 0 || k.Unit != c.Unit {
		panic(fmt.Sprintf("BUG: stream %s, which counts %s, is to have %+v", id, c.Unit, *k))
	}
	// The strings that are kept already.
	if k.Path == c.Path {
		k.Path = c.Path
	}
	if k.Real == c.Real {
		k.Real = c.Real
	}
	if k.Name == c.Name {
		k.Name = c.Name
	}
	c.Known = *k
	set(e, p.forms, &c, k.State.Data, e.ahead())
	p.touch(e)
	p.s.journalEntry(p, e, identity, false)
}

// UnitOf returns what the offsets of a stream count; of one that is not known, bytes.
func (p *Pipeline) UnitOf(id record.StreamID) record.Unit {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if e := p.entries[id]; e != nil {
		return p.forms.of(e.form).unit
	}
	return record.Bytes
}

// Advance says that everything before pos is acknowledged: delivered, quarantined and
// skipped (dropped by the configuration, or numbers that no record has) bytes or entries of it since the last call. It costs one small write() and
// never waits for a disk to sync; when it is called thousands of times in a
// second, the writes of some milliseconds are made one.
//
// An acknowledgement that does not begin where the last one ended is refused,
// since bytes between them would be passed: the checkpoint stays, the reason is
// logged, and Health tells it.
func (p *Pipeline) Advance(id record.StreamID, pos record.Position, delivered, quarantined, skipped int64) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	e := p.entries[id]
	if e == nil {
		return // it was forgotten while its last bytes were in flight
	}
	switch n := delivered + quarantined + skipped; {
	case min(delivered, quarantined, skipped) < 0, pos.Offset != e.offset+n && pos.Offset != e.offset+n-e.ahead():
		p.refuse(e, pos, n)
		return
	case quarantined == 0 && e.ahead() == 0: // what an acknowledgement changes nearly always
		e.moveTo(pos)
		e.skipped += skipped
	default:
		c, ahead := e.view(p.forms), e.ahead()
		if c.Delivered, c.Quarantined, c.Skipped = c.Delivered+delivered, c.Quarantined+quarantined, c.Skipped+skipped; pos.Offset == c.Offset+n {
			c.Position, ahead = pos, 0
		} else { // bytes behind these were lost already, so the anchor is not of the cursor
			c.Position = record.Position{Offset: c.Offset + n}
		}
		e.setCursor(&c, ahead)
	}
	p.touch(e)
	p.s.journalEntry(p, e, 0, false)
}

func (p *Pipeline) refuse(e *entry, pos record.Position, n int64) {
	if e.has(odd) {
		return
	}
	e.mark |= odd
	p.s.odd = fmt.Errorf("stream %s (%s) of %s: acknowledged %d bytes up to %d, but its cursor is at %d",
		e.id, e.path, p.name, n, pos.Offset, e.offset)
	p.s.log.Error("BUG: an acknowledgement does not fit; the checkpoint of this stream stays where it is, and it is sent again after a restart",
		"error", p.s.odd)
}

// Lose implements readers.Registry: it moves the cursor n bytes on and counts
// them as lost. What is in flight before them may still be acknowledged.
func (p *Pipeline) Lose(id record.StreamID, n int64, why string) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	e := p.entries[id]
	if e == nil || n == 0 {
		return
	}
	if n < 0 {
		panic(fmt.Sprintf("BUG: stream %s cannot lose %d bytes", id, n))
	}
	if p.forms.of(e.form).unit == record.Entries {
		p.s.log.Warn("lost: entries are gone that were never delivered", "pipeline", p.name, "path", e.path, "stream", id, "offset", e.offset, "entries", n, "reason", why)
	} else {
		p.s.log.Warn("lost: bytes are gone that were never delivered", "pipeline", p.name, "path", e.path, "stream", id, "offset", e.offset, "bytes", n, "reason", why)
	}
	c := e.view(p.forms)
	c.Lost += n
	c.Position = record.Position{Offset: c.Offset + n}
	e.setCursor(&c, e.ahead()+n)
	p.touch(e)
	p.s.journalEntry(p, e, 0, false)
}

// Forget implements readers.Registry.
func (p *Pipeline) Forget(ids ...record.StreamID) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	var known []record.StreamID
	for _, id := range ids {
		if p.remove(id) {
			known = append(known, id)
		}
	}
	if len(known) > 0 {
		s.wake()
		s.journalForget(p, known)
	}
}
