package file

import (
	"errors"
	"io"
	"time"

	"logskiff/readers/file/disk"
)

// unpackWait is how long a compressed file that ends too early may still be
// being written.
const unpackWait = time.Minute

// unpack follows a compressed file whose content came, was rotated and was
// compressed while nobody looked: it is read, decompressed, from its beginning. What is
// known already is not. It takes fd over.
func (r *Reader) unpack(p *pass, x found, fd int, i disk.Info, kind string) {
	path := x.d.join(x.name)
	born := r.disk.Birth(fd)
	a := r.newArchive(fd, path, kind)
	head, size, err := r.measure(a)
	delete(r.unpacking, x.Inode)
	sure := r.sure()
	how := other
	if err == nil && size > 0 {
		var g *file
		if g, how = r.known(&reading{arch: a, size: size, head: head}); g != nil {
			r.isKnown(p, g, how, size, head)
		}
	}
	known := how == same || how == shorter
	switch {
	case errors.Is(err, disk.ErrHung) || !known && !sure():
		a.close()
		r.unpacking[x.Inode] = x
		x.d.again = true
		return
	case how == notYet:
		a.close()
		r.unpacking[x.Inode] = x
		x.d.again = true
		return
	case err != nil && r.clock.age(i.Mtime) < int64(unpackWait):
		a.close()
		r.unpacking[x.Inode] = x // its writer may not have finished
		x.d.dirty = true
		return
	case err != nil:
		a.close()
		r.log.Warn("cannot read a compressed log that came while nobody looked", "path", path, "error", err)
		r.archives[x.Inode] = stampOf(i)
		return
	case size == 0 || known:
		a.close()
		r.archives[x.Inode] = stampOf(i)
		return
	}
	r.isUnpacked(head, size)
	f := r.newFile(unpacked(x.Inode), size, i.Mtime)
	f.grown, f.birth, f.finger, f.fingerLen, f.displaced = p.now, born, sum(head), uint16(len(head)), true
	a.size, a.dec = size, nil
	own := f.own()
	own.arch, own.last, own.lastBase = a, x.d, x.name
	r.packed[f] = struct{}{}
	first := firstLine(head, true)
	id := streamID(r.env.AgentID, x.Inode, born, first, 0)
	r.archives[x.Inode] = stampOf(i)
	r.put(f, f.Inode) // after a restart it is found by its fingerprint
	r.care(f)
	r.log.Info("found: a compressed log that came while nobody looked", "path", path, "stream", id, "bytes", size)
	if !x.d.wants(x.name, r.excl) {
		r.owe(f, *x.gap)
	}
	r.register(f, id, first, false)
}

// measure decompresses a file once, without the lock.
func (r *Reader) measure(a *archive) (head []byte, size int64, err error) {
	r.unlock()
	defer func() {
		r.mu.Lock()
		r.disk.Add(&a.disk)
	}()
	if err := a.rewind(); err != nil {
		return nil, 0, err
	}
	head = make([]byte, headLen)
	n, err := fillFrom(a.dec, head)
	if err == io.EOF {
		return head[:n], int64(n), nil
	}
	if err != nil {
		return nil, 0, err
	}
	rest, err := io.Copy(io.Discard, a.dec)
	return head, int64(n) + rest, err
}

// fillFrom fills p. Unlike io.ReadFull it tells, with io.EOF, a source that ends before from one that is cut off.
func fillFrom(from io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = from.Read(p[n:])
		n += m
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}

// stillUnpacking returns the compressed files to look at once more. One that was
// renamed meanwhile is looked for.
func (r *Reader) stillUnpacking() []found {
	var again []found
	for n, x := range r.unpacking {
		if i, err := r.disk.Stat(x.d.join(x.name)); err == nil && i.Inode == n {
			x.Info = i
			again = append(again, x)
		} else if err != disk.ErrHung {
			delete(r.unpacking, n)
			r.ask(*x.gap)
		}
	}
	return again
}
