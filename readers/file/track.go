package file

import (
	"slices"

	"logskiff/readers/file/disk"
	"logskiff/record"
)

// noticed takes in what stat says of a file that still is where it was.
func (r *Reader) noticed(p *pass, f *file, i disk.Info) {
	if f.busy {
		f.again = true
		return
	}
	size := f.at + i.Size
	changed := size != f.rawSize() || i.Mtime != f.mtime
	if changed {
		f.grown, f.final = p.now, false
	}
	if f.stream == nil {
		if changed && f.folder != nil && !f.displaced && (f.rawSize() == 0 || size <= f.size) {
			// Perhaps written, copied and truncated again, all between two looks.
			r.ask(gap{place{f.folder, f.base}, f.mtime})
		}
		if changed {
			f.size, f.mtime = size, i.Mtime
			f.written()
		}
		if f.held != 0 {
			r.checkHeld(p, f)
		} else if changed || f.problem != "" {
			r.identify(p, f)
		}
		return
	}
	if f.short > 0 && i.Size == f.short {
		f.mtime = i.Mtime
		return
	}
	if changed && size >= f.read && !r.keepOpen(f) {
		r.doubt(f)
		return
	}
	// What has grown may have been truncated before: its size counts as found only
	// when what was read is still there.
	if size < f.size || size < f.read || changed && f.fd >= 0 && !r.readsAs(int(f.fd), i, f) {
		r.doubt(f)
		return
	}
	switch {
	case f.nuls != nil: // its turn finds out how much of it is written
		size = f.size
		if changed {
			f.tried = -1
			r.push(f)
		}
	case changed && f.fd >= 0 && f.arch == nil:
		if err := r.sizeUp(f, int(f.fd), i.Size, p.now); err != nil {
			r.trouble(f, err)
			return
		}
	default:
		f.size = size
	}
	f.mtime = i.Mtime
	f.saw(f.size, f.deliv, p.now)
	if size > f.read && (size != f.tried || i.Mtime != f.turned) || i.Mtime != f.turned {
		r.push(f)
	}
}

// inspect finds out what happened to a file that did not look right.
func (r *Reader) inspect(p *pass, f *file) {
	f.suspect = false
	if f.ended || f.retired {
		return
	}
	if f.busy {
		f.suspect = true
		r.suspects = append(r.suspects, f)
		return
	}
	if f.folder == nil && !f.displaced && f.arch == nil && f.spool == "" { // it was read when its name was gone
		f.doubted = true
		p.moved = append(p.moved, f)
		return
	}
	if f.folder != nil {
		i, err := r.disk.Stat(f.name())
		switch {
		case disk.Gone(err) || err == nil && i.Inode != f.Inode:
			r.displace(p, f)
			f.doubted = true // to be looked at again once its new name is known
			return
		case err != nil:
			r.trouble(f, err)
			return
		}
		if f.stream == nil || f.held != 0 {
			r.noticed(p, f, i)
			return
		}
	}
	if g := r.sameContent(p, f); g != nil {
		g.tried = -1
		r.push(g)
	}
}

// sameContent checks that a file still holds what was read from it, and deals
// with it when it does not: then the result is nil.
func (r *Reader) sameContent(p *pass, f *file) *file {
	if f.stream == nil || f.arch != nil || f.spool != "" {
		return f
	}
	fd := int(f.fd)
	if fd < 0 {
		if f.folder == nil {
			return f
		}
		var err error
		var i disk.Info
		if fd, i, err = r.disk.OpenRead(f.name()); err != nil {
			r.trouble(f, err)
			return nil
		}
		if i.Inode != f.Inode {
			r.disk.CloseFD(fd)
			r.doubt(f)
			return nil
		}
		r.fds.add(f, fd)
	}
	i, err := r.disk.Fstat(fd)
	if err != nil {
		r.trouble(f, err)
		return nil
	}
	f.deleted = i.Links == 0
	if f.short > 0 && i.Size == f.short {
		return f
	}
	sure := r.sure()
	if (i.Size >= f.size || f.onlyHalfLine()) && r.readsAs(fd, i, f) {
		if f.nuls == nil || i.Size < f.size {
			f.size = i.Size
			f.written()
		}
		f.mtime = i.Mtime
		return f
	}
	if !sure() {
		r.trouble(f, r.disk.Why)
		return nil
	}
	r.rewritten(p, f, i)
	return nil
}

// onlyHalfLine tells whether all that is not handed out of f is the beginning of a line, which
// its writer may take back.
func (f *file) onlyHalfLine() bool { return f.read > 0 && f.tried == f.size && f.groupEnd <= f.read }

// readsAs tells whether the file behind fd begins as f did, and reads as f did
// before its cursor.
func (r *Reader) readsAs(fd int, i disk.Info, f *file) bool {
	if i.Size < f.read || f.fingerLen > 0 && !headOn(&r.disk, fd, f.finger, f.fingerLen) {
		return false
	}
	var b [anchorLen]byte
	n := int(f.anchorLen)
	m, err := r.disk.PreadSmall(fd, b[:n], f.read-int64(n))
	return err == nil && m == n && anchorMatches(f.anchor(), b[:n])
}

// adopt follows the files that were found new.
func (r *Reader) adopt(p *pass) {
	slices.SortStableFunc(p.fresh, func(a, b found) int { return int(min(max(a.Mtime-b.Mtime, -1), 1)) })
	fresh := p.fresh
	p.fresh = nil
	for n, x := range fresh {
		r.inPortions(p, n)
		r.adoptOne(p, x)
	}
}

func (r *Reader) adoptOne(p *pass, x found) *file {
	old := r.files[x.Inode]
	if old != nil && !old.retired {
		if old.folder != nil && (old.folder != x.d || old.base != x.name) {
			r.meet(p, x)
		}
		return old
	}
	sure := r.sure()
	if r.archives[x.Inode] == stampOf(x.Info) || x.gap == nil && r.passed[x.Inode] == stampOf(x.Info) || x.gap != nil && r.knows(p, x) {
		return nil
	}
	if g := x.d.files[x.name]; g != nil {
		if i, err := r.disk.Stat(x.d.join(x.name)); err != nil || i.Inode != x.Inode {
			x.d.dirty, p.vanished = true, true // the name changes faster than we look
			return nil
		}
		r.displace(p, g)
	}
	if !sure() {
		r.putOff(x)
		return nil
	}
	f := r.newFile(x.Inode, x.Size, x.Mtime)
	f.birth, f.grown = x.born, p.now
	if old != nil {
		if g := r.revive(p, old, x); g != nil {
			return g
		}
		if old.former != nil {
			f.own().former = old.former
		}
		if old.stream != nil {
			f.own().former = &former{epoch: old.epoch, birth: old.birth, mtime: old.mtime}
		} else if f.former != nil {
			f.former.inPlace = false
		}
		if !sure() {
			r.putOff(x)
			return nil
		}
		for g := old.same; g != nil && f.former != nil; g = g.same {
			f.former.epoch = max(f.former.epoch, g.epoch)
		}
	}
	if w, ok := r.waiting[x.Ino]; ok {
		delete(r.waiting, x.Ino)
		r.places[f] = w
	} else if x.gap == nil && r.skips(p, x) {
		f.skips, f.own().skipTo = true, x.Size
	}
	if !sure() {
		r.putOff(x)
		return nil
	}
	was := p.was[x.place]
	if was == nil {
		was = r.calledBefore(p, x.place)
	}
	r.put(f, x.Inode)
	r.attach(f, x.place, x.link)
	switch {
	case x.gap != nil:
		r.goesBetween(p, f, x.gap.live)
	case was != nil:
		r.goesAfter(f, was)
	}
	if !x.d.wants(x.name, r.excl) {
		f.displaced = true
		r.care(f)
	}
	if x.gap != nil {
		r.owe(f, *x.gap)
	}
	before := p.vanished
	p.vanished = false
	r.identify(p, f)
	if f.stream == nil && p.vanished {
		r.dissolve(f) // deleted since it was found
		return nil
	}
	p.vanished = before
	return f
}

// skips tells whether what is in a new file is not to be read.
func (r *Reader) skips(p *pass, x found) bool {
	switch {
	case r.env.Fresh:
		return false
	case r.cfg.IgnoreOlder > 0 && r.clock.age(x.Mtime) > int64(r.cfg.IgnoreOlder):
		return true
	case !p.first && !x.d.late || r.cfg.StartAt != "end":
		return false
	case r.knew != 0: // what a former run had not registered by then was created later, or it is of a new pattern
		return x.born == 0 || x.born < r.knew
	case r.lastAlive == 0:
		return true
	}
	// A later start: what was created since the last run saw anything is new.
	born := r.disk.BirthOf(x.d.join(x.name))
	return born == 0 || born < r.lastAlive
}

// identify gives a file its stream, once its first line is there.
func (r *Reader) identify(p *pass, f *file) {
	if f.stream != nil || f.busy || f.ended {
		return
	}
	fd := int(f.fd)
	if fd < 0 {
		var err error
		if fd, _, err = r.fds.patiently(func() (int, disk.Info, error) { return openNow(&r.disk, f) }); err != nil {
			switch {
			case !disk.Gone(err):
				r.trouble(f, err)
				r.care(f)
				return
			case f.folder != nil && r.reused(f, place{f.folder, f.base}):
				f.freed = true
				r.displace(p, f)
			}
			p.vanished = true
			return
		}
		r.fds.add(f, fd)
	}
	f.well()
	sure := r.sure()
	head := r.scratch[:headLen]
	n := 0
	i, err := r.disk.Fstat(fd) // what was seen of it before may have been truncated since
	if err == nil {
		err = r.sizeUp(f, fd, i.Size, p.now) // first: what is below its size is filled
	}
	if err == nil {
		n, err = r.disk.PreadSmall(fd, head, 0)
	}
	if err != nil {
		r.trouble(f, err)
		r.care(f)
		return
	}
	if int64(n) < min(f.size, headLen) && int64(n) < i.Size { // truncated since: what was there is looked for, and what is there now met anew
		if f.folder != nil && !f.displaced {
			r.ask(gap{place{f.folder, f.base}, f.mtime})
		}
		f.size = 0
		f.written()
		r.doubt(f)
		return
	}
	f.mtime = i.Mtime
	head = head[:min(int64(n), f.size)]
	if f.fingerLen > 0 && !headMatches(f.finger, f.fingerLen, head) {
		r.wasAnother(f)
	}
	if g, ok := r.owed[f]; ok && packed(head) != "" { // it was met before anything was in it
		g.live.d.dirty = true
		r.ask(g)
		r.end(p, f, "")
		p.vanished = true
		return
	}
	if f.folder != nil && packed(head) != "" {
		r.tell(f.folder, f.base, "a compressed file that continues nothing that was followed")
		if i, err := r.disk.Fstat(fd); err == nil {
			r.passed[f.Inode] = stampOf(i)
		}
		r.end(p, f, "")
		return
	}
	first := firstLine(head, f.final)
	if first == nil {
		r.isHalf(f, head, i.Mtime)
		if r.storePlaceholder(f); r.twinOfBeginning(p, f, head) {
			return
		}
		if f.size == 0 || r.disk.FlushesOn(f.Dev) {
			r.fds.close(f)
		}
		return
	}
	f.birth = r.disk.Birth(fd)
	if f.epoch != 0 {
		f.own().epoch = 0
	}
	durable := false
	if o := f.former; o != nil && (o.inPlace || f.birth == 0 || f.birth == o.birth || o.birth == 0 && f.birth <= o.mtime+1e9) {
		f.own().epoch, durable = o.epoch+1, true
	}
	f.finger, f.fingerLen = firstFinger(head, first)
	f.turned = i.Mtime
	if r.isPacked(f, plain(fd, i, head)) {
		r.isAllKnown(f)
		return
	}
	r.copiesOf(p, f, first)
	if r.twinOf(p, f, first) {
		r.storePlaceholder(f)
		return
	}
	if !sure() {
		r.trouble(f, r.disk.Why)
		r.care(f)
		return
	}
	f.turned = 0
	r.tellMark(f, head)
	id := streamID(r.env.AgentID, f.Inode, f.birth, first, f.epoch)
	if f.skips {
		if err := r.skipAhead(f, fd); err != nil {
			r.trouble(f, err)
			return
		}
		if n := min(int64(len(head)), f.read); n > 0 {
			f.finger, f.fingerLen = sum(head[:n]), uint16(n)
		}
		f.skips, f.own().skipTo = false, 0
		r.tidy(f)
		r.fds.close(f)
	}
	r.register(f, id, first, durable)
}

// skipAhead puts the cursor of a file whose content is not to be read at the
// beginning of its last line: a half line's other half comes with it.
func (r *Reader) skipAhead(f *file, fd int) error {
	set := r.cut.Charset()
	unit := int64(set.Unit())
	end := min(f.skipTo, f.size) &^ (unit - 1)
	from := max(0, end-int64(r.cut.MaxLine())) &^ 1
	start := from
	if from > 0 {
		start = end // within an overlong line
	}
	buf := make([]byte, min(64<<10, end-from))
	for to := end; to > from; {
		at := max(from, to-int64(len(buf)))
		n, err := r.disk.PreadFull(fd, buf[:to-at], at)
		if err != nil {
			return err
		}
		if i := set.LastNewline(buf[:n]); i >= 0 {
			start = at + int64(i) + unit
			break
		}
		to = at
	}
	n := int(min(start, anchorLen))
	var b [anchorLen]byte
	if _, err := r.disk.PreadSmall(fd, b[:n], start-int64(n)); err != nil {
		return err
	}
	f.read, f.deliv, f.skipped = start, start, start
	f.anchorAt(anchorOf(b[:n], start))
	if f.mtime != 0 && start == f.size {
		f.turned = f.mtime
	}
	return nil
}

// register tells the registry of a new stream, and has it read after that.
func (r *Reader) register(f *file, id record.StreamID, first []byte, durable bool) {
	name := f.name()
	path := name
	if path == "" && f.last != nil {
		path = f.last.join(f.lastBase)
	}
	if g, ok := r.owed[f]; ok && (f.folder == nil || !f.folder.wants(f.base, r.excl)) {
		path = g.live.d.join(g.live.name) // what its lines were written under
	}
	f.becomes(record.Stream{ID: id, Path: path, Origin: r.env.Origin})
	f.shareName()
	delete(r.owed, f)
	delete(r.halves, f)
	r.linkHead(f, sum(first))
	f.saw(f.size, f.deliv, r.clock.mono())
	if since := r.unsure(f); since != 0 {
		r.mark(f, since)
	}
	cp := f.checkpoint()
	f.pub = f.told(&cp.Known)
	r.log.Debug("found: a new stream", "path", path, "stream", id, "inode", f.Ino, "size", f.size, "epoch", f.epoch)
	r.postpone(func() {
		if f.forgotten {
			return // dissolved in the look that it was found in
		}
		// Durably where the id of a former content could be taken for this one's
		// after a power cut.
		if err := r.reg.Register(cp, durable); err != nil {
			r.log.Warn("cannot store a new stream; reading on", "path", path, "stream", id, "error", err)
		}
		r.mu.Lock()
		f.enrolled = true
		r.newborn = append(r.newborn, f)
		r.unlock()
	})
	r.unplace(f)
}
