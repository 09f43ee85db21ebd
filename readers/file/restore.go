package file

import (
	"maps"
	"path/filepath"
	"slices"

	"logskiff/readers/file/disk"
	"logskiff/record"
)

// load makes files of the checkpoints, not yet followed.
func (r *Reader) load(p *pass) {
	r.byIno, r.lastSeen, r.gapped = remembered{}, map[string]int64{}, map[string]int64{}
	if r.env.Restore != nil {
		for c := range r.env.Restore {
			if s, own, err := storedOf(&c); own && err == nil { // New has seen that there is no error
				r.loadOne(p, &s)
			}
		}
	}
	r.env.Restore = nil
	if r.clock.ahead(r.lastAlive) {
		r.lastAlive = r.clock.remembered()
	}
	r.knewAll()
	r.byIno.sort()
}

func (r *Reader) loadOne(p *pass, c *stored) {
	r.lastSeen[c.Path] = max(r.lastSeen[c.Path], c.Modified.UnixNano())
	if was, ok := r.gapped[c.Path]; c.Since != 0 && (!ok || c.Since < was) {
		r.gapped[c.Path] = c.Since
	}
	if c.Real != "" {
		r.led(c.Path, []string{c.Real})
	}
	if c.Gone.IsZero() {
		r.lastAlive = max(r.lastAlive, c.Modified.UnixNano())
	}
	if c.FingerLen == 0 && c.Offset == 0 {
		if r.waiting == nil {
			r.waiting = map[uint64]record.StreamID{}
		}
		r.waiting[c.Inode] = c.ID
		return
	}
	if f := r.fromCheckpoint(p, c); f.spool == "" {
		r.byIno.add(f)
	}
}

func (r *Reader) fromCheckpoint(p *pass, c *stored) *file {
	f := r.newFile(disk.Inode{Dev: c.Device, Ino: c.Inode}, max(c.Size, c.Offset), c.Modified.UnixNano())
	f.becomes(record.Stream{ID: c.ID, Path: c.Path, Origin: r.env.Origin})
	f.real = c.Real
	f.finger, f.fingerLen = c.Finger, c.FingerLen
	f.read, f.deliv, f.skipped, f.waiting = c.Offset, c.Offset, c.Skipped, unknownWaits
	f.anchorAt(c.Anchor)
	if c.Epoch != 0 || c.Cut != 0 {
		own := f.own()
		own.epoch, own.cut = c.Epoch, c.Cut
	}
	if c.JoinLen > 0 {
		f.own().lent = &lent{c.Join, c.JoinLen}
		p.lending = append(p.lending, f)
	}
	if c.Since != 0 {
		r.mark(f, c.Since)
	}
	f.enrolled, f.registered, f.retired, f.ended, f.lossy = true, true, true, true, c.Lost > 0
	if c.Name != c.Path { // f.pub is 0: all of it is told once more when it is found
		name := c.Name
		f.own().formerly = &name
	}
	if !c.Gone.IsZero() && c.Offset >= c.Size { // otherwise its rest was not accounted for
		f.own().goneAt = c.Gone.UnixNano()
	}
	if c.Name != c.Path && c.Size < c.Offset {
		f.own().short = c.Size
	}
	if c.Spool != "" {
		r.fromSpool(p, f, c)
	}
	return f
}

// toldName returns the name of a file that is not followed, as the registry was told it last; "": none.
func (f *file) toldName() string {
	switch {
	case f.pub == 0 && f.formerly != nil: // all it is known by is its checkpoint
		return *f.formerly
	case f.pub == 0 && f.stream != nil:
		return f.stream.Path
	case f.folder != nil:
		return f.name()
	case f.last != nil && f.goneAt == 0: // nothing was told since it lost its name
		return f.last.join(f.lastBase)
	}
	return ""
}

// resume finds the files of the checkpoints again, at the first look.
func (r *Reader) resume(p *pass) {
	r.askFor(r.gapped) // before anything is stored of what is found
	slices.SortStableFunc(p.fresh, func(a, b found) int { return int(min(max(a.Mtime-b.Mtime, -1), 1)) })
	fresh := p.fresh
	rest := fresh[:0]
	p.fresh = nil // takes what is found on the way
	for n, x := range fresh {
		r.inPortions(p, n)
		if !r.resumeAt(p, x) {
			rest = append(rest, x)
		}
	}
	var missing []*file
	for _, m := range r.byIno {
		if f := m.file; f.retired && !f.forgotten && f.goneAt == 0 && !f.filed {
			missing = append(missing, f)
		}
	}
	slices.SortFunc(missing, func(a, b *file) int { return int(min(max(a.mtime-b.mtime, -1), 1)) })
	// First those that are found as they were; what is left then was rewritten.
	missing = slices.DeleteFunc(missing, func(f *file) bool { return r.resumeElsewhere(p, f, false) })
	for _, f := range missing {
		r.resumeElsewhere(p, f, true)
	}
	for _, f := range p.unnamed {
		r.identify(p, f)
	}
	p.fresh = append(p.fresh, rest...)
	r.notRegistered(rest)
	r.unseenWhileAway()
	for _, m := range r.byIno {
		if f := m.file; f.retired && !f.forgotten {
			r.putBehind(f)
			r.isGone(f)
		}
	}
	r.byIno = nil
	r.trails = maps.Collect(maps.All(r.trails)) // of most links that are followed the file tells it; a map keeps the room of all it ever had
	r.linkJoined(p.lending)
}

// resumeAt reads on in a file that a checkpoint knows by its inode. Its device
// number may be another after a reboot.
func (r *Reader) resumeAt(p *pass, x found) bool {
	all := r.byIno.of(x.Ino)
	if len(all) == 0 || r.files[x.Inode] != nil || x.d.files[x.name] != nil {
		return false
	}
	fd, i, err := openFound(&r.disk, x.d.path, &x)
	if disk.Gone(err) || err == nil && x.d.files[x.name] != nil {
		if err == nil {
			r.disk.CloseFD(fd)
		}
		return false
	}
	if err != nil {
		// It heals perhaps: follow what the checkpoint says until then.
		f := all[0].file
		if f.goneAt != 0 {
			return false
		}
		r.bring(p, f, x)
		r.trouble(f, err)
		r.care(f)
		return true
	}
	defer r.disk.CloseFD(fd)
	born := r.disk.Birth(fd)
	for _, m := range all {
		f := m.file
		if !f.retired {
			continue
		}
		r.recall(fd, f)
		if r.isStill(fd, i, f) {
			f.birth = born
			r.bring(p, f, x)
			return true
		}
	}
	f := all[0].file
	if f.goneAt != 0 {
		r.remember(f, x.Inode)
		return false
	}
	if born != 0 && born > f.mtime+1e9 {
		return false // another file on the same inode; resumeElsewhere looks for f
	}
	r.becameAnother(p, f, x, i, born)
	return true
}

// becameAnother deals with a remembered file whose inode has another content, at x.
func (r *Reader) becameAnother(p *pass, f *file, x found, i disk.Info, born int64) {
	f.retired, f.ended, f.birth = false, false, born
	r.put(f, x.Inode)
	r.attach(f, x.place, x.link)
	r.rewritten(p, f, i)
}

// remember keeps a former stream in the place of the inode it had.
func (r *Reader) remember(f *file, n disk.Inode) {
	r.unput(f)
	f.Inode = n
	r.putBehind(f)
}

// bring follows a remembered stream again, at x.
func (r *Reader) bring(p *pass, f *file, x found) {
	f.isBack()
	r.put(f, x.Inode)
	f.size, f.mtime = max(x.Size, f.read), x.Mtime
	f.grown = p.now - r.clock.age(x.Mtime)
	if was := f.toldName(); was != "" && was != x.d.join(x.name) {
		dir, base := filepath.Split(was)
		if d := r.folders[filepath.Clean(dir)]; d != nil {
			p.was[place{d, base}] = f
		}
	}
	if f.formerly != nil {
		f.own().formerly = nil
	}
	if f.goneAt != 0 {
		f.own().goneAt = 0
	}
	if f.short > 0 && f.short != x.Size {
		f.own().short = 0 // it is all there
	}
	r.attach(f, x.place, x.link)
	f.shareName()
	r.relink(f)
	f.part = r.partAt(f)
	if x.Size > f.read {
		if fd, i, err := openNow(&r.disk, f); err == nil {
			if f.short > 0 || r.readsAs(fd, i, f) { // truncated since it was compared, it has another's size
				_ = r.sizeUp(f, fd, i.Size, p.now) // its turn will say why
			}
			r.disk.CloseFD(fd)
		}
	}
	f.saw(f.size, f.deliv, p.now)
	if x.Size == f.read {
		f.turned = x.Mtime
	}
	if f.displaced = f.name() != f.stream.Path; f.displaced {
		r.care(f)
	} else {
		delete(r.lastSeen, f.stream.Path) // see unseenWhileAway
	}
	r.publish(f)
	if f.behind() {
		r.keepOpen(f)
		r.push(f)
	}
}

// resumeElsewhere looks for a checkpointed file that has none of the followed
// names any more.
func (r *Reader) resumeElsewhere(p *pass, f *file, last bool) bool {
	for _, dir := range slices.Concat(r.homes(f), r.belowHomes(p, f)) {
		for _, x := range r.contents(p, dir) {
			if x.Ino != f.Ino || r.files[x.Inode] != nil {
				continue
			}
			fd, i, err := openFound(&r.disk, dir, &x)
			if err != nil {
				continue
			}
			r.recall(fd, f)
			ok := r.isStill(fd, i, f)
			born := r.disk.Birth(fd)
			r.disk.CloseFD(fd)
			if last && !ok && (born == 0 || born <= f.mtime+1e9) {
				// Truncated, then renamed: what was written since is read too. Or its inode
				// was given to the log's next file just now.
				x.place = place{r.enter(dir, nil), x.name}
				f.displaced = x.d.join(x.name) != f.stream.Path
				r.becameAnother(p, f, x, i, born)
				return true
			}
			if ok {
				f.birth = born
				x.place = place{r.enter(dir, nil), x.name}
				r.bring(p, f, x)
				return true
			}
		}
	}
	if !last {
		return false
	}
	// Its name is gone: it goes on in a compressed file, in a copy, or not at all.
	f.retired, f.ended = false, false
	if r.takeOver(p, f) {
		return true
	}
	if r.files[f.Inode] == nil && r.mayBeShut(p, f) {
		r.put(f, f.Inode)
		f.displaced = true
		r.care(f)
		return true
	}
	r.end(p, f, "deleted while the agent was stopped")
	return true
}

// unseenWhileAway follows what had the names of the former run's files meanwhile. A
// name under which the same content still stands had no other, but those that
// the former run itself had not found yet.
func (r *Reader) unseenWhileAway() {
	r.askFor(r.lastSeen)
	r.lastSeen = nil
}

// askFor asks who had these names since then. Those that lie in folders which are not known yet are asked for when they are.
func (r *Reader) askFor(names map[string]int64) {
	for path, since := range names {
		dir, base := filepath.Split(path)
		d := r.folders[filepath.Clean(dir)]
		switch was, ok := r.unasked[path]; {
		case d != nil && d.wants(base, r.excl):
			r.ask(gap{place{d, base}, r.sinceAway(d, base, since)})
			delete(r.unasked, path)
		case !ok || since < was:
			if r.unasked == nil {
				r.unasked = map[string]int64{}
			}
			r.unasked[path] = since
		}
	}
}

// askLater does so in a later look, as long as there may be folders that are not known: where all could be looked at there are none.
func (r *Reader) askLater() {
	if len(r.unasked) == 0 {
		return
	}
	if r.askFor(r.unasked); !r.blind() {
		r.unasked = nil
	}
}

// sinceAway returns since when others may have had a name which was changed last at
// since, when a former run saw it. If what has it now is older than what will only be,
// the clock was set back meanwhile.
func (r *Reader) sinceAway(d *folder, base string, since int64) int64 {
	if !r.clock.ahead(since) {
		return since
	}
	if i, err := r.disk.Stat(d.join(base)); err == nil && i.Mtime >= since {
		return since // its file system's clock is ahead of ours
	}
	return r.clock.remembered()
}

// unseen follows what had f's name after f, while nobody looked. f was last changed
// at since when it was last seen there.
func (r *Reader) unseen(f *file, since int64) {
	if live, ok := r.live(f); ok {
		r.ask(gap{live, since})
	}
}

// live returns the followed name that f was found under.
func (r *Reader) live(f *file) (place, bool) {
	dir, base := filepath.Split(f.stream.Path)
	d := r.folders[filepath.Clean(dir)]
	return place{d, base}, d != nil && d.wants(base, r.excl)
}

// revive follows a remembered stream again whose file has come back.
func (r *Reader) revive(p *pass, old *file, x found) *file {
	for old.same != nil && !r.comesBack(old, x) {
		old = old.same
	}
	if !r.comesBack(old, x) {
		return nil
	}
	r.bring(p, old, x)
	return old
}

// comesBack tells whether the content of a remembered stream is at x.
func (r *Reader) comesBack(old *file, x found) bool {
	if old.stream == nil || old.lost != nil || !old.retired || old.Inode != x.Inode || old.forgotten {
		return false
	}
	fd, i, err := openFound(&r.disk, x.d.path, &x)
	if err != nil {
		return false
	}
	defer r.disk.CloseFD(fd)
	r.recall(fd, old)
	return r.isStill(fd, i, old) && (old.birth == 0 || r.disk.Birth(fd) == old.birth)
}

// relink has copies of a file known by its first line again.
func (r *Reader) relink(f *file) {
	if f.linked {
		return
	}
	if f.head == 0 {
		fd, _, err := openNow(&r.disk, f)
		if err != nil {
			return
		}
		defer r.disk.CloseFD(fd)
		r.recall(fd, f)
	}
	if f.head != 0 {
		r.linkHead(f, f.head)
	}
}

// recall reads the first line of a remembered file anew. It comes before the file is
// compared with what is remembered: a moment later it may have been truncated, and what
// it was known by is what tells its copy.
func (r *Reader) recall(fd int, f *file) {
	head := r.scratch[:headLen]
	n, err := r.disk.PreadSmall(fd, head, 0)
	if err != nil || !headMatches(f.finger, f.fingerLen, head[:n]) {
		return
	}
	if first := firstLine(head[:n], true); first != nil {
		f.head = sum(first)
	}
}

// partAt returns how many parts of an overlong line lie before the cursor. They
// are all nearly max long, so the distance to the line's beginning says it;
// within the last 64 MiB, that is.
func (r *Reader) partAt(f *file) uint16 {
	set := r.cut.Charset()
	unit := int64(set.Unit())
	if f.read == 0 || f.read == f.skipped || f.read == f.cut {
		return 0
	}
	fd, _, err := openNow(&r.disk, f)
	if err != nil {
		return 0
	}
	defer r.disk.CloseFD(fd)
	var last [2]byte
	if n, err := r.disk.PreadSmall(fd, last[:unit], f.read-unit); err != nil || int64(n) < unit || set.Newline(last[:n]) == 0 {
		return 0
	}
	buf := make([]byte, 64<<10)
	start := max(0, f.read-64<<20)
	for to := f.read; to > start; {
		at := max(start, to-int64(len(buf)))
		n, err := r.disk.PreadFull(fd, buf[:to-at], at)
		if err != nil {
			return 0
		}
		if i := set.LastNewline(buf[:n]); i >= 0 {
			start = at + int64(i) + unit
			break
		}
		to = at
	}
	most := int64(r.cut.MaxLine())
	return uint16(min((f.read-start+most/2)/most, 1<<16-1))
}
