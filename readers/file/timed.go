package file

import (
	"slices"
	"sync/atomic"
	"time"

	"logskiff/readers/file/disk"
)

// Each write to a log is an event, and each event wakes a thread of this process up. Where
// hundreds come in a second that costs more than all else that is done for a line. So a busy
// folder is not watched: it is looked at by the clock, until it is busy no more.
//
// What must hold: a glance compares the folder itself (inode and both times, which whatever
// happens to its names changes) with what was seen before it was listed last, and what has
// each name with the file that is known by it. So it finds all that an event would have told
// since then, also what happened while the watch was given back, at most pacing.every
// later. For anything but growth the watch is there again first, and then all of the folder is
// looked at. A time that is some seconds old cannot be that of a change which is still to come,
// so a folder is timed only when its names have been the same for as long; where files are
// rotated again and again it is watched always.

// timed is a busy folder that is not watched.
type timed struct {
	found *atomic.Int64 // lines, by all readers that look at it by the clock
	names []string
	files []*file       // by these; the first name is the folder's own, and nobody's
	seen  []disk.Stated // by the last glance
	to    []disk.Stated // by the next
	began int64
	since int64 // when lines were compared last
	lines int64 // found by then
}

// take notes what has which name in d. false: there is what needs a watch.
func (t *timed) take(d *folder) bool {
	t.names, t.files = []string{"."}, []*file{nil}
	add := func(name string) {
		t.names, t.files = append(t.names, name), append(t.files, d.known(name))
	}
	for name := range d.files {
		add(name)
	}
	for name := range d.links {
		add(name)
	}
	for name := range d.allBehind() {
		if d.files[name] == nil && d.links[name] == nil {
			add(name)
		}
	}
	t.seen, t.to = make([]disk.Stated, len(t.names)), make([]disk.Stated, len(t.names))
	for i, f := range t.files[1:] {
		if !f.onlyGrows(d) {
			return false
		}
		t.seen[i+1].Info = disk.Info{Inode: f.Inode, Size: f.rawSize() - f.at, Mtime: f.mtime}
	}
	return true
}

// known returns the file that events of a name are about, or nil.
func (d *folder) known(name string) *file {
	f := d.files[name]
	if f == nil {
		f = d.links[name]
	}
	if live, led := d.isBehind(name); f == nil && led {
		f = live.d.files[live.name]
	}
	return f
}

// onlyGrows tells whether nothing is to be asked of f, which has a name in d, but whether it has grown.
func (f *file) onlyGrows(d *folder) bool {
	return f != nil && f.folder != nil && f.Dev == d.Dev && f.held == 0 && f.problem == "" && f.nuls == nil && !f.ended && !f.retired
}

// glance looks at the folders that are timed, and tells whether one is not any more. Only Run
// calls it.
func (r *Reader) glance() (ended bool) {
	r.mu.Lock()
	defer r.unlock()
	for i := len(r.timed) - 1; i >= 0; i-- {
		if d := r.timed[i]; !r.calm(d) || !r.compareTimed(d, d.timed) || !r.calm(d) {
			r.watchFolder(d)
			ended = true
		}
	}
	return ended
}

// endTimed has those folders watched again about which more is to be asked than whether files
// have grown.
func (r *Reader) endTimed() {
	for i := len(r.timed) - 1; i >= 0; i-- {
		if d := r.timed[i]; !r.calm(d) {
			r.watchFolder(d)
		}
	}
}

// compareTimed asks for a folder and what is in it, and has the files read that have grown. false:
// it is to be watched.
func (r *Reader) compareTimed(d *folder, t *timed) bool {
	if len(t.names)-1 < len(d.files)+len(d.links) {
		return false
	}
	var err error
	r.apart(func() { err = r.disk.StatNamesInto(disk.Where{Dev: d.Dev}, d.path, t.names, t.to) })
	if err != nil {
		return false
	}
	now := t.to[0]
	if now.Err != nil || now.Inode != d.Inode || now.Mtime != d.mtime || now.Ctime != d.ctime {
		return false
	}
	lines := int64(0)
	for i, f := range t.files[1:] {
		was, now := t.seen[i+1].Info, t.to[i+1]
		if d.known(t.names[i+1]) != f || !f.onlyGrows(d) || now.Err != nil || now.Inode != f.Inode || now.Size < was.Size {
			return false
		}
		if now.Size != was.Size || now.Mtime != was.Mtime {
			lines += max(1, (now.Size-was.Size)/int64(max(f.avgLine, 1)))
			r.stirred(f)
		}
	}
	t.seen, t.to = t.to, t.seen
	t.found.Add(lines)
	return t.stillBusy(r)
}

// stillBusy tells whether there were lines enough lately that it pays not to be watched. All
// readers that share a folder count theirs together.
func (t *timed) stillBusy(r *Reader) bool {
	now, lines := r.clock.mono(), t.found.Load()
	if now-t.since < int64(time.Second) {
		return true
	}
	few := (lines-t.lines)*int64(time.Second)/(now-t.since) < r.pacing.rate/4
	t.since, t.lines = now, lines
	return !few
}

// untime notes that a folder is not timed any more, and has all looked at that is in it: when
// it is watched again, which the caller sees to.
func (r *Reader) untime(d *folder) {
	if d.timed == nil {
		return
	}
	r.log.Debug("polling: no more, the folder is watched again", "path", d.path)
	now := r.clock.mono()
	if now-d.timed.began < int64(r.pacing.respite) { // as where a file grows that nobody follows
		d.spared = min(max(2*d.spared, int64(r.pacing.respite)), int64(time.Minute))
	} else {
		d.spared = 0
	}
	d.until, d.from, d.writes = now+d.spared, now, 0
	d.timed = nil
	r.timed = slices.DeleteFunc(r.timed, func(other *folder) bool { return other == d })
	d.dirty = true
	for _, f := range d.links {
		if f.folder != nil {
			f.folder.dirty = true
		}
	}
	for _, live := range d.allBehind() {
		live.d.dirty = true
	}
}
