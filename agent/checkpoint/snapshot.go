package checkpoint

import (
	"bytes"
	"encoding/binary"
	"slices"

	"logskiff/record"
)

// snapshot copies out what changed, or everything, and counts it as stored
// until putBack says otherwise.
func (s *Store) snapshot(whole bool) *change {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushPending()
	c := &change{whole: whole}
	c.format, c.applied, c.agentID, c.freshAll = s.format, s.journal.seq, s.agentID, s.freshAll
	for _, p := range s.pipelines {
		if whole || p.record || len(p.changed)+len(p.gone) > 0 {
			c.pipelines = append(c.pipelines, p.snapshot(whole))
		}
	}
	s.journal.swap()
	s.dirty = false
	return c
}

func (p *Pipeline) snapshot(whole bool) pipelineChange {
	c := pipelineChange{p: p, fresh: p.fresh, looked: p.looked, before: p.tally, dropped: p.gone}
	if whole {
		c.before, c.dropped = tally{}, nil
		for _, e := range p.entries {
			p.note(e)
		}
	}
	for id := range c.dropped {
		c.forget = append(c.forget, id)
	}
	// In the order of their keys: bbolt keeps a transaction's new keys of one page in a
	// slice, and what goes in front of others moves them all.
	slices.SortFunc(p.changed, func(a, b *entry) int { return bytes.Compare(a.id[:], b.id[:]) })
	n := len(p.changed) // at the most; room that grows step by step is made five times
	c.put, c.ids, c.sums, c.ends = make([]*entry, 0, n), make([]record.StreamID, 0, n), make([]uint32, 0, n), make([]int, 0, n)
	c.was, c.values = make([]was, 0, n), make([]byte, 0, n*usualValue)
	for _, e := range p.changed {
		e.mark &^= changed
		if !p.alive(e) {
			continue
		}
		c.values = appendValue(c.values, p.name, e, p.forms)
		sum := binary.LittleEndian.Uint32(c.values[len(c.values)-4:])
		c.put, c.ids, c.sums, c.ends = append(c.put, e), append(c.ids, e.id), append(c.sums, sum), append(c.ends, len(c.values))
		c.was = append(c.was, was{e.has(stored) && !whole, e.sum})
	}
	c.tally = c.after(0, len(c.put))
	p.changed, p.gone, p.record = nil, make(map[record.StreamID]uint32), false
	return c
}

// usualValue is how many bytes most values take.
const usualValue = 128

// was is what the database has of a stream before a change.
type was struct {
	stored bool
	sum    uint32
}

// after returns the tally once streams are forgotten, if from is 0, and put[from:to] are put.
func (c *pipelineChange) after(from, to int) tally {
	t := c.before
	if from == 0 {
		for _, sum := range c.dropped {
			t.count--
			t.xor ^= sum
		}
	}
	for i := from; i < to; i++ {
		if c.was[i].stored {
			t.count--
			t.xor ^= c.was[i].sum
		}
		t.count++
		t.xor ^= c.sums[i]
	}
	return t
}

// part returns what is left of c when put[from:to] alone are put, after those before them.
func (c *pipelineChange) part(from, to int) pipelineChange {
	d := *c
	d.tally = c.after(from, to)
	d.put, d.ids, d.sums, d.ends, d.was = c.put[from:to], c.ids[from:to], c.sums[from:to], c.ends[from:to], c.was[from:to]
	if from > 0 {
		d.start, d.forget, d.dropped = c.ends[from-1], nil, nil
	}
	return d
}

// parts divides c into changes of at most so many streams each, in order. Only the last says that all of the journal
// is in the database; until then that is true up to applied.
func (c *change) parts(most int, applied uint64) (all []*change) {
	next := func() *change {
		all = append(all, &change{state: c.state, whole: c.whole})
		all[len(all)-1].applied = applied
		return all[len(all)-1]
	}
	now, room := next(), most
	for i := range c.pipelines {
		rest := c.pipelines[i]
		if room == 0 {
			now, room = next(), most
		}
		for from := 0; ; {
			to := min(len(rest.put), from+room)
			d := rest.part(from, to)
			rest.before = d.tally
			now.pipelines = append(now.pipelines, d)
			room -= to - from
			if from = to; from == len(rest.put) {
				break
			}
			now, room = next(), most
		}
	}
	now.applied = c.applied
	return all
}

// taken notes that the database has c.
func (s *Store) taken(c *change) {
	s.syncing.Lock() // files of the journal may be opened again
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takenPart(c)
	s.inTable, s.tried = c.applied, c.applied
	s.committed = s.now()
	broken := s.journal.broken != nil
	s.journal.committed(c.applied)
	if broken {
		s.journalChanged()
	}
}

// takenPart notes that the database has a part of a change. The caller holds mu.
func (s *Store) takenPart(c *change) {
	for _, pc := range c.pipelines {
		p := pc.p
		p.tally = pc.tally
		for i, e := range pc.put {
			if p.alive(e) {
				e.sum = pc.sums[i]
				e.mark |= stored
			} else { // it was forgotten in between
				p.gone[pc.ids[i]] = pc.sums[i]
			}
		}
	}
}

// putBack notes that the database does not have c.
func (s *Store) putBack(c *change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, pc := range c.pipelines {
		p := pc.p
		p.record = true
		for _, e := range pc.put {
			if p.alive(e) {
				p.note(e)
			}
		}
		for id, sum := range pc.dropped {
			p.gone[id] = sum
		}
	}
	s.wake()
}
