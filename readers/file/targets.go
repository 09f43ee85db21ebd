package file

import (
	"hash/maphash"
	"iter"
	"path/filepath"
)

// targets are files that were found by links, by the name in one folder that they led to. A table of pointers: the name
// stands in the file, so each takes some 15 bytes, and one alone 16; a map of names and places took 95, and 380 in a folder
// of its own. The zero value is empty. Nothing may be put in or taken out while they are gone through.
type targets struct {
	seed  maphash.Seed
	slots []*file // a power of two of them; a quarter are nil at least
	n     int
}

// realBase returns the name that the link leads to by which f was found.
func (f *file) realBase() string { return filepath.Base(f.real) }

// home returns where a name is looked for first.
func (t *targets) home(name string) int {
	return int(maphash.String(t.seed, name)) & (len(t.slots) - 1)
}

// get returns the file of a name, or nil.
func (t *targets) get(name string) *file {
	if t == nil || t.n == 0 {
		return nil
	}
	for i := t.home(name); t.slots[i] != nil; i = (i + 1) & (len(t.slots) - 1) {
		if f := t.slots[i]; f.realBase() == name {
			return f
		}
	}
	return nil
}

// put files f, in the place of another of its name.
func (t *targets) put(f *file) {
	if was := t.get(f.realBase()); was != nil {
		t.remove(was)
	}
	if 4*(t.n+1) > 3*len(t.slots) {
		all := t.slots
		if all == nil {
			t.seed = maphash.MakeSeed()
		}
		t.slots = make([]*file, max(2, 2*len(all)))
		for _, g := range all {
			if g != nil {
				t.insert(g)
			}
		}
	}
	t.insert(f)
	t.n++
}

func (t *targets) insert(f *file) {
	i := t.home(f.realBase())
	for t.slots[i] != nil {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = f
}

// remove takes f out, and reports whether it was in.
func (t *targets) remove(f *file) bool {
	if t.get(f.realBase()) != f {
		return false
	}
	last := len(t.slots) - 1
	i := t.home(f.realBase())
	for t.slots[i] != f {
		i = (i + 1) & last
	}
	t.n--
	// What stands behind it, up to the next free slot, moves up unless it stands at home or behind that already.
	for j := i; ; {
		t.slots[i] = nil
		for {
			j = (j + 1) & last
			if t.slots[j] == nil {
				return true
			}
			if home := t.home(t.slots[j].realBase()); (j-home)&last >= (j-i)&last {
				break
			}
		}
		t.slots[i] = t.slots[j]
		i = j
	}
}

// all goes through them, in no order.
func (t *targets) all() iter.Seq[*file] {
	return func(yield func(*file) bool) {
		if t == nil {
			return
		}
		for _, f := range t.slots {
			if f != nil && !yield(f) {
				return
			}
		}
	}
}

// isBehind returns the name by which a link leads to one in d.
func (d *folder) isBehind(name string) (live place, led bool) {
	if live, led = d.behind[name]; led {
		return live, true
	}
	if f := d.linked.get(name); f != nil {
		return place{f.folder, f.base}, true
	}
	return place{}, false
}

func (d *folder) noteBehind(name string, live place) {
	if d.behind == nil {
		d.behind = map[string]place{}
	}
	d.behind[name] = live
}

// allBehind goes through the names in d to which links lead, and those links. A name to which several lead can come twice.
func (d *folder) allBehind() iter.Seq2[string, place] {
	return func(yield func(string, place) bool) {
		for name, live := range d.behind {
			if !yield(name, live) {
				return
			}
		}
		for f := range d.linked.all() {
			if !yield(f.realBase(), place{f.folder, f.base}) {
				return
			}
		}
	}
}

// tellsWhereItLed has f alone say that its name leads to f.real: see lead, which has said so by name.
func (r *Reader) tellsWhereItLed(f *file, at place) {
	d := r.folders[filepath.Dir(f.real)]
	if d == nil || d.behind[f.realBase()] != at {
		return
	}
	if delete(d.behind, f.realBase()); len(d.behind) == 0 {
		d.behind = nil // one file in a folder of its own is what most links lead to
	}
	if d.linked == nil {
		d.linked = new(targets)
	}
	d.linked.put(f)
}

// ledElsewhere takes that back when f loses its name: what has it next may lead there, too.
func (r *Reader) ledElsewhere(f *file) {
	if f.real == "" {
		return
	}
	d := r.folders[filepath.Dir(f.real)]
	if d == nil || !d.linked.remove(f) {
		return
	}
	if _, other := d.behind[f.realBase()]; !other {
		d.noteBehind(f.realBase(), place{f.folder, f.base})
	}
}
