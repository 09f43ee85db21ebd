package file

import (
	"errors"

	"golang.org/x/sys/unix"

	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
	"logskiff/record"
)

const (
	step    = 256 << 10 // read at once
	quantum = 1 << 20   // most of one file in one turn
)

// turn is what a worker knows of a file while it reads: a copy, so that it
// needs no lock. finish writes back what became of it.
type turn struct {
	f        *file
	disk     disk.Disk
	stream   *record.Stream
	path     string
	n        disk.Inode
	fd       int
	opened   bool // fd is new
	gaveUp   bool // a read hangs that may still write to the batch's buffer
	arch     *archive
	at       int64 // stream offset of the source's first byte
	read     int64
	known    int64 // size when last seen
	seen     int64 // modification time then
	tried    int64
	anchor   record.Anchor
	finger   uint64
	fingLen  uint16
	moved    bool // the fingerprint covers more, or less, than is stored
	part     uint16
	avgLine  int
	short    int64 // size of a copy that ends before read
	cut      int64 // see file
	groupEnd int64
	skip     int64   // bytes at read that were handed out with another file's
	join     *joined // what belongs to its last record, or nil
	state    lines.State
	waiting  lines.State
	lines    int
	triedAt  int64

	size, mtime int64
	raw         int64 // size with the NULs that are not written yet
	nuls        *unwritten
	measured    bool  // it is known what is written
	scanned     int64 // when all of these were read
	dropped     int64 // bytes of NULs before read that are in no record
	links       uint64
	out         outcome
	err         error
}

type outcome uint8

const (
	idle     outcome = iota // nothing new
	progress                // records were handed out
	full                    // the batch has no room for its next line
	doubtful                // it is not the file it was
	failed                  // err
)

// Fill implements readers.Reader. It says that there is more until all was read that was ready
// when it said last that there is no more.
func (r *Reader) Fill(b *record.Batch, l record.Limits) (more bool) {
	r.beginRound()
	for {
		if isFull(b, l) {
			return r.more()
		}
		t, ok := r.take()
		if !ok {
			return false
		}
		if r.prepare(&t) {
			r.turn(&t, b, l)
		}
		r.finish(&t)
		if t.moved {
			r.storeFinger(t.f)
		}
		if t.join != nil && t.join.done {
			r.storeFinger(t.join.f)
		}
		if t.out == full {
			return true
		}
	}
}

func isFull(b *record.Batch, l record.Limits) bool {
	return len(b.Buf)+min(4096, l.Bytes/8) > l.Bytes || len(b.Records) >= l.Lines || len(b.Segments) >= l.Segments
}

func (r *Reader) more() bool {
	r.mu.Lock()
	defer r.unlock()
	if !r.queue.empty() {
		r.signal() // for other workers, or the next round
	}
	return r.queue.round > 0
}

func (r *Reader) beginRound() {
	r.mu.Lock()
	defer r.unlock()
	if r.queue.round == 0 {
		r.queue.round = r.queue.len()
	}
}

// take takes the next file out of the queue.
func (r *Reader) take() (turn, bool) {
	r.mu.Lock()
	defer r.unlock()
	for {
		if r.queue.round == 0 {
			if !r.queue.empty() {
				r.signal()
			}
			return turn{}, false
		}
		f := r.queue.pop()
		f.queued = false
		if f.ended || f.retired || f.suspect || f.held != 0 || f.cutting || f.busy || r.waitsForOlder(f) {
			f.again = f.again || f.busy
			continue
		}
		f.busy, f.again = true, false
		t := turn{
			f: f, disk: disk.Disk{Mounts: r.disk.Mounts, Opener: r.disk.Opener}, stream: f.stream, path: f.name(), n: f.Inode, fd: int(f.fd), arch: f.arch, at: f.at,
			read: f.read, known: f.size, seen: f.turned, tried: f.tried, anchor: f.anchor(),
			finger: f.finger, fingLen: f.fingerLen, part: f.part, waiting: f.waiting, avgLine: int(f.avgLine),
			mtime: f.mtime, short: f.short, cut: f.cut, groupEnd: f.groupEnd, state: f.groupState, lines: int(f.groupLines), triedAt: f.triedAt, nuls: f.nuls,
		}
		t.skip = r.wasJoined(f)
		t.joinWith(f.newer)
		if f.spool != "" {
			t.path = r.spoolPath(f.spool)
		}
		if !r.queue.empty() {
			r.signal()
		}
		return t, true
	}
}

// prepare opens the file where it is not open, and finds its size.
func (r *Reader) prepare(t *turn) bool {
	if t.arch != nil {
		t.size = max(t.arch.size, t.read) // what is counted as lost is not in it
		t.raw = t.size
		return true
	}
	if t.fd < 0 {
		if t.path == "" {
			t.out = doubtful
			return false
		}
		fd, i, err := t.disk.OpenRead(t.path)
		if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
			r.mu.Lock()
			fd, i, err = r.fds.patiently(func() (int, disk.Info, error) { return t.disk.OpenRead(t.path) })
			r.unlock()
		}
		switch {
		case errors.Is(err, unix.ENOENT) || err == nil && i.Inode != t.n:
			if err == nil {
				t.disk.CloseFD(fd)
			}
			t.out = doubtful
			return false
		case err != nil:
			t.out, t.err = failed, err
			return false
		}
		t.fd, t.opened = fd, true
	}
	i, err := t.disk.Fstat(t.fd)
	if err != nil {
		t.out, t.err = failed, err
		return false
	}
	t.size, t.mtime, t.links = t.at+i.Size, i.Mtime, i.Links
	if t.short > 0 && i.Size == t.short {
		t.size = t.known
		return false
	}
	t.raw = t.size
	if t.size < t.read || t.size < t.known {
		t.out = doubtful
		return false
	}
	if t.nuls != nil {
		if t.err = t.measure(r); t.err != nil {
			t.out = failed
			return false
		}
	}
	return true
}
