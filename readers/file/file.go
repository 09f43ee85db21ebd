package file

import (
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// file is one stream on its way: one content of one inode, from its first byte
// on. Reader.mu guards it. A quiet file costs this struct and its names.
type file struct {
	inode
	birth    int64   // when it was created, nanoseconds; 0: the file system does not say
	folder   *folder // where it is now; nil: it has no name any more
	base     string  // its name there
	real     string  // where the link it was found by leads to, or ""
	last     *folder // where it was before it lost its name
	lastBase string

	same   *file          // what was on its inode before, to be known again
	former *former        // what was on its inode before
	stream *record.Stream // nil until its first line is known
	epoch  uint64

	finger     uint64
	fingerLen  uint16
	part       uint16     // parts handed out of the line at read
	groupLines int32      // of the group at read, as of tried
	groupState groupState // likewise
	waiting    groupState // streams of a container that wait for more pieces at read: see pieces.go

	state
	fd       int32 // -1: none open
	avgLine  uint32
	read     int64      // offset of the next byte to hand out
	size     int64      // found, in the stream's offsets
	nuls     *unwritten // what stands behind size and is not written yet, or nil: see nuls.go
	mtime    int64      // as of size
	turned   int64      // mtime at its last turn
	tried    int64      // size at a turn that found no more whole records
	triedAt  int64      // when that was, monotonic
	groupEnd int64      // end of the last whole line of the group at read, as of tried; 0: there is none
	cut      int64      // a record that begins before this offset ends there: see cutoff.go
	lent     *lent      // its first bytes that are another stream's last, or nil: see joined.go
	skipTo   int64      // start here at first sight; -1: at the beginning
	at       int64      // stream offset of the source's first byte (a spool file)
	anchor   record.Anchor
	arch     *archive // it is read from a compressed copy
	spool    string   // it is read from this spool file
	lost     *loss    // what is to be counted as lost once all before it is acknowledged, or nil
	deliv    int64    // acknowledged
	skipped  int64
	grown    int64 // when it last changed; this, missing and held are monotonic nanoseconds
	goneAt   int64 // when it was found to have no name any more, by the wall clock
	missing  int64 // since when its name has not been found
	held     int64 // since when it is held back as a possible copy of twin
	heldSize int64
	twin     *file
	head     uint64 // hash of its first line
	short    int64  // it was copied and truncated: size of the copy, which is read already
	older    *file  // is to be read first
	newer    *file  // waits for this one
	lag
	nextHead   *file // of the same first line
	prev, next *file // in the list of open descriptors
	pub        published
	since      int64 // the gap that is stored with it: see gaps.go
	problem    string
}

type state struct {
	registered bool // the registry knows stream
	queued     bool // in the ready queue
	busy       bool // a worker has it
	again      bool // something happened while it was busy
	suspect    bool // Run is to find out what happened to it
	displaced  bool // it does not have the name any more under which it was found
	final      bool // nobody will complete its first line
	opening    bool // in Reader.open
	cutting    bool // cut is not stored yet; nothing is read meanwhile
	joining    bool // the group at read goes on in newer
	lossy      bool // some of it was lost
	holed      bool // it was said that it has NULs which are no part of a line
	ended      bool // nothing more is to be read
	retired    bool // no longer looked at; kept to be known again
	linked     bool // found by head
	forgotten  bool // the registry does not know it any more
	doubted    bool // its content is to be checked once its name is known
	alone      bool // known not to be a copy
	deleted    bool // has no name, and its descriptor says so
	hot        bool // in folder.hot
	tended     bool // in Reader.tended
	freed      bool // another file has its inode: it is gone, and nobody holds it open
}

// loss is what is gone of a file after its cursor.
type loss struct {
	bytes int64
	why   string
}

// former is what a new stream must not be taken for.
type former struct {
	epoch   uint64
	birth   int64
	mtime   int64
	inPlace bool // the file is the same, its content is another
}

// published is what the registry was last told.
type published struct {
	size  int64
	name  string
	n     inode
	gone  int64
	cut   int64
	join  int64
	fl    uint16
	real  string
	spool bool
	told  bool // gone was stored as it is
}

func (f *file) name() string {
	if f.folder == nil {
		return ""
	}
	return f.folder.join(f.base)
}

// isAnother tells whether a file on f's inode that was created at born is not f.
func (f *file) isAnother(born int64) bool {
	return f.birth != 0 && born != 0 && f.birth != born && f.arch == nil && f.spool == ""
}

func (f *file) behind() bool { return f.read < f.size }

// settled tells whether nothing of f is on its way.
func (f *file) settled() bool { return f.deliv >= f.read }

func (f *file) identity() readers.Identity {
	name := f.name()
	if name == f.stream.Path {
		name = f.stream.Path // one string, not two alike
	}
	id := readers.Identity{
		Path: f.stream.Path, Name: name, Real: f.real, Device: f.dev, Inode: f.ino, Epoch: f.epoch,
		FingerLen: f.fingerLen, Finger: f.finger,
		Size: max(f.size, f.read), Modified: time.Unix(0, f.mtime), Cut: f.cut, Since: f.since,
	}
	if f.lent != nil {
		id.Join, id.JoinLen = f.lent.to, f.lent.bytes
	}
	if f.short > 0 {
		id.Size = f.short
	}
	if f.arch != nil {
		id.Name = f.arch.path
	}
	if f.goneAt != 0 {
		id.Gone = time.Unix(0, f.goneAt)
	}
	if f.spool != "" {
		id.Name, id.Spool, id.SpoolAt = "", f.spool, f.at
	}
	return id
}

func (f *file) checkpoint() readers.Checkpoint {
	return readers.Checkpoint{
		ID: f.stream.ID, Identity: f.identity(),
		Position: record.Position{Offset: f.read, Anchor: f.anchor},
		Skipped:  f.skipped,
	}
}

// published tells, without making a string, that the registry knows all of f.
func (f *file) published() bool {
	size := max(f.size, f.read)
	if f.short > 0 {
		size = f.short
	}
	if f.arch != nil || f.spool != "" || f.folder == nil || f.pub.spool || f.goneAt != 0 {
		return false
	}
	dir, name := f.folder.path, f.pub.name
	return size == f.pub.size && f.inode == f.pub.n && f.fingerLen == f.pub.fl && f.cut == f.pub.cut && f.lends() == f.pub.join && f.real == f.pub.real && f.pub.told &&
		len(name) == len(dir)+1+len(f.base) && name[:len(dir)] == dir && name[len(dir)+1:] == f.base
}

// after has f read when g, which had its name before, is read.
func (f *file) after(g *file) {
	for n := 0; g.newer != nil && g.newer != f && n < 1000; n++ {
		g = g.newer
	}
	if g != f && g.newer == nil {
		f.older, g.newer = g, f
	}
}

// blocks tells whether f has whole lines to be read before a newer file's.
func (f *file) blocks() bool {
	return f.behind() && (f.tried != f.size || f.mayGoOn()) && f.stream != nil && f.held == 0 && !f.suspect &&
		!f.ended && !f.retired && f.problem == "" && f.readable()
}
