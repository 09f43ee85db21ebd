package file

import "logskiff/readers/file/disk"

// seldom is what most files have nothing of, most of the time: it would be more than half of
// what a quiet file costs. Files that have nothing of it share one that is empty, so
// that it can be read without asking.
type seldom struct {
	last     *folder // where it was before it lost its name
	lastBase string
	formerly *string // the name that a former run told last, "" if it had none; nil: the one it was found under

	same   *file   // what was on its inode before, to be known again
	former *former // what was on its inode before
	epoch  uint64

	nuls     *unwritten // what stands behind size and is not written yet, or nil: see nuls.go
	triedAt  int64      // when the turn of tried was, monotonic, if groupEnd is set
	groupEnd int64      // end of the last whole line of the group at read, as of tried; 0: there is none
	cut      int64      // a record that begins before this offset ends there: see cutoff.go
	lent     *lent      // its first bytes that are another stream's last, or nil: see joined.go
	skipTo   int64      // start here at first sight, if it skips
	at       int64      // stream offset of the source's first byte (a spool file)
	arch     *archive   // it is read from a compressed copy
	spool    string     // it is read from this spool file
	lost     *loss      // what is to be counted as lost once all before it is acknowledged, or nil
	goneAt   int64      // when it was found to have no name any more, by the wall clock
	missing  int64      // since when its name has not been found; this and held are monotonic nanoseconds
	held     int64      // since when it is held back as a possible copy of twin
	heldSize int64
	heldAs   int64 // so many bytes it had when all of it read as twin did
	twin     *file
	short    int64 // it was copied and truncated: size of the copy, which is read already
	older    *file // is to be read first
	newer    *file // waits for this one
	until    int64 // size of older when this one's first bytes had been seen, 0: not known; see order.go
	stuckAt  int64 // since when older cannot be read, monotonic
	since    int64 // the gap that is stored with it: see gaps.go
	problem  string
}

// newFile returns a file as it is met.
func (r *Reader) newFile(n disk.Inode, size, mtime int64) *file {
	return &file{Inode: n, seldom: &r.nothing, fd: -1, tried: -1, size: size, mtime: mtime}
}

// own returns what f has seldom, to be written to.
func (f *file) own() *seldom {
	if !f.owns {
		f.seldom, f.owns = new(seldom), true
	}
	return f.seldom
}

// tidy lets go of what f has seldom, when it has nothing of it any more.
func (r *Reader) tidy(f *file) {
	if f.owns && *f.seldom == (seldom{}) {
		f.seldom, f.owns = &r.nothing, false
	}
}

// well notes that f can be read.
func (f *file) well() {
	if f.problem != "" {
		f.own().problem = ""
	}
}
