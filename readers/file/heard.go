package file

import (
	"time"

	"logskiff/readers/file/disk"
	"logskiff/readers/file/watch"
)

// A listing takes as long as a folder has names, also of files that nobody follows: a second for a million. So where it is
// long, a new name that an event tells of is asked for by itself, and the listing, which its folder's time asks for
// anyway, waits for its turn: see patience. Only one thing it tells besides waits with it: whether the name had other
// contents before, which were rotated between the event and the look; that is asked then, and since when the folder was listed last.
//
// A folder is listed at once when a followed name changes hands, when a second event of a new name comes, or one of what can be its rotation,
// when it is a link or a folder, and when events were missed.
const (
	longListing = 5 * time.Millisecond // of some 10,000 names
	mostHeard   = 256                  // names, before a listing is cheaper
)

// heard is what events told of new names in a folder since it was listed last.
type heard struct {
	named map[string]struct{} // to be asked for
	met   map[string]struct{} // that were, and are followed now: who had them before is to be asked
}

// hears takes in an event of a name that is wanted and has no file.
func (d *folder) hears(name string, c watch.Change) {
	_, again := d.named[name]
	switch {
	case d.cost < int64(longListing) || len(d.named) == mostHeard || again && c != watch.Written:
		d.dirty = true
	case d.named == nil:
		d.named = map[string]struct{}{name: {}}
	default:
		d.named[name] = struct{}{}
	}
}

// hearsOfRotation tells whether a name that nobody follows can be a rotation of one that is new.
func (d *folder) hearsOfRotation(name string) bool {
	if len(d.named)+len(d.met) == 0 {
		return false
	}
	for _, base := range rotatedFrom(name) {
		_, named := d.named[base]
		_, met := d.met[base]
		if named || met {
			return true
		}
	}
	return false
}

// lookHeard asks for names that events told of.
func (r *Reader) lookHeard(p *pass, d *folder, named map[string]struct{}) {
	for name := range named {
		at := place{d, name}
		if d.files[name] != nil {
			continue
		}
		var i disk.Info
		var born int64
		var err error
		link := false
		r.apart(func() {
			i, born, err = r.disk.StatBornAt(r.disk.AtExactly(d.join(name)), d.join(name))
			link = r.disk.IsLink(d.join(name))
		})
		_, absent := r.absent[at]
		switch {
		case disk.Gone(err) && !link && !absent: // a listing would not have it, and asks for nothing that nobody knows
			continue
		case err != nil || link || !i.Regular() || len(d.met) == mostHeard:
			d.dirty = true
			continue
		case d.met == nil:
			d.met = map[string]struct{}{}
		}
		d.met[name] = struct{}{}
		r.healed(d.join(name))
		r.meet(p, found{place: at, Info: i, born: born})
	}
}
