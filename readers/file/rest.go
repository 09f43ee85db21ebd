package file

import (
	"cmp"
	"slices"
	"time"

	"logskiff/readers/file/disk"
)

// What looking at quiet files costs. Where the system reports changes, a folder's files are
// not looked at for news; but some changes are reported to nobody (a page written through
// mmap(2), another host's write), so each file is looked at now and then all the same:
//
//   - a watched folder's files every sweepEvery to sweepMost polls, the more files the
//     reader follows the rarer; those of a big folder a few at each poll;
//   - where nothing is reported, a few of the quiet files at each poll, so that all come within
//     soonPolls polls, up to soonFiles of them, and within sweepMost polls, up to some 100,000; all at
//     each poll where there are at most fewFiles;
//   - a file that was found changed so, at each poll, until it has been quiet for hotFor; where
//     nothing is reported a new one too, as long as these are not too many.
//
// Looking at a file takes some two microseconds: 10,000 cost 0.03 % of a core. Waking up costs as
// much as looking at a hundred, so where all is watched and nothing is under way,
// a reader sleeps for restPolls polls, or until an event, and does then what is due.
const (
	sweepEvery = 20
	sweepMost  = 60
	restPolls  = 5
	fewFiles   = 100
	soonPolls  = 10
	soonFiles  = 2000
	sliceMost  = 2000
	bigFolder  = 1000
	hotFor     = time.Minute
)

// sweepPolls returns after how many polls watched folders are looked at too.
func (r *Reader) sweepPolls() int64 {
	return int64(min(max(len(r.files)/16, sweepEvery), sweepMost))
}

// idle tells whether nothing is under way that polls bring further.
func (r *Reader) idle() bool {
	return len(r.tended)+len(r.ends)+len(r.grouping)+len(r.ordering)+len(r.cuts)+len(r.suspects) == 0 && r.waitsForNoGap()
}

// atRest tells the same of all that a poll looks at. What a root's watch does not tell, that something
// was mounted over it or that it was moved with a folder above it, can wait for restPolls.
func (r *Reader) atRest(now int64) bool {
	if !r.idle() {
		return false
	}
	for _, d := range r.folders {
		if d.sub == nil && len(d.globs) > 0 || d.dirty || len(d.named) > 0 || d.again || d.missing || d.failed || d.away || d.root && !d.settled ||
			d.deaf() || len(d.hot) > 0 || d.expects(now) {
			return false
		}
	}
	return true
}

// stay wakes Run up when something has begun while it sleeps for longer than a poll.
func (r *Reader) stay() {
	if r.resting && !r.idle() {
		r.poke()
	}
}

// deaf tells whether files of the folder can change without an event.
func (d *folder) deaf() bool { return d.polled || d.blind }

// restless tells whether some of the folder's files are to be looked at at this poll.
func (d *folder) restless() bool { return d.deaf() || len(d.hot) > 0 || len(d.files) > bigFolder }

// lookSome looks at the files of an unchanged folder whose turn it is.
func (r *Reader) lookSome(p *pass, d *folder) {
	some := d.stillHot(p.now)
	hot := len(some)
	polls := int(min(max((p.now-d.sliced+int64(r.cfg.PollInterval)/2)/int64(r.cfg.PollInterval), 1), restPolls)) // since the last slice
	d.sliced = p.now
	n := 0
	switch {
	case d.deaf() && len(d.files) <= fewFiles:
		n = fewFiles
	case d.deaf():
		n = max(fewFiles, (min(len(d.files), soonFiles)+soonPolls-1)/soonPolls, min(len(d.files)/sweepMost+1, sliceMost))
	case len(d.files) > bigFolder:
		n = polls * min(len(d.files)/sweepMost+1, sliceMost)
	case p.sweep:
		n = len(d.files)
	}
	some = append(some, d.slice(n)...)
	r.lookFiles(p, d, some, func(f *file, i disk.Info) {
		if d.timed == nil && (f.at+i.Size != f.size || i.Mtime != f.mtime) {
			d.warm(f)
		}
	})
	clear(some[:hot])
}

// stillHot returns the files that changed lately without an event, and forgets the others.
func (d *folder) stillHot(now int64) []*file {
	kept := d.hot[:0]
	for _, f := range d.hot {
		if f.folder == d && !f.retired && now-f.grown < int64(hotFor) {
			kept = append(kept, f)
		} else {
			f.hot = false
		}
	}
	clear(d.hot[len(kept):])
	d.hot = kept
	return append([]*file(nil), kept...)
}

// warm has a file looked at at each poll for a while.
func (d *folder) warm(f *file) {
	if !f.hot {
		f.hot = true
		d.hot = append(d.hot, f)
	}
}

// cool leaves hot, of the files that a first look found, those that were written to last: which
// are written to at all is not known yet.
func (d *folder) cool(c *clock) {
	slices.SortFunc(d.hot, func(a, b *file) int { return cmp.Compare(b.mtime, a.mtime) })
	kept := 0
	for kept < min(len(d.hot), fewFiles) && c.age(d.hot[kept].mtime) < int64(hotFor) {
		kept++
	}
	for _, f := range d.hot[kept:] {
		f.hot = false
	}
	d.hot = slices.Clone(d.hot[:kept])
}

// slice returns the next n quiet files of a round through all.
func (d *folder) slice(n int) []*file {
	if n == 0 {
		return nil
	}
	some := make([]*file, 0, min(n, len(d.files)))
	for begun := false; len(some) < n; {
		if d.left == 0 {
			if begun || len(d.files) == 0 {
				break // all are in it
			}
			begun = true
			d.beginRound()
		}
		d.left--
		if f := d.round[d.left]; f.folder == d && !f.hot {
			some = append(some, f)
		}
	}
	if d.left == 0 && len(d.files) <= bigFolder {
		d.round = nil
	}
	return some
}

// beginRound puts the folder's files in an order that is the same each time, or a file could be first in one round and last in
// the next. Putting 100,000 in order takes as long as looking at 10,000, so it is done only where others are there than at the last round.
func (d *folder) beginRound() {
	d.round = slices.DeleteFunc(d.round, func(f *file) bool { return f.folder != d || d.files[f.base] != f })
	if len(d.round) != len(d.files) {
		d.round = slices.Grow(d.round[:0], len(d.files))
		for _, f := range d.files {
			d.round = append(d.round, f)
		}
		slices.SortFunc(d.round, func(a, b *file) int { return cmp.Compare(a.Ino, b.Ino) })
	}
	d.left = len(d.round)
}

// lookNames looks at each file that is known to be in the folder.
func (r *Reader) lookNames(p *pass, d *folder) {
	all := make([]*file, 0, len(d.files))
	for _, f := range d.files {
		all = append(all, f)
	}
	r.lookFiles(p, d, all, nil)
}

// lookFiles looks at files of a folder. found, if not nil, is told what is there of one before
// that is taken in.
func (r *Reader) lookFiles(p *pass, d *folder, files []*file, found func(*file, disk.Info)) {
	type part struct {
		names []string
		files []*file
	}
	parts := map[uint64]*part{} // by device: a link can lead to another one
	flush := func(dev uint64, x *part) {
		var all []disk.Stated
		r.apart(func() { all, _ = r.disk.StatNames(disk.Where{Dev: dev}, d.path, x.names) })
		for n, s := range all {
			f := x.files[n]
			if f.folder != d || f.base != x.names[n] {
				continue // what was found of another has moved it
			}
			switch {
			case disk.Gone(s.Err) || s.Err == nil && s.Inode != f.Inode:
				r.displace(p, f)
			case s.Err != nil:
				r.trouble(f, s.Err)
			default:
				if found != nil {
					found(f, s.Info)
				}
				r.noticed(p, f, s.Info)
			}
		}
		x.names, x.files = x.names[:0], x.files[:0]
	}
	for _, f := range files {
		if f.folder != d {
			continue
		}
		x := parts[f.Dev]
		if x == nil {
			x = new(part)
			parts[f.Dev] = x
		}
		x.names, x.files = append(x.names, f.base), append(x.files, f)
		if len(x.names) == 256 {
			flush(f.Dev, x)
		}
	}
	for dev, x := range parts {
		if len(x.names) > 0 {
			flush(dev, x)
		}
	}
}

// patience returns how long a listing may wait that only the folder's own time asks for: what has
// a followed name is reported where anything is, and a listing of a million names takes
// a second.
func (d *folder) patience() int64 {
	if d.polled {
		return 20 * d.cost
	}
	return 200 * d.cost
}
