package file

import (
	"bytes"
	"path/filepath"
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
	if g, how := r.known(plain(fd, i, head[:n])); g != nil {
		r.archives[x.Inode] = stampOf(i)
		r.isKnown(p, g, how, i.Size, head[:n])
		return true
	}
	if !sure() {
		r.putOff(x)
		return true
	}
	return false
}

// isKnown notes of g that all that was found, of size bytes, is its. A stream that has ended goes on in a copy that holds more of it.
func (r *Reader) isKnown(p *pass, g *file, how fit, size int64, head []byte) {
	if how == shorter {
		r.isLeftOf(g, size, sum(head), uint16(len(head)))
	}
	if g.retired && size > g.read {
		r.goOnInCopy(p, g)
	}
}

// isPacked tells whether what is in f, as c, is read, or was, from where it was packed. A log of its own under a name that is written to can read alike.
func (r *Reader) isPacked(f *file, c *reading) bool {
	aside := r.isAside(f)
	for g := range r.packed { // this is asked of each file that is new
		if g.forgotten {
			delete(r.packed, g)
			continue
		}
		if g.stream != nil && g.fingerLen > 0 && r.begins(g, c.head) &&
			(aside || f.base != filepath.Base(g.stream.Path) && r.rotated(g, f.base)) && r.comesWith(c, g) {
			return true
		}
	}
	return false
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

// beginLike returns the streams that are or were followed and begin as head does.
func (r *Reader) beginLike(head []byte) []*file {
	sums := map[uint16]uint64{} // of the first bytes, by their number
	var like []*file
	for g := range r.ever() {
		if g.stream == nil || g.fingerLen == 0 {
			continue
		}
		begins := false
		if n := g.fingerLen; int(n) > len(head) {
			begins = r.begins(g, head)
		} else {
			if _, ok := sums[n]; !ok {
				sums[n] = sum(head[:n])
			}
			begins = sums[n] == g.finger
		}
		if begins && !slices.Contains(like, g) {
			like = append(like, g)
		}
	}
	return like
}
