package checkpoint

import (
	"logskiff/readers"
	"logskiff/record"
)

// entry is one checkpoint in memory: some 300 bytes, and its strings are shared with
// the reader that gave them, so ten thousand streams stay small.
type entry struct {
	readers.Checkpoint
	ahead int64  // bytes that Lose put before acknowledgements still to come
	sum   uint32 // checksum of the value in the database (stored)
	mark  mark
}

type mark uint8

const (
	stored   mark = 1 << iota // the database has a value of it
	changed                   // it is in Pipeline.changed: the database's value is old or missing
	pending                   // it is in Store.pending: the journal does not have all of it yet
	identity                  // so, and not just its cursor
	odd                       // an acknowledgement that does not fit was reported
)

func (e *entry) has(m mark) bool { return e.mark&m != 0 }

// The methods below are called with Store.mu held.

// touch notes that the database does not have e as it is now.
func (p *Pipeline) touch(e *entry) {
	p.note(e)
	p.s.wake()
}

func (p *Pipeline) note(e *entry) {
	if !e.has(changed) {
		e.mark |= changed
		p.changed = append(p.changed, e)
	}
}

// remove takes a stream out of memory and remembers to take it out of the database.
func (p *Pipeline) remove(id record.StreamID) bool {
	e := p.entries[id]
	if e == nil {
		return false
	}
	delete(p.entries, id)
	if e.has(stored) {
		p.gone[id] = e.sum
	}
	return true
}

// alive says whether e still is the entry of its stream.
func (p *Pipeline) alive(e *entry) bool { return p.entries[e.ID] == e }
