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
	c.applied, c.agentID, c.freshAll = s.journal.seq, s.agentID, s.freshAll
	for _, p := range s.pipelines {
		if whole || p.record || len(p.changed)+len(p.gone) > 0 {
			c.pipelines = append(c.pipelines, p.snapshot(whole))
		}
	}
	s.journal.turn()
	s.dirty = false
	return c
}

func (p *Pipeline) snapshot(whole bool) pipelineChange {
	c := pipelineChange{p: p, fresh: p.fresh, looked: p.looked, tally: p.tally, dropped: p.gone}
	if whole {
		c.tally = tally{}
		for _, e := range p.entries {
			p.note(e)
		}
	} else {
		for id, sum := range p.gone {
			c.forget = append(c.forget, id)
			c.tally.count--
			c.tally.xor ^= sum
		}
	}
	// In the order of their keys: bbolt keeps a transaction's new keys of one page in a
	// slice, and what goes in front of others moves them all.
	slices.SortFunc(p.changed, func(a, b *entry) int { return bytes.Compare(a.id[:], b.id[:]) })
	for _, e := range p.changed {
		e.mark &^= changed
		if !p.alive(e) {
			continue
		}
		cp := e.checkpoint()
		c.values = appendValue(c.values, p.name, &cp)
		sum := binary.LittleEndian.Uint32(c.values[len(c.values)-4:])
		c.put, c.ids, c.sums, c.ends = append(c.put, e), append(c.ids, e.id), append(c.sums, sum), append(c.ends, len(c.values))
		if e.has(stored) && !whole {
			c.tally.count--
			c.tally.xor ^= e.sum
		}
		c.tally.count++
		c.tally.xor ^= sum
	}
	p.changed, p.gone, p.record = nil, make(map[record.StreamID]uint32), false
	return c
}

// taken notes that the database has c.
func (s *Store) taken(c *change) {
	s.syncing.Lock() // files of the journal may be opened again
	defer s.syncing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
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
	s.inTable, s.tried = c.applied, c.applied
	s.committed = s.now()
	broken := s.journal.broken != nil
	s.journal.committed(c.applied)
	if broken {
		s.journalChanged()
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
