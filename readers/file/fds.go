package file

import (
	"errors"

	"golang.org/x/sys/unix"

	"logskiff/readers/file/disk"
)

// patiently opens a file, and closes descriptors of others when the process has
// run out of them. The caller holds Reader.mu.
func (d *descriptors) patiently(open func() (int, disk.Info, error)) (int, disk.Info, error) {
	fd, i, err := open()
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		d.max = max(1, min(d.max, d.n/2)) // from now on: others open some that nobody counts
		d.room(1)
		fd, i, err = open()
	}
	return fd, i, err
}

// descriptors is the list of files with an open descriptor, the one used last
// at the end. It is guarded by Reader.mu.
type descriptors struct {
	first, last *file
	n, max      int // max: what the settings allow, and the system did
	budget      *Budget
	mounts      *disk.Mounts // closes them
}

// add counts fd as f's, and closes the one used longest ago when there are too
// many. A file without a name keeps its own: nobody could open it again.
func (d *descriptors) add(f *file, fd int) {
	d.room(1)
	f.fd, f.open = int32(fd), new(openFile)
	d.n++
	d.budget.open.Add(1)
	d.link(f)
}

// most returns how many there may be now.
func (d *descriptors) most() int { return min(d.max, d.budget.share(d.n)) }

// room closes descriptors until k more fit, as far as that is possible.
func (d *descriptors) room(k int) {
	most := d.most()
	for pass := 0; pass < 2 && d.n+k > most; pass++ {
		for g := d.first; g != nil && d.n+k > most; {
			next := g.open.next
			// first those that are read to the end
			if !g.busy && g.folder != nil && (pass == 1 || !g.behind()) {
				d.close(g)
			}
			g = next
		}
	}
}

// openFile is the place of a file in the list of open descriptors.
type openFile struct{ prev, next *file }

func (d *descriptors) link(f *file) {
	f.open.prev, f.open.next = d.last, nil
	if d.last != nil {
		d.last.open.next = f
	} else {
		d.first = f
	}
	d.last = f
}

func (d *descriptors) unlink(f *file) {
	if f.open.prev != nil {
		f.open.prev.open.next = f.open.next
	} else {
		d.first = f.open.next
	}
	if f.open.next != nil {
		f.open.next.open.prev = f.open.prev
	} else {
		d.last = f.open.prev
	}
}

// used moves f to the end.
func (d *descriptors) used(f *file) {
	if f.fd >= 0 && d.last != f {
		d.unlink(f)
		d.link(f)
	}
}

// close closes f's descriptor, if it has one.
func (d *descriptors) close(f *file) {
	if fd := d.drop(f); fd >= 0 {
		d.mounts.CloseFD(fd)
	}
}

// drop takes f's descriptor away without closing it.
func (d *descriptors) drop(f *file) int {
	fd := int(f.fd)
	if fd >= 0 {
		d.unlink(f)
		d.n--
		d.budget.open.Add(-1)
		f.fd, f.open = -1, nil
	}
	return fd
}

// idle closes the descriptors of files that are read to the end and have not
// changed since before.
func (d *descriptors) idle(before int64) {
	for g := d.first; g != nil; {
		next := g.open.next
		if !g.busy && !g.queued && g.folder != nil && !g.behind() && g.grown < before {
			d.close(g)
		}
		g = next
	}
}

// keepOpen opens a file with unread bytes while there are descriptors to spare,
// so that it can be read to its end even if it is deleted before its turn. false: it is
// not there any more.
func (r *Reader) keepOpen(f *file) bool {
	if f.fd >= 0 || f.folder == nil || r.fds.n >= r.fds.most()/2 {
		return true
	}
	fd, _, err := openNow(&r.disk, f)
	if err != nil {
		return !disk.Gone(err) // its turn will say why
	}
	r.fds.add(f, fd)
	return true
}
