package file

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// unpackWait is how long a compressed file that ends too early may still be
// being written.
const unpackWait = time.Minute

// unpack follows a compressed file whose content came, was rotated and was
// compressed while nobody looked: it is read, decompressed, from its beginning. It
// reports whether x is dealt with; what is not compressed is not.
func (r *Reader) unpack(p *pass, x found) bool {
	fd, i, err := openFound(x.d.path, &x)
	if err != nil {
		return gone(err)
	}
	path := x.d.join(x.name)
	var magic [16]byte
	n, _ := preadFull(fd, magic[:], 0)
	born := birth(fd)
	unix.Close(fd)
	kind := packed(magic[:n])
	if kind == "" || kind == "other" {
		return false
	}
	a := &archive{path: path, kind: kind}
	head, size, err := r.measure(a)
	switch {
	case err != nil && p.now-i.mtime < int64(unpackWait):
		a.close()
		r.unpacking = append(r.unpacking, x) // its writer may not have finished
		x.d.dirty = true
		return true
	case err != nil:
		a.close()
		r.log.Warn("cannot read a compressed log that came while nobody looked", "path", path, "error", err)
		r.archives[x.inode] = stampOf(i)
		return true
	case size == 0 || r.knows(a, head):
		a.close()
		r.archives[x.inode] = stampOf(i)
		return true
	}
	f := &file{
		// Not the inode of the packed bytes: whoever looks for those must not find the
		// unpacked ones. After a restart it is found by its fingerprint.
		inode: inode{dev: x.dev, ino: ^x.ino}, fd: -1, skipTo: -1, tried: -1,
		size: size, mtime: i.mtime, grown: p.now, birth: born, last: x.d, lastBase: x.name,
		finger: sum(head), fingerLen: uint16(len(head)),
	}
	a.size, a.dec = size, nil
	f.displaced, f.arch = true, a
	first := firstLine(head, true)
	f.id = streamID(r.env.AgentID, x.inode, born, first, 0)
	r.archives[x.inode] = stampOf(i)
	r.files[f.inode] = f
	r.care(f)
	r.log.Info("reading a compressed log that came while nobody looked", "path", path, "bytes", size)
	r.register(f, first, false)
	return true
}

// measure decompresses a file once, without the lock.
func (r *Reader) measure(a *archive) (head []byte, size int64, err error) {
	r.mu.Unlock()
	defer r.mu.Lock()
	if err := a.open(); err != nil {
		return nil, 0, err
	}
	head = make([]byte, headLen)
	n, err := io.ReadFull(a.dec, head)
	if err == io.EOF || err == io.ErrUnexpectedEOF && n < headLen {
		return head[:n], int64(n), a.ended()
	}
	if err != nil {
		return nil, 0, err
	}
	rest, err := io.Copy(io.Discard, a.dec)
	return head, int64(n) + rest, err
}

// ended tells a stream that is whole from one that is cut off: io.ReadFull calls
// both an unexpected end.
func (a *archive) ended() error {
	if err := a.open(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, a.dec)
	return err
}

// knows tells whether a compressed file holds what was followed already: its
// beginning and what stands before the cursor are the same.
func (r *Reader) knows(a *archive, head []byte) bool {
	for _, g := range r.beginLike(head) {
		if _, ok := r.scanArchive(a, g); ok {
			return true
		}
	}
	return false
}

// wasRead tells whether a name that nobody has met holds a content that was read
// to its end under another one: a copy whose original is gone.
func (r *Reader) wasRead(x found) bool {
	fd, i, err := openFound(x.d.path, &x)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var head [headLen]byte
	n, err := preadFull(fd, head[:], 0)
	if err != nil {
		return false
	}
	for _, g := range r.beginLike(head[:n]) {
		if (g.retired || g.ended || g.folder == nil) && i.size == g.read && r.holds(fd, i, g) {
			r.archives[x.inode] = stampOf(i)
			return true
		}
	}
	return false
}

// beginLike returns the streams that are or were followed and begin as head does.
func (r *Reader) beginLike(head []byte) []*file {
	sums := map[uint16]uint64{} // of the first bytes, by their number
	var like []*file
	consider := func(g *file) {
		if g.stream == nil || g.fingerLen == 0 || int(g.fingerLen) > len(head) {
			return
		}
		if _, ok := sums[g.fingerLen]; !ok {
			sums[g.fingerLen] = sum(head[:g.fingerLen])
		}
		if sums[g.fingerLen] == g.finger {
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

// stillUnpacking returns the compressed files to look at once more.
func (r *Reader) stillUnpacking() []found {
	var again []found
	for _, x := range r.unpacking {
		if i, err := stat(x.d.join(x.name)); err == nil && i.inode == x.inode {
			x.info = i
			again = append(again, x)
		}
	}
	r.unpacking = nil
	return again
}
