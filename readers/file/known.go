package file

import (
	"bytes"
	"slices"

	"logskiff/readers/file/disk"
)

// A content that nobody has met under its name may be known all the same: copied,
// compressed, moved from one inode to another. Which stream it belongs to is asked
// here, once for all, before it is given one of its own.

// knows deals with a file that had a followed name while nobody looked, if its
// content is known, or can be read only unpacked. It reports whether it is dealt with.
func (r *Reader) knows(p *pass, x found) bool {
	fd, i, err := openFound(&r.disk, x.d.path, &x)
	if err == disk.ErrHung {
		r.putOff(x)
		return true
	}
	if err != nil {
		p.vanished = p.vanished || disk.Gone(err)
		return disk.Gone(err)
	}
	var head [headLen]byte
	n, err := r.disk.PreadSmall(fd, head[:], 0)
	switch kind := packed(head[:n]); {
	case err != nil:
		r.disk.CloseFD(fd)
		r.putOff(x)
		return true
	case kind == "other":
		r.disk.CloseFD(fd)
		return false
	case kind != "":
		r.unpack(p, x, fd, i, kind)
		return true
	}
	defer r.disk.CloseFD(fd)
	sure := r.sure()
	for _, g := range r.beginLike(head[:n]) {
		if r.holds(fd, i, g) || r.isShort(g, i.Size, head[:n]) || r.isPartOf(g, i.Size, func(p []byte, at int64) (int, error) { return r.disk.PreadFull(fd, p, at) }) {
			r.archives[x.Inode] = stampOf(i)
			r.isLeftOf(g, i.Size, sum(head[:n]), uint16(n))
			r.wakeUp(p, g, i.Size)
			return true
		}
	}
	if !sure() {
		r.putOff(x)
		return true
	}
	return false
}

// isKnown tells the same of a compressed file that unpacks to size bytes.
func (r *Reader) isKnown(p *pass, a *archive, head []byte, size int64) bool {
	for _, g := range r.beginLike(head) {
		if n, ok := r.scanArchive(a, g); ok && (n >= g.read || r.isShort(g, size, head) || r.isPartOf(g, size, a.readAt)) {
			r.isLeftOf(g, size, sum(head), uint16(len(head)))
			r.wakeUp(p, g, size)
			return true
		}
	}
	return false
}

// isShort tells whether a file of size bytes is the copy that is all there is of g, of which more was counted as lost, or
// another copy of that.
func (r *Reader) isShort(g *file, size int64, head []byte) bool {
	return g.short > 0 && size == g.short && r.begins(g, head)
}

// isPacked tells whether what is in the file behind fd, which begins with head, is read, or was, from where it was packed.
func (r *Reader) isPacked(f *file, fd int, i disk.Info, head []byte) bool {
	if !r.isAside(f) {
		return false
	}
	return slices.ContainsFunc(r.beginLike(head), func(g *file) bool {
		return g.arch != nil && (i.Size == g.arch.size && r.begins(g, head) || i.Size < g.arch.size && r.holds(fd, i, g))
	})
}

// mayBeKnown tells whether a stream that begins as head does, or has a copy that does, is about to be looked at: what has been written to its
// file, or was cut off it, is not known before.
func (r *Reader) mayBeKnown(head []byte) bool {
	for f := range r.held {
		if g := f.twin; (g.busy || g.suspect) && !g.retired && f.fingerLen > 0 && headHolds(f.finger, f.fingerLen, head) {
			return true
		}
	}
	return slices.ContainsFunc(r.beginLike(head), func(g *file) bool { return !g.retired && (g.busy || g.suspect) })
}

// isUnpacked deals with files that have no whole line yet, and what they hold is in an archive that begins with head: they will not have one.
func (r *Reader) isUnpacked(head []byte, size int64) {
	aside := slices.Clone(r.tended)
	for g := range r.owed {
		aside = append(aside, g)
	}
	for _, g := range aside {
		if g.stream != nil || g.ended || g.retired || g.busy || g.held != 0 || g.size == 0 || g.size > min(size, headLen) {
			continue
		}
		fd, _, done, err := r.peek(g)
		if err != nil {
			continue
		}
		var b [headLen]byte
		n, err := r.disk.PreadSmall(fd, b[:], 0)
		done()
		if err == nil && n > 0 && n <= len(head) && bytes.Equal(b[:n], head[:n]) {
			r.isAllKnown(g)
		}
	}
}

// isPartOf tells whether a file that begins like g, of size bytes, ends before g's
// cursor and reads like g there: a copy from before g was read that far. Another log
// can begin alike, so what cannot be compared any more counts as one; where g's own file
// does not hold it any more, g is to be looked at first (see mayBeKnown).
func (r *Reader) isPartOf(g *file, size int64, read func(p []byte, at int64) (int, error)) bool {
	if size >= g.read || g.arch != nil || g.spool != "" {
		return false
	}
	fd := int(g.fd)
	if fd < 0 {
		var err error
		if fd, _, err = openNow(&r.disk, g); err != nil {
			return false
		}
		defer r.disk.CloseFD(fd)
	}
	var x, y [4096]byte
	n := int(min(size, int64(len(x))))
	i, err1 := read(x[:n], size-int64(n))
	j, err2 := r.disk.PreadFull(fd, y[:n], size-int64(n))
	if err1 == nil && err2 == nil && i == n && j == n && x == y {
		return true
	}
	if now, err := r.disk.Fstat(fd); err == nil && !g.retired && !g.busy && !r.holds(fd, now, g) {
		r.doubt(g)
	}
	return false
}

// wakeUp has a stream that has ended go on in a copy that holds more of it.
func (r *Reader) wakeUp(p *pass, g *file, size int64) {
	if g.retired && size > g.read {
		r.goOnInCopy(p, g)
	}
}

// beginLike returns the streams that are or were followed and begin as head does.
func (r *Reader) beginLike(head []byte) []*file {
	sums := map[uint16]uint64{} // of the first bytes, by their number
	var like []*file
	consider := func(g *file) {
		if g.stream == nil || g.fingerLen == 0 {
			return
		}
		if int(g.fingerLen) > len(head) {
			if r.begins(g, head) && !slices.Contains(like, g) {
				like = append(like, g)
			}
			return
		}
		if _, ok := sums[g.fingerLen]; !ok {
			sums[g.fingerLen] = sum(head[:g.fingerLen])
		}
		if sums[g.fingerLen] == g.finger && !slices.Contains(like, g) {
			like = append(like, g)
		}
	}
	for _, f := range r.files {
		for g := f; g != nil; g = g.same {
			consider(g)
		}
	}
	for _, g := range r.gone { // also what was truncated since
		consider(g)
	}
	return like
}
