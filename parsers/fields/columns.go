package fields

import (
	"slices"

	"logskiff/record"
	"logskiff/record/field"
)

// shape is how records of one schema look after some steps: what their columns are
// called, and in which slot of a record's scratch each one stands.
type shape struct {
	names []string
	slots []int
	n     int // slots in use
	ops   []op
}

// op is what is to be done to each record.
type op interface{ run(st *stage) }

// slot returns where the column of a name stands, or -1.
func (s *shape) slot(name string) int {
	if i := slices.Index(s.names, name); i >= 0 {
		return s.slots[i]
	}
	return -1
}

// remove takes a column out; a name can stand for several.
func (s *shape) remove(name string) {
	for i := slices.Index(s.names, name); i >= 0; i = slices.Index(s.names, name) {
		s.names, s.slots = slices.Delete(s.names, i, i+1), slices.Delete(s.slots, i, i+1)
	}
}

// add appends a column and returns its slot.
func (s *shape) add(name string) int {
	s.names, s.slots = append(s.names, name), append(s.slots, s.n)
	s.n++
	return s.n - 1
}

// program is the steps for records of one schema.
type program struct {
	shape
	in, out *record.Schema
	inPlace bool           // the columns stay what and where they are
	rest    []step         // those that need pairs
	keys    []record.Field // names, as they stand in this batch
	inKeys  []record.Field // likewise, before all steps
}

// program returns the steps for a schema.
func (st *stage) program(in *record.Schema) *program {
	if p := st.programs[in]; p != nil {
		return p
	}
	if len(st.programs) == maxPrograms {
		clear(st.programs)
	}
	p := &program{in: in, shape: shape{n: len(in.Columns)}}
	for i, name := range in.Columns {
		p.names, p.slots = append(p.names, name), append(p.slots, i)
	}
	for i, s := range st.steps {
		if !s.columns(&p.shape) {
			p.rest = st.steps[i:]
			break
		}
	}
	p.inPlace = p.rest == nil && p.n == len(in.Columns) && slices.Equal(p.names, in.Columns) && slices.IsSorted(p.slots)
	p.out = in
	if !p.inPlace && p.rest == nil {
		p.out = record.NewSchema(slices.Clone(p.names))
	}
	p.keys, p.inKeys = make([]record.Field, len(p.names)), make([]record.Field, len(in.Columns))
	st.programs[in] = p
	return p
}

// begin forgets where names stood in the last batch.
func (p *program) begin() {
	clear(p.keys)
	clear(p.inKeys)
}

func (p *program) run(st *stage, i int) {
	r := st.r
	fields := st.b.Fields[r.Fields:][:len(p.in.Columns)]
	if p.inPlace {
		st.slots = fields
	} else {
		st.slots = append(st.slots[:0], fields...)
		for len(st.slots) < p.n {
			st.slots = append(st.slots, record.Field{})
		}
	}
	for _, o := range p.ops {
		if o.run(st); st.dropped {
			break
		}
	}
	switch {
	case p.inPlace:
		st.slots = nil // they are the batch's
	case st.dropped:
	case p.rest != nil:
		p.toPairs(st)
		st.pairs(i, p.rest)
		if !st.changed && !st.dropped {
			st.store(i)
		}
	default:
		p.store(st)
	}
}

// asPairs does all steps to record i with what was brought with it, which is in st.items.
func (p *program) asPairs(st *stage, i int) {
	for k, f := range st.b.Fields[st.r.Fields:][:len(p.in.Columns)] {
		if f.Type == record.Absent {
			continue
		}
		if p.inKeys[k].Type == record.Absent {
			p.inKeys[k] = st.put(p.in.Columns[k])
		}
		st.items = append(st.items, p.inKeys[k], f)
	}
	st.pairs(i, st.steps)
	if !st.changed && !st.dropped {
		st.store(i) // the columns of the others have other names now
	}
}

// store writes the columns, in the place of the old ones where there is room.
func (p *program) store(st *stage) {
	r := st.r
	if len(p.slots) > len(p.in.Columns) {
		r.Fields = uint32(len(st.b.Fields))
		st.b.Fields = slices.Grow(st.b.Fields, len(p.slots))[:len(st.b.Fields)+len(p.slots)]
	}
	out := st.b.Fields[r.Fields:]
	for k, slot := range p.slots {
		out[k] = st.slots[slot]
	}
}

// toPairs puts the columns that are there into st.items.
func (p *program) toPairs(st *stage) {
	st.items = st.items[:0]
	for k, slot := range p.slots {
		f := st.slots[slot]
		if f.Type == record.Absent {
			continue
		}
		if p.keys[k].Type == record.Absent {
			p.keys[k] = st.put(p.names[k])
		}
		st.items = append(st.items, p.keys[k], f)
	}
}

// onValue is a step that changes values one by one.
type onValue interface {
	// value changes a field that is not absent, and says whether it did.
	value(st *stage, f *record.Field) bool
}

// eachSlot is such a step for the columns it concerns.
type eachSlot struct {
	onValue
	slots []int
}

func (e *eachSlot) run(st *stage) {
	for _, slot := range e.slots {
		if f := &st.slots[slot]; f.Type != record.Absent {
			e.value(st, f)
		}
	}
}

// eachNamed does the same to the fields of those names.
func (st *stage) eachNamed(s onValue, names []string) {
	for k := 0; k < len(st.items); k += 2 {
		if f := &st.items[k+1]; f.Type != record.Absent && isOneOf(st.b, st.items[k], names) && s.value(st, f) {
			st.changed = true
		}
	}
}

func isOneOf(b *record.Batch, name record.Field, names []string) bool {
	for _, n := range names {
		if field.Is(b, name, n) {
			return true
		}
	}
	return false
}

// slotsOf returns the slots of those of names that are there.
func (s *shape) slotsOf(names []string) (slots []int) {
	for i, name := range s.names {
		if slices.Contains(names, name) {
			slots = append(slots, s.slots[i])
		}
	}
	return slots
}
