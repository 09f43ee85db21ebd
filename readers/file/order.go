package file

import (
	"slices"
	"time"

	"logskiff/readers/file/disk"
)

// A file is read after the one that had its name before it, since a record can begin in that one and go
// on in this: a message of a container in pieces, a group of lines. What a look knows of the older file
// is old by the time the newer one has bytes in it: its writer may have written to it after it was
// renamed, and a turn of it may be under way. So Run looks at it once more when the first bytes of the
// newer file have been seen. All that was written before them is there by then. When that
// is read, the end of the older file and the beginning of the newer one decide together (see
// joined.go).
//
// The newer file waits as long as the older one is being read. Where that cannot be read now (it
// hangs, may not be opened, has not been found under its new name yet), it waits for the time of
// `flush`, which a record may be incomplete anyway.
//
// Where each line is a record nothing depends on the order, but for those who read the lines where
// they arrive. There the newer file waits for what is read in a moment.

// orderMost is how much of an older file comes before a newer one's lines, where none is joined.
const orderMost = 16 << 20

// goesAfter has f, of which nothing was read yet, read after the file that had its name before.
func (r *Reader) goesAfter(f, was *file) {
	f.goesOnWith(was)
	if !was.ended && !was.retired && (r.cut.JoinsLines() || was.busy || was.behind() && was.size-was.read <= orderMost) {
		f.after(was)
	}
}

// goesBetween does so for a file that had the name live after others and before what has it now, all
// between two looks.
func (r *Reader) goesBetween(p *pass, f *file, live place) {
	n := live.d.files[live.name]
	if n == nil || n == f || n.read > 0 {
		if was := r.calledBefore(p, live); n == nil && was != nil && was != f {
			r.goesAfter(f, was)
		}
		return
	}
	for n.older != nil && n.older != f && n.older.read == 0 && n.older.mtime > f.mtime {
		n = n.older
	}
	if was := n.older; was != nil && was != f {
		was.own().newer, n.own().older = nil, nil
		r.goesAfter(f, was)
	}
	if n.older == nil {
		r.goesAfter(n, f)
	}
}

// calledBefore returns the file that had a name last, of those that have it no more; nil: it is
// not known.
func (r *Reader) calledBefore(p *pass, at place) (last *file) {
	if _, absent := r.absent[at]; absent {
		last = r.lastCalled(at) // it may be ended
	}
	path := at.d.join(at.name)
	for _, all := range [][]*file{r.tended, r.suspects, p.moved} {
		for _, f := range all {
			had := f.stream != nil && f.stream.Path == path || f.last == at.d && f.lastBase == at.name
			if had && !f.ended && (f.folder != at.d || f.base != at.name) && (last == nil || last.ended || f.changedAfter(last)) {
				last = f
			}
		}
	}
	return last
}

// changedAfter tells whether f was written to after g. Files' times can be some milliseconds coarse.
func (f *file) changedAfter(g *file) bool {
	return f.mtime > g.mtime || f.mtime == g.mtime && f.grown > g.grown
}

// after has f read when g, which had its name before, is read.
func (f *file) after(g *file) {
	for n := 0; g.newer != nil && g.newer != f && n < 1000; n++ {
		g = g.newer
	}
	if g != f && g.newer == nil && f.older == nil {
		f.own().older, g.own().newer = g, f
	}
}

// blocks tells whether f has whole lines, or is being looked at for them, to be read before a
// newer file's.
func (f *file) blocks() bool {
	return f.busy || f.behind() && (f.tried != f.size || f.mayGoOn()) && !f.stuck() && !f.ended && !f.retired
}

// stuck tells whether it is not known when f can be read.
func (f *file) stuck() bool {
	return f.problem != "" || f.suspect || f.held != 0 || f.stream == nil && f.size > 0 || !f.readable()
}

// mustWait tells whether f is not to be read yet. Where records are joined only a look knows that: the
// next one is told.
func (r *Reader) mustWait(f *file) bool {
	switch {
	case !r.cut.JoinsLines() || f.lent != nil || f.read > 0:
		if f.older.blocks() {
			return true
		}
		f.inTurn()
		return false
	case !slices.Contains(r.ordering, f):
		r.ordering = append(r.ordering, f)
		r.poke()
	}
	return true
}

// inTurn notes that f can be read, as far as the file before it is concerned.
func (f *file) inTurn() {
	own, o := f.own(), f.older
	f.goesOnWith(o)
	if o.newer == f {
		o.own().newer = nil
	}
	own.older, own.until, own.stuckAt = nil, 0, 0
}

// order looks at the files that newer ones wait for, and returns when it wants to look again.
func (r *Reader) order(p *pass) int64 {
	next := p.now + int64(time.Hour)
	waiting := r.ordering
	r.ordering = nil // takes what comes meanwhile
	for _, f := range waiting {
		if f.older == nil || f.ended || f.retired {
			continue
		}
		again := r.waits(p, f)
		if again == 0 {
			f.inTurn()
			r.push(f)
			continue
		}
		next = min(next, again)
		if !slices.Contains(r.ordering, f) {
			r.ordering = append(r.ordering, f)
		}
	}
	return next
}

// waits returns when to look again at the file before f; 0: f waits no longer.
func (r *Reader) waits(p *pass, f *file) int64 {
	o := f.older
	if o.ended || o.retired || f.read > 0 {
		return 0
	}
	if o.busy {
		return r.nextPoll // the end of its turn wakes Run
	}
	if f.until == 0 && !o.stuck() {
		if size, ok := r.sizeNow(p, o); ok {
			f.own().until = max(size, 1)
		} else {
			r.doubt(o)
		}
	}
	if o.stuck() {
		if f.stuckAt == 0 {
			f.own().stuckAt = p.now
		}
		if due := f.stuckAt + int64(r.cfg.Multiline.Flush); due > p.now {
			return due
		}
		return 0
	}
	if f.stuckAt != 0 {
		f.own().stuckAt = 0
	}
	if f.until == 0 || o.read < f.until && o.blocks() {
		if o.tried != o.size {
			r.push(o)
		}
		return r.nextPoll
	}
	return 0
}

// sizeNow asks for the size of a file, with the NULs at its end, and has what is new of it read.
func (r *Reader) sizeNow(p *pass, f *file) (size int64, ok bool) {
	if f.arch != nil || f.spool != "" {
		return f.size, true
	}
	i, ok := r.infoNow(f)
	if !ok {
		return 0, false
	}
	if f.at+i.Size != f.rawSize() {
		r.noticed(p, f, i)
	}
	return f.at + i.Size, true
}

// infoNow asks for a file by its descriptor, or by its name if that is still its.
func (r *Reader) infoNow(f *file) (i disk.Info, ok bool) {
	var err error
	if f.fd >= 0 {
		i, err = r.disk.Fstat(int(f.fd))
	} else {
		i, err = r.disk.Stat(f.name())
	}
	return i, err == nil && i.Inode == f.Inode
}

// drained has the file that waits for f looked at: all that is known of f was read.
func (r *Reader) drained(f *file) {
	if n := f.newer; n != nil && n.older == f {
		r.push(n)
	}
}

// letGo has the file that waits for f go on, behind the one that f waited for.
func (r *Reader) letGo(f *file) {
	o, n := f.older, f.newer
	if o != nil {
		f.inTurn()
	}
	if n == nil || n.older != f {
		return
	}
	n.inTurn()
	if o != nil && n.read == 0 {
		r.goesAfter(n, o)
	}
	r.push(n)
}
