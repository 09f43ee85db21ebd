package file

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"logskiff/readers/file/disk"
)

// A followed name may be a symbolic link, or lie in a folder that is found by one. What
// is behind it is rotated where it lies, so the folders on the way are watched, and
// searched for what the link led to, as the link's own folder is. Which these are is
// stored with each stream (Identity.Real): the link may be gone, or point elsewhere, when
// it is asked for.

// expectFor is how long a name that cannot be looked at is tried at every poll; later
// it is tried with each sweep, and when its folder or one behind it changes.
const expectFor = time.Minute

// way returns the names that a name leads to, one after another, each in its real
// folder. The last may not exist. A regular file in a folder that is none leads nowhere.
func (r *Reader) way(at place) []string {
	path, real := at.d.join(at.name), ""
	if at.d.real != "" {
		real = at.d.real + "/" + at.name
	}
	return r.disk.Way(path, real)
}

// lead has the folders behind a name watched, and returns the names that it leads to.
func (r *Reader) lead(at place) []string {
	steps := r.way(at)
	for _, step := range steps {
		dir, base := filepath.Split(step)
		d := r.enter(filepath.Clean(dir), nil)
		d.noteBehind(base, at)
		r.watchFolder(d)
		at.d.blind = at.d.blind || d.polled
	}
	return steps
}

// led remembers where a name leads to, beside where it led since all that had it was found.
func (r *Reader) led(path string, steps []string) {
	for _, step := range steps {
		if !slices.Contains(r.trails[path], step) {
			r.trails[path] = append(r.trails[path], step)
		}
	}
}

// trail returns where a name leads to, and led since all that had it was found. Of most names that is where the file was
// found that has it: file.real tells it, and nothing else is kept.
func (r *Reader) trail(path string) []string {
	steps := r.trails[path]
	dir, base := filepath.Split(path)
	if d := r.folders[filepath.Clean(dir)]; d != nil {
		if f := d.files[base]; f != nil && f.real != "" && !slices.Contains(steps, f.real) {
			steps = append(slices.Clip(steps), f.real)
		}
	}
	return steps
}

// ledTo notes that f has a name that leads elsewhere.
func (r *Reader) ledTo(f *file, at place) {
	steps := r.lead(at)
	switch last := len(steps) - 1; {
	case last < 0:
		f.real = ""
	case f.real != steps[last]: // the store has the string that is there, too
		f.real = steps[last]
	}
	if f.real != "" {
		r.tellsWhereItLed(f, at)
	}
	r.retold(f, at, steps)
}

// retold remembers of where a name leads what f, which has it, does not tell.
func (r *Reader) retold(f *file, at place, steps []string) {
	path := at.d.join(at.name)
	only := func(steps []string) bool { return len(steps) == 1 && steps[0] == f.real }
	if !only(steps) {
		r.led(path, steps)
	}
	if only(r.trails[path]) {
		delete(r.trails, path)
	}
}

// retrace forgets where a name led before.
func (r *Reader) retrace(at place) {
	path := at.d.join(at.name)
	if len(r.trails[path]) == 0 {
		return
	}
	delete(r.trails, path)
	if f := at.d.files[at.name]; f != nil {
		r.retold(f, at, r.way(at))
	} else {
		r.led(path, r.way(at))
	}
}

// expect has a name looked at again that should lead to a file and does not.
func (r *Reader) expect(at place, now int64) {
	if _, ok := at.d.expected[at.name]; ok {
		return
	}
	if at.d.expected == nil {
		at.d.expected = map[string]int64{}
	}
	at.d.expected[at.name] = now
	r.led(at.d.join(at.name), r.lead(at))
}

// expects tells whether a name of the folder is to be tried at this poll.
func (d *folder) expects(now int64) bool {
	for _, since := range d.expected {
		if now-since < int64(expectFor) {
			return true
		}
	}
	return false
}

// lookExpected tries the names that could not be looked at.
func (r *Reader) lookExpected(p *pass, d *folder) {
	for name, since := range d.expected {
		if d.files[name] != nil {
			delete(d.expected, name)
			continue
		}
		at := place{d, name}
		i, born, err := r.disk.StatBornAt(r.disk.AtExactly(d.join(name)), d.join(name))
		link := err == nil && r.disk.IsLink(d.join(name))
		switch {
		case err == disk.ErrHung:
		case link && !r.cfg.FollowLinks:
			delete(d.expected, name)
		case err == nil && i.Regular() && d.wants(name, r.excl):
			r.healed(d.join(name))
			delete(d.expected, name)
			if r.files[i.Inode] == nil {
				r.begunBefore(p, at, p.wall-(p.now-since)-int64(fileTick))
			}
			r.meet(p, found{place: at, Info: i, born: born, link: link})
		case err == nil || disk.Gone(err) && !r.disk.IsLink(d.join(name)):
			r.healed(d.join(name))
			delete(d.expected, name)
			d.dirty = d.dirty || err == nil && !i.Regular() // perhaps a folder; lookEntries says what it is
		default:
			r.troubled(d.join(name), err)
			r.led(d.join(name), r.lead(at)) // its folder may be there by now
		}
	}
}

// bases returns the names under which what f holds may have been rotated.
func (r *Reader) bases(f *file) []string {
	var all []string
	if f.lastBase != "" {
		all = append(all, f.lastBase)
	}
	if f.stream == nil {
		return all
	}
	all = append(all, filepath.Base(f.stream.Path))
	if f.real != "" {
		all = append(all, filepath.Base(f.real))
	}
	for _, step := range r.trail(f.stream.Path) {
		all = append(all, filepath.Base(step))
	}
	return all
}

// rotated tells whether name is what a rotation of f is called.
func (r *Reader) rotated(f *file, name string) bool {
	return slices.ContainsFunc(r.bases(f), func(base string) bool { return rotationOf(base, name) })
}

// spot is a folder, and what the rotations in it that are looked for are rotations of.
type spot struct {
	dir   string
	bases []string
}

// spots returns where the rotations of a live name can be, without logrotate's folders.
func (r *Reader) spots(live place) []spot {
	all := []spot{{live.d.path, []string{live.name}}}
	for _, step := range r.trail(live.d.join(live.name)) {
		dir, base := filepath.Split(step)
		dir = filepath.Clean(dir)
		i := slices.IndexFunc(all, func(s spot) bool { return s.dir == dir })
		if i < 0 {
			i, all = len(all), append(all, spot{dir, []string{live.name}})
		}
		if !slices.Contains(all[i].bases, base) {
			all[i].bases = append(all[i].bases, base)
		}
	}
	return all
}

// forgetLinks drops what is known of links that are gone.
func (r *Reader) forgetLinks() {
	kept := map[string]bool{}
	used := func(at place) bool {
		_, expected := at.d.expected[at.name]
		_, gap := r.gaps[at]
		_, absent := r.absent[at]
		return at.d.files[at.name] != nil || expected || gap || absent
	}
	for _, d := range r.folders {
		maps.DeleteFunc(d.behind, func(_ string, at place) bool {
			keep := used(at)
			if path := at.d.join(at.name); keep && r.trails[path] != nil {
				kept[path] = true
			}
			return !keep
		})
		for f := range d.linked.all() {
			if len(r.trails) == 0 {
				break
			}
			if path := f.name(); r.trails[path] != nil {
				kept[path] = true
			}
		}
	}
	for _, f := range r.files {
		if f.stream != nil && !f.retired && r.trails[f.stream.Path] != nil {
			kept[f.stream.Path] = true
		}
	}
	maps.DeleteFunc(r.trails, func(path string, _ []string) bool { return !kept[path] })
}

// knock searches again where that was not possible.
func (r *Reader) knock(p *pass) {
	for dir := range r.shut {
		r.contents(p, dir)
	}
	maps.DeleteFunc(r.barred, func(live place, since int64) bool {
		open := !r.isShut(live)
		if open {
			r.ask(gap{live, since})
		}
		return open
	})
}

// isShut tells whether a folder in which rotations of a name can be cannot be searched.
// Those that logrotate names for all logs do not count.
func (r *Reader) isShut(live place) bool {
	return len(r.shut) > 0 && slices.ContainsFunc(r.spots(live), func(s spot) bool {
		_, shut := r.shut[s.dir]
		return shut
	})
}

// mayBeShut tells whether f may be in a folder that cannot be searched: it is not gone
// as long as nobody knows.
func (r *Reader) mayBeShut(p *pass, f *file) bool {
	if len(r.shut) == 0 {
		return false
	}
	for _, dir := range r.ownHomes(f) {
		if _, shut := r.shut[dir]; shut {
			f.own().missing = p.now
			return true
		}
	}
	return false
}
