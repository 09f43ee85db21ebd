package fields

import (
	"maps"
	"slices"
	"strings"

	"logskiff/record"
	"logskiff/record/field"
)

// keep leaves out all fields but some, or only some.
type keep struct {
	names []string
	not   bool // these are what is left out
}

func (k *keep) clone() step { return k }

func (k *keep) columns(s *shape) bool {
	for _, name := range slices.Clone(s.names) {
		if slices.Contains(k.names, name) == k.not {
			s.remove(name)
		}
	}
	return true
}

func (k *keep) pairs(st *stage) {
	for i := 0; i < len(st.items); i += 2 {
		if st.items[i+1].Type != record.Absent && isOneOf(st.b, st.items[i], k.names) == k.not {
			st.items[i+1].Type = record.Absent
			st.changed = true
		}
	}
}

// rename gives fields new names.
type rename struct {
	old, name []string
	constant  []int // of each new name
}

func (st *stage) newRename(names map[string]string) *rename {
	r := &rename{}
	for _, old := range slices.Sorted(maps.Keys(names)) {
		r.old, r.name = append(r.old, old), append(r.name, names[old])
		r.constant = append(r.constant, st.text(names[old]))
	}
	return r
}

func (r *rename) clone() step { return r }

// columns renames all at once, so that two names can be exchanged.
func (r *rename) columns(s *shape) bool {
	renamed := map[int]string{} // by slot
	for k, old := range r.old {
		if slot := s.slot(old); slot >= 0 {
			renamed[slot] = r.name[k]
		}
	}
	replaced := slices.Collect(maps.Values(renamed))
	names, slots := s.names, s.slots
	s.names, s.slots = nil, nil
	for i, name := range names {
		if to, ok := renamed[slots[i]]; ok {
			name = to
		} else if slices.Contains(replaced, name) {
			continue
		}
		s.names, s.slots = append(s.names, name), append(s.slots, slots[i])
	}
	return true
}

func (r *rename) pairs(st *stage) {
	found := st.found[:0]
	for _, old := range r.old {
		found = append(found, st.find(old))
	}
	st.found = found
	for k, at := range found {
		if at < 0 {
			continue
		}
		for i := 1; i < len(st.items); i += 2 {
			if st.items[i].Type != record.Absent && field.Is(st.b, st.items[i-1], r.name[k]) && !slices.Contains(found, i) {
				st.items[i].Type = record.Absent
			}
		}
	}
	for k, at := range found {
		if at >= 0 {
			st.items[at-1] = st.constant(r.constant[k])
			st.changed = true
		}
	}
}

// compact takes absent fields out of st.items.
func (st *stage) compact() {
	kept := st.items[:0]
	for k := 0; k < len(st.items); k += 2 {
		if st.items[k+1].Type != record.Absent {
			kept = append(kept, st.items[k], st.items[k+1])
		}
	}
	st.items = kept
}

// add puts fields in that are the same for a whole stream.
type add struct {
	names  []string
	keys   []int // constants
	values []added
	texts  []int // constants of values that are text

	segmentNo uint64 // where the values below are of
	now       []record.Field
}

// added is where a value comes from.
type added struct {
	text string // unless it is a fact
	fact field.Fact
	is   bool // a fact
}

func parseAdded(s string) (added, bool) {
	name, special := strings.CutPrefix(s, "$")
	if !special {
		return added{text: s}, true
	}
	if tag, ok := strings.CutPrefix(name, "tag."); ok {
		name = "tags." + tag
	} else if strings.HasPrefix(name, "tags.") {
		return added{}, false
	}
	if fact, ok := field.ParseFact(name); ok {
		return added{fact: fact, is: true}, true
	}
	return added{text: name}, strings.HasPrefix(name, "$")
}

func (st *stage) newAdd(fields map[string]string) *add {
	a := &add{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value, _ := parseAdded(fields[name])
		a.names, a.values = append(a.names, name), append(a.values, value)
		a.keys = append(a.keys, st.text(name))
		a.texts = append(a.texts, st.text(value.text))
	}
	return a
}

func (a *add) clone() step {
	c := *a
	c.now = make([]record.Field, len(a.names))
	c.segmentNo = 0
	return &c
}

// refresh puts the values of the record's stream into the batch.
func (a *add) refresh(st *stage) {
	if a.segmentNo == st.segmentNo {
		return
	}
	a.segmentNo = st.segmentNo
	for k, v := range a.values {
		if !v.is {
			a.now[k] = st.constant(a.texts[k])
			continue
		}
		a.now[k] = st.putFact(v.fact)
	}
}

type addOp struct {
	*add
	slots []int
}

func (a *add) columns(s *shape) bool {
	o := &addOp{add: a}
	for _, name := range a.names {
		s.remove(name)
		o.slots = append(o.slots, s.add(name))
	}
	s.ops = append(s.ops, o)
	return true
}

func (o *addOp) run(st *stage) {
	o.refresh(st)
	for k, slot := range o.slots {
		st.slots[slot] = o.now[k]
	}
}

func (a *add) pairs(st *stage) {
	a.refresh(st)
	for k, name := range a.names {
		st.absent(name)
		if a.now[k].Type != record.Absent {
			st.push(st.constant(a.keys[k]), a.now[k])
		}
	}
}

// failed: what a line that failed to parse consists of is not replaced.
func (a *add) failed(st *stage) {
	a.refresh(st)
	st.pushMissing(a.names, a.keys, a.now)
}

// pushMissing appends those fields that the record does not have.
func (st *stage) pushMissing(names []string, keys []int, values []record.Field) {
	for k, name := range names {
		if values[k].Type != record.Absent && st.find(name) < 0 {
			st.push(st.constant(keys[k]), values[k])
		}
	}
}

// push appends a field; a record that has as many as it can have stays so.
func (st *stage) push(name, value record.Field) {
	if len(st.items)/2 >= record.MaxPairs {
		st.compact()
		if len(st.items)/2 >= record.MaxPairs {
			return
		}
	}
	st.items = append(st.items, name, value)
	st.changed = true
}
