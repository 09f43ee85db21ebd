package checkpoint

import (
	"math"
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// entry is one checkpoint in memory: 128 bytes (a test holds it there) and two strings, which it
// shares with the reader that gave them, so a hundred thousand streams stay small. Delivered is
// not kept: the ledger adds up. What few streams have stands in rare.
type entry struct {
	id       record.StreamID
	path     string
	real     string
	rare     *rare // nil: nothing
	inode    uint64
	finger   uint64
	size     int64
	modified int64 // nanoseconds since 1970; noTime: zero; otherTime: it is in rare
	offset   int64
	anchor   uint64 // its sum
	skipped  int64

	device    uint32 // but for what rare adds
	sum       uint32 // checksum of the value in the database (stored)
	fingerLen uint16
	anchorLen uint16
	mark      mark
}

const (
	noTime    = math.MinInt64
	otherTime = math.MinInt64 + 1
)

// rare is what most checkpoints do not have.
type rare struct {
	name              *string // nil: it is the path
	modified          time.Time
	device            uint64 // higher bits
	epoch             uint64
	gone              time.Time
	spool             string
	spoolAt           int64
	join              record.StreamID
	joinLen           int64
	since, cut        int64
	quarantined, lost int64
	ahead             int64 // bytes that Lose put before acknowledgements still to come
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
func (e *entry) checkpoint() readers.Checkpoint {
	c := readers.Checkpoint{
		ID: e.id,
		Identity: readers.Identity{
			Path: e.path, Name: e.path, Real: e.real, Device: uint64(e.device), Inode: e.inode,
			FingerLen: e.fingerLen, Finger: e.finger, Size: e.size,
		},
		Position: record.Position{Offset: e.offset, Anchor: record.Anchor{Len: e.anchorLen, Sum: e.anchor}},
		Skipped:  e.skipped,
	}
	if e.modified > otherTime {
		c.Modified = time.Unix(0, e.modified).UTC()
	}
	if r := e.rare; r != nil {
		if r.name != nil {
			c.Name = *r.name
		}
		if e.modified == otherTime {
			c.Modified = r.modified
		}
		c.Device |= r.device
		c.Epoch, c.Gone, c.Spool, c.SpoolAt = r.epoch, r.gone, r.spool, r.spoolAt
		c.Join, c.JoinLen, c.Since, c.Cut = r.join, r.joinLen, r.since, r.cut
		c.Quarantined, c.Lost = r.quarantined, r.lost
	}
	c.Delivered = c.Offset - c.Skipped - c.Quarantined - c.Lost
	return c
}

// ahead returns how far the cursor is ahead of the acknowledgements.
func (e *entry) ahead() int64 {
	if e.rare == nil {
		return 0
	}
	return e.rare.ahead
}

// set has e keep c, whose ledger adds up. It leaves its marks.
func (e *entry) set(c *readers.Checkpoint, ahead int64) {
	const low = 1<<32 - 1
	e.id, e.path, e.real, e.inode = c.ID, c.Path, c.Real, c.Inode
	e.device, e.finger, e.fingerLen, e.size = uint32(c.Device&low), c.Finger, c.FingerLen, c.Size
	e.offset, e.anchor, e.anchorLen, e.skipped = c.Offset, c.Anchor.Sum, c.Anchor.Len, c.Skipped
	r := rare{
		device: c.Device &^ low, epoch: c.Epoch, gone: c.Gone, spool: c.Spool, spoolAt: c.SpoolAt,
		join: c.Join, joinLen: c.JoinLen, since: c.Since, cut: c.Cut,
		quarantined: c.Quarantined, lost: c.Lost, ahead: ahead,
	}
	switch e.modified = c.Modified.UnixNano(); {
	case c.Modified.IsZero():
		e.modified = noTime
	case e.modified <= otherTime || !time.Unix(0, e.modified).Equal(c.Modified): // a year in which no nanoseconds are counted
		e.modified, r.modified = otherTime, c.Modified
	}
	if c.Name != c.Path {
		name := c.Name
		r.name = &name
	}
	switch {
	case r == rare{}:
		e.rare = nil
	case e.rare == nil:
		e.rare = new(rare)
		fallthrough
	default:
		*e.rare = r
	}
}

// moveTo puts the cursor of e, which is not ahead, at pos.
func (e *entry) moveTo(pos record.Position) {
	e.offset, e.anchor, e.anchorLen = pos.Offset, pos.Anchor.Sum, pos.Anchor.Len
}

// same tells whether two identities say the same; times can be of different zones.
func same(a, b *readers.Identity) bool {
	if !a.Modified.Equal(b.Modified) || !a.Gone.Equal(b.Gone) {
		return false
	}
	c := *b
	c.Modified, c.Gone = a.Modified, a.Gone
	return *a == c
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
