package file

import (
	"bytes"
	"cmp"
	"time"

	"logskiff/readers/file/disk"
)

// heldFor is how long a file that reads like another one must be quiet before
// it counts as a file of its own, and not as a copy that is being made.
const heldFor = 10 * time.Second

// linkHead finds f by the sum of its first line from now on.
func (r *Reader) linkHead(f *file, first uint64) {
	f.head = first
	f.nextHead = r.heads[f.head]
	r.heads[f.head] = f
	f.linked = true
}

func (r *Reader) unlinkHead(f *file) {
	if !f.linked {
		return
	}
	f.linked = false
	if r.heads[f.head] == f {
		if f.nextHead == nil {
			delete(r.heads, f.head)
		} else {
			r.heads[f.head] = f.nextHead
		}
	} else {
		for g := r.heads[f.head]; g != nil; g = g.nextHead {
			if g.nextHead == f {
				g.nextHead = f.nextHead
				break
			}
		}
	}
	f.nextHead = nil
}

// twinOf tells whether f may be a copy, perhaps a half one, of a file that is
// followed: of copytruncate, when the truncation is still to come. It is held
// back until that is known.
func (r *Reader) twinOf(p *pass, f *file, first []byte) bool {
	if f.alone {
		return false
	}
	if p.first && r.clock.age(f.mtime) >= int64(heldFor) {
		return false // nobody is copying it
	}
	n := 0
	for g := r.heads[sum(first)]; g != nil && n < 64; g = g.nextHead {
		n++
		if g == f || g.retired || g.Dev != f.Dev && r.isAway(g) || !r.mayCopy(f, g) {
			continue
		}
		r.holdBack(p, f, g)
		return true
	}
	return false
}

// copiesOf has what was taken for a log of its own in this look, and holds less of the same, met again: when it is a copy of f
// that is older than what was written to f last, it came first. So has what holds as much, where f has a name that is written to.
func (r *Reader) copiesOf(p *pass, f *file, first []byte) {
	if f.alone || p.first && r.clock.age(f.mtime) >= int64(heldFor) {
		return
	}
	r.holdHalves(p, f)
	n := 0
	for g := r.heads[sum(first)]; g != nil && n < 64; n++ {
		next := g.nextHead
		if g != f && g.stream != nil && !g.registered && !g.retired && !g.busy && g.folder != nil && g.read == 0 &&
			(g.size < f.size || g.size == f.size && f.base != g.base && rotationOf(f.base, g.base)) && r.sameBlocks(g, f) {
			if i, born, err := r.disk.StatBorn(g.name()); err == nil && i.Inode == g.Inode {
				x := found{place: place{g.folder, g.base}, Info: i, born: born}
				if o, ok := r.owed[g]; ok {
					x.gap = &o
				}
				r.dissolve(g)
				p.fresh = append(p.fresh, x)
			}
		}
		g = next
	}
}

// isAside tells whether f is not what a followed name is written to, but what was rotated, or a copy.
func (r *Reader) isAside(f *file) bool {
	_, owed := r.owed[f]
	return owed || f.displaced || f.folder == nil
}

// holdBack has f wait until it is known whether it is a copy of g.
func (r *Reader) holdBack(p *pass, f, g *file) {
	own := f.own()
	own.twin, own.held, own.heldSize = g, p.now, f.size
	r.held[f] = struct{}{}
	r.care(f)
	r.log.Info("waiting: a new file reads like another, and may be a copy of it", "path", f.name(), "like", g.name())
}

// wasRead tells whether all that is in f, which was held back, came with its twin: that is gone, or is read from where it was packed.
func (r *Reader) wasRead(f *file) bool {
	g := f.twin
	return g.stream != nil && !g.forgotten && f.heldAs != 0 && f.heldAs == f.size && r.comesWith(&reading{size: f.size, twin: g}, g)
}

// isAllKnown lets go of a file of which nothing was handed out, and all is known: it is met again only when it changes.
func (r *Reader) isAllKnown(f *file) {
	if i, ok := r.infoNow(f); ok {
		r.archives[f.Inode] = stampOf(i)
	}
	r.dissolve(f)
}

// checkHeld lets a file go that is not a copy.
func (r *Reader) checkHeld(p *pass, f *file) {
	g := f.twin
	sure := r.sure()
	if i, err := r.disk.Stat(f.name()); err == nil && i.Inode == f.Inode && (i.Size != f.size || i.Mtime != f.mtime) {
		f.size, f.mtime, f.grown = i.Size, i.Mtime, p.now
	}
	same := !g.retired && g.Inode != f.Inode && (g.Dev == f.Dev || !r.isAway(g))
	if same && f.size != f.heldSize {
		f.own().heldSize = f.size
		same = r.mayCopy(f, g)
	}
	if r.wasRead(f) {
		r.isAllKnown(f)
		return
	}
	if same && p.now-f.grown < int64(heldFor) {
		return
	}
	if !g.retired && g.folder != nil && !g.busy && (g.Dev == f.Dev || !r.isAway(g)) {
		if i, err := r.disk.Stat(g.name()); err == nil && i.Inode == g.Inode && i.Size < g.size {
			r.doubt(g) // it was truncated: first it looks for its copy
			return
		}
	}
	if g.retired && r.goOnInCopy(p, g) || !sure() {
		return
	}
	own := f.own()
	own.held, own.twin = 0, nil
	delete(r.held, f)
	f.alone = p.now-f.grown >= int64(heldFor) // else it may be a copy of another
	r.identify(p, f)
}

// goOnInCopy has a stream that ended go on in a copy of its content, so that this
// is not read as another one.
func (r *Reader) goOnInCopy(p *pass, g *file) bool {
	if g.stream == nil || g.forgotten || g.lost != nil || g.read > 0 && g.anchorLen == 0 {
		return false
	}
	ending := g.ending
	g.isBack()
	if !r.takeOver(p, g) {
		g.retired, g.ended, g.ending = true, true, ending
		return false
	}
	if g.folder != nil {
		r.relink(g)
	}
	return true
}

// mayCopy tells whether f reads like a copy of g, perhaps a half one: of what is
// in g now, or of what was there until a truncation that nobody has dealt with yet.
func (r *Reader) mayCopy(f, g *file) bool {
	return r.sameBlocks(f, g) || r.copiesFormer(f, g)
}

// copiesFormer tells whether f begins as g did, and g does not hold any more what
// was read from it. g is then looked at before f is decided on.
func (r *Reader) copiesFormer(f, g *file) bool {
	if g.stream == nil || g.fingerLen == 0 || g.arch != nil || g.spool != "" || g.short > 0 {
		return false
	}
	a, ai, done, err := r.peek(f)
	if err != nil {
		return false
	}
	defer done()
	if !r.begunOn(g, a) {
		return false
	}
	if g.folder == nil { // its name is gone: f may be what is left of it
		return ai.Size < g.read || r.readsAs(a, ai, g)
	}
	b, bi, err := openNow(&r.disk, g)
	if err == nil {
		defer r.disk.CloseFD(b)
		if bi.Size >= g.size && r.readsAs(b, bi, g) {
			return false
		}
	}
	r.doubt(g)
	if f.stream == nil && r.rotated(g, cmp.Or(f.base, f.lastBase)) {
		f.own().heldAs = ai.Size // as takeOver would decide, if it found f
	}
	return true
}

// peek lends a descriptor of f to compare it by, also when it has no name any more. done gives it back.
func (r *Reader) peek(f *file) (fd int, i disk.Info, done func(), err error) {
	if f.fd >= 0 {
		i, err = r.disk.Fstat(int(f.fd))
		return int(f.fd), i, func() {}, err
	}
	fd, i, err = openNow(&r.disk, f)
	return fd, i, func() { r.disk.CloseFD(fd) }, err
}

// sameBlocks compares the first and last 4 KiB of f with g.
func (r *Reader) sameBlocks(f, g *file) bool {
	a, ai, done, err := r.peek(f)
	if err != nil {
		return false
	}
	defer done()
	b, bi, done, err := r.peek(g)
	if err != nil {
		return false
	}
	defer done()
	if bi.Size < ai.Size {
		return false
	}
	var x, y [4096]byte
	n := int(min(ai.Size, int64(len(x))))
	for _, off := range []int64{0, ai.Size - int64(n)} {
		i, err1 := r.disk.PreadFull(a, x[:n], off)
		j, err2 := r.disk.PreadFull(b, y[:n], off)
		if err1 != nil || err2 != nil || i != n || j != n || !bytes.Equal(x[:n], y[:n]) {
			return false
		}
	}
	if f.stream == nil && (g.stream == nil || r.readsAs(b, bi, g)) { // else what g was is not what lies there now
		f.own().heldAs = ai.Size
	}
	return true
}
