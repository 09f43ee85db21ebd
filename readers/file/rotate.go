package file

import (
	"path/filepath"
	"slices"

	"logskiff/readers/file/disk"
)

// follow finds out where a file went that is not under its name any more.
func (r *Reader) follow(p *pass, f *file) {
	if f.ended || f.retired || f.busy {
		if f.busy {
			if f.folder == nil {
				r.mayHaveFollowed(f) // a kill may come before its turn is over
			}
			f.suspect = false
			r.doubt(f)
			if f.freed {
				f.own().missing = p.now - int64(missingWait)
			}
		}
		return
	}
	if f.arch != nil || f.spool != "" {
		return // it is not read from its inode any more, which may be another's
	}
	if f.folder == nil {
		r.mayHaveFollowed(f)
	}
	if f.freed {
		f.freed = false
		r.vanished(p, f)
		return
	}
	if f.folder != nil { // found by its descriptor's name, or a rename back
		i, err := r.disk.Stat(f.name())
		if err == nil && i.Inode == f.Inode {
			return
		}
		if err == disk.ErrHung {
			r.trouble(f, err)
			return
		}
		r.displace(p, f)
		p.moved = p.moved[:len(p.moved)-1]
	}
	if f.doubted {
		f.doubted = false
		defer r.doubt(f)
	}
	sure := r.sure()
	if at, ok := r.whereIs(p, f); ok {
		r.renamed(p, f, at)
		return
	}
	f.displaced = true
	r.care(f)
	if f.fd >= 0 {
		if i, err := r.disk.Fstat(int(f.fd)); err == nil {
			f.deleted = i.Links == 0
			r.noticed(p, f, i)
		}
		if f.deleted || f.missing != 0 && p.now-f.missing >= int64(missingWait) {
			f.own().missing = 0
			r.publish(f)
			return // read on by the descriptor; windUp ends it
		}
	}
	switch {
	case !sure():
		r.unfound(p, f)
	case f.missing == 0:
		f.own().missing = p.now
		r.nextPoll = min(r.nextPoll, p.now+int64(missingWait))
	case p.now-f.missing >= int64(missingWait):
		r.vanished(p, f)
	}
}

// mayHaveFollowed asks who had f's name after f and before now. Of a file without a stream it is not known what was in it
// last: that may be in any rotation of the names it had.
func (r *Reader) mayHaveFollowed(f *file) {
	if f.stream != nil {
		r.unseen(f, f.mtime)
		return
	}
	if f.last != nil && f.last.wants(f.lastBase, r.excl) {
		g := gap{place{f.last, f.lastBase}, f.mtime}
		r.owe(f, g)
		r.ask(g)
	}
	if g, ok := r.owed[f]; ok {
		r.ask(g)
	}
}

// whereIs looks for a file's inode: among the names this look has met, then in
// all of its folder, and where logrotate moves old logs.
func (r *Reader) whereIs(p *pass, f *file) (place, bool) {
	for _, at := range p.seen[f.Inode] {
		if r.isAt(p, f, at) {
			return at, true
		}
	}
	for _, dirs := range []func() []string{func() []string { return r.homes(f) }, func() []string { return r.belowHomes(p, f) }} {
		for _, dir := range dirs() {
			for _, x := range r.contents(p, dir) {
				if x.Inode != f.Inode {
					continue
				}
				if at := (place{r.enter(dir, nil), x.name}); r.isAt(p, f, at) {
					return at, true
				}
			}
		}
	}
	return place{}, false
}

// isAt tells whether f has a name now. Who had it at the last look is then looked for.
func (r *Reader) isAt(p *pass, f *file, at place) bool {
	i, err := r.disk.Stat(at.d.join(at.name))
	if err != nil || i.Inode != f.Inode || r.reused(f, at) {
		return false
	}
	if g := at.d.files[at.name]; g != nil && g != f {
		r.displace(p, g)
	}
	return true
}

// reused tells whether f is gone, and its inode belongs to the file at that place.
func (r *Reader) reused(f *file, at place) bool {
	if !f.isAnother(r.disk.BirthOf(at.d.join(at.name))) {
		return false
	}
	at.d.dirty = true // so that it is met again when f has been given up
	return true
}

// homes returns the folders in which an older version of f may be.
func (r *Reader) homes(f *file) []string {
	dirs := r.ownHomes(f)
	for _, dir := range dirs {
		for _, old := range r.rules.olddirs(&r.disk, dir) {
			if !slices.Contains(dirs, old) {
				dirs = append(dirs, old)
			}
		}
	}
	return dirs
}

// ownHomes returns the folders in which f has or had a name.
func (r *Reader) ownHomes(f *file) []string {
	var dirs []string
	add := func(dir string) {
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	for _, d := range []*folder{f.folder, f.last} {
		if d != nil {
			add(d.path)
		}
	}
	if f.real != "" {
		add(filepath.Dir(f.real))
	}
	if was := f.toldName(); was != "" {
		add(filepath.Dir(was)) // where a former run saw it last
	}
	if f.stream != nil {
		add(filepath.Dir(f.stream.Path))
		for _, step := range r.trail(f.stream.Path) {
			add(filepath.Dir(step))
		}
	}
	return dirs
}

// contents returns all regular files of a folder, whether they match or not. A
// look lists a folder once only.
func (r *Reader) contents(p *pass, dir string) []found {
	if all, ok := p.index[dir]; ok {
		return all
	}
	var all []found
	var err error
	r.apart(func() {
		var files []disk.Regular
		files, err = r.disk.Regulars(dir)
		for _, x := range files {
			all = append(all, found{place: place{nil, x.Name}, Info: x.Info, born: x.Born})
		}
	})
	if _, quiet := p.quiet[dir]; quiet {
		p.index[dir] = all
		return all
	}
	if err == disk.ErrHung {
		r.shut[dir] = struct{}{}
		return nil // asked again, to be told the same, by whoever wants to know next
	}
	if err != nil && !disk.Gone(err) {
		r.troubled(dir, err)
		r.shut[dir] = struct{}{}
	} else if _, was := r.shut[dir]; was {
		delete(r.shut, dir)
		r.healed(dir)
	}
	p.index[dir] = all
	return all
}

// renamed gives a file its new name.
func (r *Reader) renamed(p *pass, f *file, at place) {
	r.attach(f, at, false)
	now := f.name()
	switch {
	case f.stream == nil && at.d.wants(at.name, r.excl):
		f.displaced = false // nothing of it was read yet: this is its name
	case f.stream != nil && now == f.stream.Path:
		f.displaced = false
	default:
		f.displaced = true
		r.care(f)
		if f.stream != nil {
			r.sayRotated(f, now)
		}
	}
	f.own().goneAt = 0
	if i, err := r.disk.Stat(now); err == nil && i.Inode == f.Inode {
		r.noticed(p, f, i)
	}
	r.publish(f)
	if f.behind() {
		f.tried = -1
		r.push(f)
	}
}

// vanished ends a file that has no name and no descriptor, unless a copy goes on
// where it ends.
func (r *Reader) vanished(p *pass, f *file) {
	if f.fd >= 0 || f.arch != nil || f.spool != "" {
		return
	}
	f.own().missing = 0
	sure := r.sure()
	if f.stream != nil && r.takeOver(p, f) {
		return
	}
	if !sure() {
		r.unfound(p, f)
		return
	}
	if f.stream != nil && r.mayBeShut(p, f) {
		return
	}
	if g, ok := r.owed[f]; ok { // what was written to it at last is perhaps compressed by now
		g.live.d.dirty = true
		r.ask(g)
	}
	r.end(p, f, "deleted")
}
