package fields

import (
	"encoding/binary"
	"slices"

	"logskiff/record"
)

// decide leaves out records.
type decide struct {
	when   *expression // nil: of all records
	unless bool        // keep_if: those of which it is false
	oneIn  uint64      // sample; 0: all of which it is true
}

func (d *decide) clone() step {
	c := *d
	if d.when != nil {
		c.when = d.when.clone()
	}
	return &c
}

// drops decides for the record at hand; one that cannot be decided stays.
func (d *decide) drops(st *stage, all list) bool {
	if d.oneIn > 0 && (st.segment == nil || identity(&st.segment.Stream.ID, st.r.Offset)%d.oneIn == 0) {
		return false
	}
	if d.when == nil {
		return true
	}
	yes, ok := d.when.ask(st, all)
	return ok && yes != d.unless
}

// identity mixes a record's identity to a number that is spread evenly. Samples depend on
// it, so it must never change (the mixer is splitmix64's, https://prng.di.unimi.it/splitmix64.c).
func identity(id *record.StreamID, offset int64) uint64 {
	x := binary.BigEndian.Uint64(id[:8]) ^ binary.BigEndian.Uint64(id[8:]) + 0x9e3779b97f4a7c15*uint64(offset+1)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (d *decide) pairs(st *stage) {
	if d.when != nil {
		d.when.fromItems(st)
		if st.b.Shadowed == "" {
			d.when.noteTwins(st)
		}
	}
	st.dropped = d.drops(st, st.eachItem)
}

func (d *decide) failed(st *stage) { d.pairs(st) }

// decideOp decides of columns.
type decideOp struct {
	*decide
	slots []int // of the fields that the expression names; -1: there is none
	twins []int // of the fields that are called like what it asks of the record besides; likewise
	names []string
	at    []int // slots of names
}

func (d *decide) columns(s *shape) bool {
	o := &decideOp{decide: d, names: slices.Clone(s.names), at: slices.Clone(s.slots)}
	if d.when != nil {
		for _, name := range d.when.fields {
			o.slots = append(o.slots, s.slot(name))
		}
		for _, name := range d.when.about {
			o.twins = append(o.twins, s.slot(name))
		}
	}
	s.ops = append(s.ops, o)
	return true
}

func (o *decideOp) run(st *stage) {
	for k, slot := range o.slots {
		o.when.values[k] = record.Field{}
		if slot >= 0 {
			o.when.values[k] = st.slots[slot]
		}
	}
	for k, slot := range o.twins {
		if slot >= 0 && st.slots[slot].Type != record.Absent {
			st.b.Shadowed = o.when.about[k]
		}
	}
	st.dropped = o.drops(st, func(yield func(string, record.Field)) {
		for k, name := range o.names {
			if f := st.slots[o.at[k]]; f.Type != record.Absent {
				yield(name, f)
			}
		}
	})
}
