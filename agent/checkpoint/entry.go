package checkpoint

import (
	"math"

	"logskiff/readers"
	"logskiff/record"
)

// entry is one checkpoint in memory: 128 bytes (a test holds it there) and two strings, which it
// shares with the reader that gave them, so a hundred thousand streams stay small. Delivered is
// not kept: the ledger adds up. What few streams have stands in rare.
type entry struct {
	id      record.StreamID
	path    string
	real    string
	rare    *rare // nil: nothing
	offset  int64
	anchor  uint64 // its sum
	skipped int64

	sum       uint32 // checksum of the value in the database (stored)
	found     int32  // the size less the offset; elsewhere: rare has the size
	anchorLen uint16
	form      form
	mark      mark
	stateLen  uint8
	state     [entryState]byte // the data of its reader's state; one that is longer is in rare
}

// entryState is how many bytes of a state an entry has room for. Those of most files have 32 or 33.
const entryState = 34

const elsewhere = math.MinInt32

// rare is what most checkpoints do not have.
type rare struct {
	name              *string // nil: it is the path
	state             string  // "": it is in the entry
	size              int64
	quarantined, lost int64
	ahead             int64 // what Lose put before acknowledgements still to come
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

// checkpoint returns what e keeps.
func (e *entry) checkpoint(t *forms) readers.Checkpoint {
	c := e.view(t)
	if c.State.Data == "" {
		c.State.Data = string(e.state[:e.stateLen])
	}
	return c
}

// view returns it without the data of a state that stands in the entry.
func (e *entry) view(t *forms) readers.Checkpoint {
	f := t.of(e.form)
	c := readers.Checkpoint{
		ID: e.id,
		Known: readers.Known{
			Path: e.path, Name: e.path, Real: e.real, Unit: f.unit, Size: e.size(),
			State: readers.State{Reader: f.reader, Version: f.version},
		},
		Position: record.Position{Offset: e.offset, Anchor: record.Anchor{Len: e.anchorLen, Sum: e.anchor}},
		Skipped:  e.skipped,
	}
	if r := e.rare; r != nil {
		if r.name != nil {
			c.Name = *r.name
		}
		c.State.Data, c.Quarantined, c.Lost = r.state, r.quarantined, r.lost
	}
	c.Delivered = c.Offset - c.Skipped - c.Quarantined - c.Lost
	return c
}

// appendBody appends e as it is stored.
func (e *entry) appendBody(dst []byte, t *forms) []byte {
	c := e.view(t)
	if c.State.Data != "" {
		return appendBody(dst, &c, c.State.Data)
	}
	return appendBody(dst, &c, e.state[:e.stateLen])
}

func (e *entry) size() int64 {
	if e.found == elsewhere {
		return e.rare.size
	}
	return e.offset + int64(e.found)
}

// ahead returns how far the cursor is ahead of the acknowledgements.
func (e *entry) ahead() int64 { return e.rarely().ahead }

func (e *entry) rarely() rare {
	if e.rare == nil {
		return rare{}
	}
	return *e.rare
}

// keep has e keep r, and its size.
func (e *entry) keep(r rare, size int64) {
	r.size = 0
	if d := size - e.offset; d > elsewhere && d <= math.MaxInt32 {
		e.found = int32(d)
	} else {
		e.found, r.size = elsewhere, size
	}
	switch {
	case r == rare{} && e.found != elsewhere: // a size of 0 far before the offset is kept there, too
		e.rare = nil
	case e.rare == nil:
		e.rare = new(rare)
		fallthrough
	default:
		*e.rare = r
	}
}

// set has e keep c, whose ledger adds up, with a state of that data. It leaves its marks.
func set[D data](e *entry, t *forms, c *readers.Checkpoint, state D, ahead int64) {
	e.id, e.path, e.real = c.ID, c.Path, c.Real
	e.form = t.form(shape{c.State.Reader, c.State.Version, c.Unit})
	e.offset, e.anchor, e.anchorLen, e.skipped = c.Offset, c.Anchor.Sum, c.Anchor.Len, c.Skipped
	r := rare{quarantined: c.Quarantined, lost: c.Lost, ahead: ahead}
	if c.Name != c.Path {
		name := c.Name
		r.name = &name
	}
	if e.stateLen = 0; len(state) <= entryState {
		e.stateLen = uint8(copy(e.state[:], state))
	} else {
		r.state = string(state)
	}
	e.keep(r, c.Size)
}

// setCursor has e keep the position and the ledger of c, and no more of it.
func (e *entry) setCursor(c *readers.Checkpoint, ahead int64) {
	r, size := e.rarely(), e.size()
	r.quarantined, r.lost, r.ahead = c.Quarantined, c.Lost, ahead
	e.offset, e.anchor, e.anchorLen, e.skipped = c.Offset, c.Anchor.Sum, c.Anchor.Len, c.Skipped
	e.keep(r, size)
}

// moveTo puts the cursor of e, which is not ahead, at pos.
func (e *entry) moveTo(pos record.Position) {
	size := e.size()
	e.offset, e.anchor, e.anchorLen = pos.Offset, pos.Anchor.Sum, pos.Anchor.Len
	e.keep(e.rarely(), size)
}

// says tells whether e keeps just what k says.
func (e *entry) says(t *forms, k *readers.Known) bool {
	is := e.view(t).Known
	if is.State.Data == "" && string(e.state[:e.stateLen]) == k.State.Data {
		is.State.Data = k.State.Data
	}
	return is == *k
}

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
func (p *Pipeline) alive(e *entry) bool { return p.entries[e.id] == e }
