package file

import (
	"path/filepath"

	"golang.org/x/sys/unix"

	"logskiff/readers/file/disk"
	"logskiff/readers/file/glob"
	"logskiff/readers/file/watch"
)

// enterRoots makes the folders known in which the patterns begin.
func (r *Reader) enterRoots() {
	for i, dir := range r.roots {
		r.enter(dir, r.globs[i:i+1]).root = true
	}
}

// enter makes a folder known, in which globs match.
func (r *Reader) enter(path string, globs []glob.Rest) *folder {
	d := r.folders[path]
	if d == nil {
		d = &folder{path: path, files: map[string]*file{}, dirty: true}
		r.folders[path] = d
	}
	for _, c := range globs {
		known := false
		for _, have := range d.globs {
			known = known || have == c
		}
		if !known {
			d.globs = append(d.globs, c)
			d.dirty, d.looked = true, nil
		}
	}
	return d
}

// lookFolder looks at a folder, and notes whether it answered.
func (r *Reader) lookFolder(p *pass, d *folder) {
	d.late = d.late && d.seen == 0 // it lasts for the pass in which it answers
	before := r.disk.Hung
	r.compare(p, d)
	if r.disk.Hung == before {
		if d.away {
			r.log.Info("recovered: a folder answers again", "path", d.path)
		}
		d.away, d.seen = false, p.now
		return
	}
	if !d.away {
		r.log.Warn("retry: a folder does not answer; the others go on, and it when it does", "path", d.path)
	}
	d.away, d.dirty = true, true
	d.late = d.late || p.first
}

// compare compares a folder with what is known of it.
func (r *Reader) compare(p *pass, d *folder) {
	changed := d.dirty || d.failed || d.again
	named := d.named
	d.dirty, d.failed, d.again, d.named = false, false, false, nil
	var i disk.Info
	var err error
	r.apart(func() { i, err = r.disk.StatFolder(d.path) })
	if err == disk.ErrHung {
		return
	}
	if err != nil && !disk.Gone(err) || err == nil && !i.Folder() {
		if err == nil {
			err = unix.ENOTDIR
		}
		r.troubled(d.path, err)
		d.failed = true
		return
	}
	if err != nil {
		d.isWhole(p)
		if !d.missing {
			d.missing = true
			r.unwatch(d)
			for _, f := range d.files {
				r.displace(p, f)
			}
		}
		if !d.root && len(d.files) == 0 && len(d.links) == 0 {
			delete(r.folders, d.path)
			if up := r.folders[filepath.Dir(d.path)]; up != nil && d.real != "" { // found by a link, whose folder does not change
				r.expect(place{up, filepath.Base(d.path)}, p.now)
			}
		}
		return
	}
	if d.missing || i.Inode != d.Inode {
		changed = true
		d.missing = false
		if d.Inode != (disk.Inode{}) {
			r.unwatch(d)
		}
		var real string
		r.apart(func() { real, err = r.disk.Resolve(d.path) })
		if err == disk.ErrHung {
			d.Inode = disk.Inode{} // it was not all asked
			return
		}
		d.Inode, d.real = i.Inode, ""
		if err == nil && real != d.path {
			d.real = real
		}
	}
	if d.unwatched {
		r.unwatch(d)
	}
	moved := i.Mtime != d.mtime || i.Ctime != d.ctime
	changed = changed || moved && d.timed != nil
	if d.timed == nil && (!d.polled || p.sweep) || changed { // there may be events by now
		changed = r.watchFolder(d) || changed // what happened before the subscription
	}
	if d.polled {
		for _, live := range d.allBehind() {
			live.d.blind = true
		}
	}
	if moved {
		d.mtime, d.ctime, d.dated, d.settled = i.Mtime, i.Ctime, p.now, false
	}
	changed = changed || !d.settled && p.now-d.listed >= d.patience()
	switch {
	case changed:
		r.lookNames(p, d)
	case p.sweep || d.restless():
		r.lookSome(p, d)
	}
	if !changed {
		r.lookHeard(p, d, named)
	}
	if changed || p.sweep || d.polled || d.root || d.expects(p.now) {
		r.lookExpected(p, d)
	}
	if !changed || len(d.globs) == 0 {
		return
	}
	began := r.clock.mono()
	var entries []disk.Entry
	r.apart(func() { entries, err = r.disk.List(d.path) })
	if err == disk.ErrHung {
		return
	}
	if err != nil {
		r.troubled(d.path, err)
		d.failed = true
		return
	}
	r.healed(d.path)
	d.listed = p.now
	d.settled = p.now-d.dated >= int64(grain) || !d.polled && r.clock.age(max(i.Mtime, i.Ctime)) > int64(grain)
	known, sure := len(p.fresh), r.sure()
	r.lookEntries(p, d, entries)
	r.appeared(p, d, p.fresh[known:], entries)
	if sure() {
		d.isWhole(p)
	}
	d.cost = r.clock.mono() - began
}

// lookEntries finds new names.
func (r *Reader) lookEntries(p *pass, d *folder, entries []disk.Entry) {
	var names []disk.Entry
	for n, e := range entries {
		if n%64 == 63 {
			r.breathe()
		}
		if e.Link && !r.cfg.FollowLinks {
			if d.files[e.Name] == nil && d.wants(e.Name, r.excl) {
				r.tell(d, e.Name, "this is a symbolic link, and follow_links is false")
			}
			continue
		}
		if e.Folder || e.Link {
			if to := d.leads(e.Name, e.Link); len(to) > 0 {
				isFolder := e.Folder
				if e.Link {
					var err error
					r.apart(func() {
						var i disk.Info
						i, err = r.disk.StatFolder(d.join(e.Name))
						isFolder = err == nil && i.Folder()
					})
					if disk.Gone(err) { // nothing happens here when it leads to a folder again
						r.expect(place{d, e.Name}, p.now)
					}
				}
				if isFolder {
					if to := r.enter(d.join(e.Name), to); to.seen == 0 {
						to.late = to.late || d.late
						to.inherits(d)
					}
				}
			}
			if e.Folder {
				continue
			}
		}
		r.cameAndWent(d, e)
		passed := d.files[e.Name] != nil || !d.wants(e.Name, r.excl)
		if p.first && (passed || isCompressed(e.Name)) { // which is only read as what another name's log was
			r.maybeRotated(p, d, e)
		}
		if passed {
			continue
		}
		names = append(names, e)
		if e.Link || len(names) == 256 {
			r.lookNew(p, d, names)
			names = names[:0]
		}
	}
	r.lookNew(p, d, names)
}

// lookNew looks at names that are new. Only the last may be a link, which can lead to
// another file system than its folder's.
func (r *Reader) lookNew(p *pass, d *folder, names []disk.Entry) {
	if len(names) == 0 {
		return
	}
	links := 0
	if names[len(names)-1].Link {
		links = 1
	}
	var all []disk.StatedBorn
	r.apart(func() {
		all = r.disk.StatBornNames(disk.Where{Dev: d.Dev}, d.path, names[:len(names)-links])
		for _, e := range names[len(names)-links:] {
			all = append(all, r.disk.StatBornNames(r.disk.AtExactly(d.join(e.Name)), d.path, []disk.Entry{e})...)
		}
	})
	for n, e := range names {
		switch s := all[n]; {
		case s.Err == disk.ErrHung:
		case s.Err != nil:
			if !disk.Gone(s.Err) || e.Link {
				r.troubled(d.join(e.Name), s.Err)
				r.expect(place{d, e.Name}, p.now)
				if p.first {
					r.mayHaveHad(place{d, e.Name})
				}
			}
		case s.Folder():
		case !s.Regular():
			r.tell(d, e.Name, "this is no regular file")
		default:
			r.healed(d.join(e.Name))
			r.meet(p, found{place: place{d, e.Name}, Info: s.Info, born: s.Born, link: e.Link})
		}
	}
}

// meet sorts a name that was found: of a file that is followed, or not.
func (r *Reader) meet(p *pass, x found) {
	if f := r.files[x.Inode]; f != nil && !f.retired && f.isAnother(x.born) {
		f.freed = true
		if f.folder != nil {
			r.displace(p, f)
		} else {
			p.moved = append(p.moved, f)
		}
	} else if f != nil && !f.retired {
		p.seen[x.Inode] = append(p.seen[x.Inode], x.place)
		if f.folder == nil {
			p.moved = append(p.moved, f) // found again
		} else if f.folder != x.d || f.base != x.name {
			if x.d.links == nil {
				x.d.links = map[string]*file{}
			}
			x.d.links[x.name] = f // a hard link or a symbolic one: events can come by it
		}
		return
	}
	p.fresh = append(p.fresh, x)
}

// tell says a word about a name, once.
func (r *Reader) tell(d *folder, name, what string) {
	if !d.told[name] {
		if d.told == nil {
			d.told = map[string]bool{}
		}
		d.told[name] = true
		r.log.Info("ignored: "+what, "path", d.join(name))
	}
}

// troubled notes a name that cannot be looked at; healed takes it back.
func (r *Reader) troubled(path string, err error) {
	if why := err.Error(); r.troubles[path] != why {
		r.troubles[path] = why
		r.log.Warn("cannot look at a name; trying again", "path", path, "error", err)
	}
}

func (r *Reader) healed(path string) {
	if _, was := r.troubles[path]; was {
		delete(r.troubles, path)
		r.log.Info("recovered: a name can be looked at again", "path", path)
	}
}

// displace notes that a file is not where it was.
func (r *Reader) displace(p *pass, f *file) {
	at := place{f.folder, f.base}
	p.was[at] = f
	r.detach(f)
	if f.real != "" && at.d.wants(at.name, r.excl) {
		r.expect(at, p.now) // nothing changes in the link's folder when it leads to a file again
	}
	r.care(f)
	p.moved = append(p.moved, f)
}

// lastCalled returns the file that had a name before, when a look met nothing there: between the two
// steps of a rotation.
func (r *Reader) lastCalled(at place) (last *file) {
	for _, f := range r.files {
		for ; f != nil; f = f.same {
			if f.last == at.d && f.lastBase == at.name && f.stream != nil && (last == nil || f.changedAfter(last)) {
				last = f
			}
		}
	}
	return last
}

// detach takes a file's name away.
func (r *Reader) detach(f *file) {
	if f.folder != nil {
		if f.real != "" {
			r.led(f.name(), []string{f.real})
		}
		if f.folder.files[f.base] == f {
			delete(f.folder.files, f.base)
		}
		r.unname(f)
	}
}

// unname has f know its name as its last one.
func (r *Reader) unname(f *file) {
	r.ledElsewhere(f)
	own := f.own()
	own.last, own.lastBase = f.folder, f.base
	f.folder, f.base = nil, ""
}

// attach gives a file a name.
func (r *Reader) attach(f *file, at place, link bool) {
	r.detach(f)
	f.folder, f.base = at.d, at.name
	if f.missing != 0 {
		f.own().missing = 0
	}
	at.d.files[at.name] = f
	if since, ok := r.absent[at]; ok {
		delete(r.absent, at)
		r.ask(gap{at, since})
	}
	delete(at.d.links, at.name)
	delete(at.d.expected, at.name)
	if link || at.d.real != "" {
		r.ledTo(f, at)
	}
	if at.d.deaf() && len(at.d.hot) < sliceMost {
		at.d.warm(f) // it may be written to right now
	}
}

// watchFolder subscribes to a folder's events, or has it polled. It reports
// whether the subscription is new.
func (r *Reader) watchFolder(d *folder) bool {
	r.untime(d)
	if d.sub != nil {
		return false
	}
	if r.env.Hub == nil {
		d.polled = true
		return false
	}
	var fs string
	var err error
	r.apart(func() { fs, err = r.disk.Eventless(d.path) })
	if err != nil {
		return false
	}
	if fs != "" {
		if !d.polled {
			r.log.Info("polling: this file system does not report changes of a folder", "path", d.path, "file_system", fs)
		}
		d.polled = true
		return false
	}
	var at *watch.Folder
	var sub *watch.Subscription
	r.apart(func() {
		at, sub, err = r.env.Hub.Subscribe(d.path, func(name string, c watch.Change) { r.event(d, name, c) })
	})
	if err == disk.ErrHung {
		return false
	}
	if err != nil {
		if !d.polled {
			r.log.Info("polling: no change events for a folder", "path", d.path, "error", err)
		}
		d.polled = true
		return false
	}
	d.watch, d.sub, d.polled = at, sub, false
	return true
}

func (r *Reader) unwatch(d *folder) {
	r.untime(d)
	if d.sub != nil {
		at, sub := d.watch, d.sub
		d.watch, d.sub = nil, nil
		r.apart(func() { r.env.Hub.Unsubscribe(at, sub) })
	}
	d.unwatched = false
}

func (r *Reader) unsubscribe() {
	r.mu.Lock()
	defer r.unlock()
	for _, d := range r.folders {
		r.unwatch(d)
	}
}
