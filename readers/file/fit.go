package file

import "logskiff/readers/file/disk"

// What a content is: how it reads, beside what was read of each stream. This is asked of a content that is met, plain or packed, by a
// look and by a start alike, and answered here alone. What a content is compared with by others is no stream but a file
// as it lies there now: of two files of which neither is read it is not known which is the copy (see twin.go, sameBlocks).

// fit is how a content fits a stream.
type fit uint8

const (
	other   fit = iota // it reads otherwise, or cannot be compared any more
	same               // it reads as the stream did before its cursor, and holds at least that
	shorter            // it is a part of what was read
	notYet             // the stream's own file is to be looked at first
)

// reading is what can be read of a file that is met.
type reading struct {
	fd   int
	at   disk.Info
	arch *archive // fd is read through this, or nil
	size int64    // of what can be read, unpacked
	head []byte   // its first KiB, or all of it
	twin *file    // that it was compared with when it still had what was read of it, or nil
}

// plain returns what lies in the file behind fd, which begins with head.
func plain(fd int, i disk.Info, head []byte) *reading {
	return &reading{fd: fd, at: i, size: i.Size, head: head}
}

// fits tells how c fits g. What c was compared with decides without being asked again: it may be gone.
func (r *Reader) fits(c *reading, g *file) fit {
	switch {
	case c.twin == g && c.size < g.read:
		return shorter
	case c.twin == g:
		return same
	case g.fingerLen > 0 && !r.begins(g, c.head):
		return other
	case r.reads(c, g):
		return same
	case r.isShort(c, g) || r.isPart(c, g):
		return shorter
	case !g.retired && (g.busy || g.suspect):
		return notYet
	}
	return other
}

// reads tells whether c reads as g did before its cursor. What was counted as lost of g was never read, so where a copy without it is
// left, more than that copy proves nothing.
func (r *Reader) reads(c *reading, g *file) bool {
	switch {
	case g.short > 0 && g.anchorLen == 0:
		return false
	case c.arch != nil:
		n, ok := r.scanArchive(c.arch, g)
		return ok && n >= g.read
	}
	return r.readsAs(c.fd, c.at, g)
}

// isShort tells whether c is the copy that is all there is of g, or another copy of that: one from which g was read on, and of which
// more was counted as lost, or one that ends within what was read.
func (r *Reader) isShort(c *reading, g *file) bool {
	return (g.short > 0 && c.size == g.short || g.arch != nil && c.size == g.arch.size) && r.begins(g, c.head)
}

// isPart tells whether c ends before g's cursor and reads like g's file there: a copy from before g was read that far. Another log
// can begin alike, so what cannot be compared any more is none; where g's own file does not hold it any more, g is to
// be looked at first.
func (r *Reader) isPart(c *reading, g *file) bool {
	if c.size >= g.read || g.arch != nil || g.spool != "" {
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
	n := int(min(c.size, int64(len(x))))
	i, err1 := r.readAt(c, x[:n], c.size-int64(n))
	j, err2 := r.disk.PreadFull(fd, y[:n], c.size-int64(n))
	if err1 == nil && err2 == nil && i == n && j == n && x == y {
		return true
	}
	if now, err := r.disk.Fstat(fd); err == nil && !g.retired && !g.busy && !r.readsAs(fd, now, g) {
		r.doubt(g)
	}
	return false
}

func (r *Reader) readAt(c *reading, p []byte, off int64) (int, error) {
	if c.arch != nil {
		return c.arch.readAt(p, off)
	}
	return r.disk.PreadFull(c.fd, p, off)
}

// known returns the stream that c belongs to, and whether it holds all of that or a part; other: to none, notYet: perhaps to one that is to be looked
// at first.
func (r *Reader) known(c *reading) (g *file, how fit) {
	for _, g := range r.beginLike(c.head) {
		switch is := r.fits(c, g); is {
		case same, shorter:
			return g, is
		case notYet:
			how = notYet
		}
	}
	for f := range r.held { // half a line is no beginning to be found by
		if g := f.twin; (g.busy || g.suspect) && !g.retired && f.fingerLen > 0 && headMatches(f.finger, f.fingerLen, c.head) {
			how = notYet
		}
	}
	return nil, how
}

// comesWith tells whether all of c came with g, or will: g is gone, or read from where it was packed.
func (r *Reader) comesWith(c *reading, g *file) bool {
	switch r.fits(c, g) {
	case shorter:
		return g.retired || g.arch != nil
	case same:
		return g.arch != nil && c.size <= g.arch.size || g.retired && c.size <= g.read
	}
	return false
}

// isStill tells whether the file behind fd is that of a stream that is not followed, or what is left of it.
func (r *Reader) isStill(fd int, i disk.Info, g *file) bool {
	var head [headLen]byte
	n, err := r.disk.PreadSmall(fd, head[:], 0)
	if err != nil {
		return false
	}
	how := r.fits(plain(fd, i, head[:n]), g)
	return how == same || how == shorter
}
