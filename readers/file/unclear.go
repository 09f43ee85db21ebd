package file

import (
	"cmp"

	"logskiff/readers/file/disk"
)

// What a disk did not answer says nothing about a file: it may be there or not, the same
// or another. Nothing that cannot be taken back is done on the strength of it, such as
// ending a file or giving it a stream of its own; it is asked again at a later look.

// sure begins something to be decided. What it returns tells whether all that was asked
// since was answered.
func (r *Reader) sure() func() bool {
	before := r.disk.Unclear
	return func() bool { return r.disk.Unclear == before }
}

// putOff leaves what was found to the next poll.
func (r *Reader) putOff(x found) {
	x.d.again = true
	if x.gap != nil {
		r.ask(*x.gap)
	}
}

// isAway tells whether what f is on does not answer.
func (r *Reader) isAway(f *file) bool {
	return !r.disk.IsAway(disk.Where{Dev: f.Dev}).IsZero()
}

// unfound keeps a file that was not found where all could not be looked at.
func (r *Reader) unfound(p *pass, f *file) {
	f.displaced, f.own().missing = true, p.now
	r.care(f)
}

// leaveBehind says what is not read because its folder does not answer. It is read by
// the next start.
func (r *Reader) leaveBehind() {
	left := map[*folder]int64{}
	for _, d := range r.folders {
		if d.away {
			left[d] = 0
		}
	}
	for _, f := range r.files {
		if d := cmp.Or(f.folder, f.last); d != nil && !f.retired && r.isAway(f) {
			left[d] += max(0, f.size-f.deliv)
		}
	}
	for d, bytes := range left {
		r.log.Warn("left behind: a folder does not answer; it is read on by the next start", "path", d.path, "bytes", bytes)
	}
}
