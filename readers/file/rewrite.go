package file

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"logskiff/readers/file/disk"
)

// copyWait is how long before its last change a file may have been copied to a name like its own, and be truncated only now.
const copyWait = time.Minute

// rewritten deals with a file whose content is not the one that was read: it
// was truncated, or written anew. The stream goes on in the copy that
// copytruncate left, if there is one, and the file begins another stream.
func (r *Reader) rewritten(p *pass, f *file, i disk.Info) {
	if f.folder != nil && !f.folder.wants(f.base, r.excl) && !r.rotated(f, f.base) {
		// Its inode was given to a file that has nothing to do with it.
		r.detach(f)
		f.own().lastBase = filepath.Base(f.stream.Path)
	}
	x, at, since := f.Inode, place{f.folder, f.base}, f.mtime
	fd := r.fds.drop(f)
	r.unput(f)
	var nf *file
	if at.d == nil {
		if fd >= 0 {
			r.disk.CloseFD(fd) // it has no name, and its content is gone
		}
	} else {
		nf = r.newFile(x, i.Size, i.Mtime)
		nf.grown = p.now
		nf.own().former = &former{epoch: f.epoch, birth: f.birth, mtime: f.mtime, inPlace: true}
		if j, born, err := r.disk.StatBorn(at.d.join(at.name)); err == nil && j.Inode == x {
			nf.birth = born
		}
		aside := !at.d.wants(at.name, r.excl) || f.displaced && r.rotated(f, at.name)
		r.detach(f) // a link that had its name may have led elsewhere
		r.put(nf, x)
		r.attach(nf, at, r.disk.IsLink(at.d.join(at.name)))
		if aside {
			nf.displaced = true
			r.care(nf)
		}
		if live, ok := r.live(f); ok && live != at {
			r.owe(nf, gap{live, since})
		}
		if fd >= 0 {
			r.fds.add(nf, fd)
		}
		r.log.Info("truncated: a file was truncated or written anew; reading it from the beginning", "path", f.stream.Path, "stream", f.stream.ID, "offset", f.read, "size", i.Size)
	}
	sure := r.sure()
	if r.takeOver(p, f) {
		if nf != nil {
			r.goesAfter(nf, f)
		}
	} else if !sure() {
		r.put(f, unpacked(x)) // what has its inode is not it any more
		r.unfound(p, f)
	} else {
		r.end(p, f, "truncated or written anew")
	}
	r.unseen(f, since) // copies of contents that came and went meanwhile
	switch {
	case nf == nil:
	case r.byIno != nil: // a start: what it may be a copy of is not found yet
		p.unnamed = append(p.unnamed, nf)
	default:
		r.identify(p, nf)
	}
}

// takeOver lets f go on in the copy of its content, and reports whether one was
// found that holds all that was read, and perhaps more. A copy may be compressed and
// deleted while it is looked for; then it looks again.
func (r *Reader) takeOver(p *pass, f *file) bool {
	if f.fingerLen == 0 {
		return false
	}
	for range 5 {
		if r.takeOverNow(p, f) {
			return true
		}
		if !r.refresh(p, f) {
			break
		}
	}
	return false
}

// refresh lists again where copies of f can be, and tells whether anything is new.
func (r *Reader) refresh(p *pass, f *file) (changed bool) {
	for _, dir := range r.homes(f) {
		delete(p.below, dir)
	}
	for _, dir := range slices.Concat(r.homes(f), r.belowHomes(p, f)) {
		was := p.index[dir]
		delete(p.index, dir)
		changed = !slices.Equal(was, r.contents(p, dir)) || changed
	}
	return changed
}

func (r *Reader) takeOverNow(p *pass, f *file) bool {
	known := f.size
	for _, c := range r.copies(p, f) {
		g := r.files[c.Inode]
		if g == f {
			g = nil // its inode was used again, perhaps for the copy
		}
		switch {
		case g != nil && !g.retired && g.held == 0 && g.stream != nil && !g.busy && g.isAnother(c.born):
			if !r.moves(p, g, &c) {
				continue
			}
			g = r.files[c.Inode]
		case g != nil && !g.retired && g.held == 0 && g.stream != nil && (g.busy || g.read > g.skipped):
			if g.busy || !r.replaced(p, g, &c) {
				continue // a stream of its own
			}
			g = r.files[c.Inode] // what is there now is new too
		case g != nil && g.busy:
			continue
		}
		fd, i, err := openFound(&r.disk, c.dir, &c.found)
		if err != nil {
			continue
		}
		if g != nil && g.retired {
			if g.stream != nil && r.readsAs(fd, i, g) {
				r.disk.CloseFD(fd)
				continue // it is known what this is
			}
			g = nil // its inode was used again
		}
		var head [headLen]byte
		n, _ := r.disk.PreadSmall(fd, head[:], 0)
		held := g != nil && g.held != 0 && g.twin == f
		is := plain(fd, i, head[:n])
		if held && g.heldAs == i.Size {
			is.twin = f
		}
		switch kind := packed(head[:n]); {
		case kind == "other" || kind != "" && g != nil && g.stream != nil:
			r.disk.CloseFD(fd)
			continue
		case kind != "":
			if r.goOnIn(p, f, fd, i, c.path(), kind) {
				if g != nil {
					r.dissolve(g)
				}
				r.dissolveCopies(f)
				return true
			}
			continue
		case r.fits(is, f) == same || r.begins(f, head[:n]) && readsAsShort(i, f, head[:n]):
			if g != nil {
				r.dissolve(g)
			}
			f.shorten(head[:n])
			if f.short > 0 {
				f.own().short = 0
			}
			f.birth = r.disk.Birth(fd)
			f.size, f.mtime, f.grown, f.tried = i.Size, i.Mtime, p.now, -1
			r.put(f, i.Inode)
			r.fds.add(f, fd)
			r.lose(f, known-i.Size, "written between copy and truncation")
			r.log.Info("resumed: reading on in the copy of a truncated file", "path", f.stream.Path, "copy", c.path(), "stream", f.stream.ID, "offset", f.read)
			r.dissolveCopies(f)
			r.renamed(p, f, place{r.enter(c.dir, nil), c.name})
			return true
		case i.Size < f.read && (r.fits(is, f) == shorter || r.begins(f, head[:n]) && (held || r.rotated(f, c.name))):
			// All of the copy was read in the original, which cannot be asked any more: its name and its time say so.
			f.birth = r.disk.Birth(fd)
			r.disk.CloseFD(fd)
			if g != nil {
				r.dissolve(g)
			}
			r.lose(f, known-f.read, "written between copy and truncation")
			f.shorten(head[:n])
			f.own().short, f.size, f.mtime, f.grown = i.Size, f.read, i.Mtime, p.now
			r.put(f, i.Inode)
			r.renamed(p, f, place{r.enter(c.dir, nil), c.name})
			return true
		}
		r.disk.CloseFD(fd)
	}
	return false
}

// readsAsShort tells whether a copy that begins like f and has less than the fingerprint covers, which was taken when the original had
// grown, holds what was read of it.
func readsAsShort(i disk.Info, f *file, head []byte) bool {
	return i.Size == int64(len(head)) && len(head) < int(f.fingerLen) && i.Size >= f.read &&
		(f.read == 0 || f.anchorLen > 0) && anchorMatches(f.anchor(), head[:f.read])
}

// replaced finds out whether g's content is gone from its inode, which is c's
// now, and deals with it: a deleted file's inode is often the next one's that is
// created.
func (r *Reader) replaced(p *pass, g *file, c *candidate) bool {
	if g.arch != nil || g.spool != "" || g.short > 0 {
		return false
	}
	fd, i, err := openFound(&r.disk, c.dir, &c.found)
	if err != nil {
		return false
	}
	same := r.readsAs(fd, i, g)
	r.disk.CloseFD(fd)
	if same {
		return false
	}
	r.rewritten(p, g, i)
	if d := r.folders[c.dir]; d != nil && r.files[c.Inode] == nil {
		d.dirty = true // what is there was met as g in this look
	}
	return true
}

// moves deals with a file whose inode is c's now, once in a look: it looks for its content, perhaps where the one looks that asks.
func (r *Reader) moves(p *pass, g *file, c *candidate) bool {
	if p.moving[g] {
		return false
	}
	if p.moving == nil {
		p.moving = map[*file]bool{}
	}
	p.moving[g] = true
	return r.vacated(p, g, c)
}

// candidate is a file that may hold what f held.
type candidate struct {
	found
	dir  string
	like bool // it is named as a rotation of f
}

func (c *candidate) path() string { return c.dir + "/" + c.name }

// copies returns what may be a copy of f, the likeliest first.
func (r *Reader) copies(p *pass, f *file) []candidate {
	var all []candidate
	from := r.clock.since(f.mtime)
	if r.clock.ahead(from) {
		from = r.clock.remembered()
	}
	bases := r.bases(f)
	for _, dir := range slices.Concat(r.homes(f), r.belowHomes(p, f)) {
		_, below := p.quiet[dir]
		for _, x := range r.contents(p, dir) {
			g := r.files[x.Inode]
			twin := g != nil && g.twin == f
			like := twin || slices.ContainsFunc(bases, func(base string) bool { return strings.HasPrefix(x.name, stem(base)) })
			before := int64(2 * time.Second)
			if like {
				before = int64(copyWait)
			}
			if x.Size == 0 || !twin && x.Mtime < from-before || below && !namedAlike(bases, x.name) {
				continue
			}
			c := candidate{found: x, dir: dir, like: like}
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.like == b.like:
			return int(min(max(b.Mtime-a.Mtime, -1), 1))
		case a.like:
			return -1
		}
		return 1
	})
	return all
}

// dissolveCopies drops the copies of f that were held back and have no name any
// more: f itself has found where to go on.
func (r *Reader) dissolveCopies(f *file) {
	for g := range r.held {
		if g.twin == f && g.folder == nil && !g.busy && !g.ended {
			r.dissolve(g)
		}
	}
}

// dissolve drops a file of which nothing was handed out: its bytes are another
// stream's.
func (r *Reader) dissolve(g *file) {
	g.ended, g.retired, g.own().held = true, true, 0
	delete(r.held, g)
	delete(r.halves, g)
	delete(r.owed, g)
	r.fds.close(g)
	r.detach(g)
	r.unlinkHead(g)
	r.letGo(g)
	r.unplace(g)
	r.unput(g)
	if g.stream != nil {
		r.mark(g, 0)
		delete(r.streams, g.stream)
		if id := g.stream.ID; g.enrolled {
			r.postpone(func() { r.reg.Forget(id) })
		}
		g.forgotten, g.enrolled, g.registered = true, false, false
	}
}

// stem is a log's name up to its first dot or dash after the first character.
func stem(name string) string {
	if i := strings.IndexAny(name[min(1, len(name)):], ".-"); i >= 0 {
		return name[:i+1]
	}
	return name
}
