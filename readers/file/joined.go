package file

import (
	"bytes"

	"logskiff/readers/file/disk"
	"logskiff/readers/lines"
	"logskiff/record"
)

// A group can go on across a rotation: it begins at the end of the renamed file, or of the
// copy of a truncated one, and ends at the beginning of the file that came after it. Then the
// older stream's record holds both, and the bytes in the newer stream have none of their own. How
// many they are is stored before it is handed out, and by which stream. They are
// handed out only when all before them is acknowledged, so that the store never knows the
// second half as acknowledged and the first not.

// lent is what the last record of an older stream has of a file: so many of its first bytes.
type lent struct {
	to    record.StreamID
	bytes int64
}

func (f *file) lends() int64 {
	if f.lent == nil {
		return 0
	}
	return f.lent.bytes
}

// joined is what a turn needs of the newer file.
type joined struct {
	f       *file
	stream  *record.Stream
	path    string
	n       disk.Inode
	fd      int
	opened  bool
	finger  uint64
	fingLen uint16
	text    []byte // what belongs to the older one's record
	done    bool
	failed  bool // it is not what it was
}

// mayGoOn tells whether the last group of f can go on in the file that came after it.
func (f *file) mayGoOn() bool {
	return f.groupEnd > f.read && f.tried == f.size && f.groupEnd == f.size
}

// goOn finds out whether the last group of f goes on in n, and has it handed out so once it is whole. The
// result is when to look again; 0: f's group ends with f, as far as can be said now.
func (r *Reader) goOn(p *pass, f, n *file) int64 {
	f.joining = false
	switch {
	case n.lent != nil && n.lent.to == f.stream.ID:
		f.joining = true
		r.push(f)
		return r.nextPoll
	case f.cut > f.deliv && f.cut <= f.size:
		r.push(f) // it was cut off already, or a cut before it is still needed
		return r.nextPoll
	case n.stream == nil || !n.registered || n.read > 0 || n.busy || n.cutting || n.suspect || n.held != 0 || n.ended ||
		n.arch != nil || n.spool != "" || n.problem != "" || f.busy || f.cutting:
		return 0
	}
	sure := r.sure()
	quiet := r.stillQuiet(p, n)
	size, whole := r.continues(f, n)
	if !sure() || (size > 0 || whole) && !r.stillQuiet(p, f) { // it may have been written to before n was
		return r.nextPoll
	}
	switch {
	case size == 0 && whole:
		n.inTurn() // it begins with a record of its own
		r.push(n)
		return 0
	case size == 0:
		return 0
	}
	f.joining = true
	if due := n.grown + int64(r.cfg.Multiline.Flush); !whole && (!quiet || due > p.now) {
		return max(due, p.now+1)
	}
	if !f.allDelivered() || n.deliv > 0 {
		return r.nextPoll
	}
	f.own().cut, f.cutting = f.groupEnd, true
	n.own().lent, n.cutting = &lent{f.stream.ID, size}, true
	r.cuts = append(r.cuts, f, n)
	return r.nextPoll
}

// continues returns how many bytes at the beginning of n belong to f's last group, and
// whether what follows them shows that it ends there.
func (r *Reader) continues(f, n *file) (size int64, whole bool) {
	if n.fd < 0 {
		fd, _, err := openNow(&r.disk, n)
		if err != nil {
			return 0, false
		}
		r.fds.add(n, fd)
	}
	had := f.groupEnd - f.read
	buf := make([]byte, min(n.size, max(0, int64(r.cfg.Multiline.MaxBytes)-had)+int64(step)))
	m, err := r.disk.PreadFull(int(n.fd), buf, 0)
	if err != nil {
		return 0, false
	}
	fr := r.cut.Framer()
	fr.Resume(int(f.groupLines), f.groupState, int(had))
	var part uint16
	var one [1]record.Record
	recs, end := fr.Cut(one[:0], buf[:m], 0, m, 0, &part, 1)
	if len(recs) > 0 {
		return int64(end), true
	}
	return int64(fr.Open()), false
}

// joinWith has a turn of f read what of the newer file belongs to its last record.
func (t *turn) joinWith(n *file) {
	if n == nil || n.older != t.f || n.lent == nil || n.lent.to != t.stream.ID || n.read > 0 || t.read >= t.cut || n.stream == nil {
		return
	}
	n.busy, n.again = true, false
	t.join = &joined{
		f: n, stream: n.stream, path: n.name(), n: n.Inode, fd: int(n.fd), finger: n.finger, fingLen: n.fingerLen,
		text: make([]byte, n.lent.bytes),
	}
}

// read reads the text, and checks that the file is what it was.
func (j *joined) read(d *disk.Disk) bool {
	j.failed = true
	if j.fd < 0 {
		fd, i, err := d.OpenRead(j.path)
		if err != nil {
			return false
		}
		if i.Inode != j.n {
			d.CloseFD(fd)
			return false
		}
		j.fd, j.opened = fd, true
	}
	if !headOn(d, j.fd, j.finger, j.fingLen) {
		return false
	}
	m, err := d.PreadFull(j.fd, j.text, 0)
	j.done = err == nil && m == len(j.text)
	j.failed = !j.done
	return j.done
}

// appendTo adds the text to the last record of b, whose bytes are the last in b.Buf, and the
// segment of the newer stream.
func (j *joined) appendTo(b *record.Batch, c *lines.Charset) {
	rec := &b.Records[len(b.Records)-1]
	text := bytes.TrimPrefix(j.text[:len(j.text)-c.Unit()], c.Mark())
	rec.Flags &^= record.CR
	if c.EndsCR(text) {
		text = text[:len(text)-c.Unit()]
		rec.Flags |= record.CR
	}
	if !c.Decodes() {
		b.Buf = append(b.Buf, text...)
	} else {
		var bad bool
		if b.Buf, bad = c.Decode(append(b.Buf, '\n'), c.Decoder(), text); bad {
			rec.Flags |= record.BadUTF8
		}
	}
	rec.Text.Len = uint32(len(b.Buf)) - rec.Text.Off
	end := int64(len(j.text))
	b.Segments = append(b.Segments, record.Segment{
		Stream: j.stream, End: end, Anchor: anchorOf(j.text, end), First: len(b.Records),
	})
}

// leave writes back what became of the newer file.
func (r *Reader) leave(j *joined) {
	n := j.f
	n.busy = false
	if j.opened {
		r.fds.add(n, j.fd)
	}
	switch {
	case j.failed:
		r.doubt(n)
		return
	case !j.done:
		return
	}
	n.waiting = unknownWaits
	n.read, n.tried = int64(len(j.text)), -1
	n.anchorAt(anchorOf(j.text, n.read))
	r.handedOut(n)
	head := j.text[:min(len(j.text), headLen)]
	n.finger, n.fingerLen = sum(head), uint16(len(head))
}

// waitsForOlder tells whether the first bytes of f are still to be handed out with the older
// stream's last record.
func (r *Reader) waitsForOlder(f *file) bool {
	if f.lent == nil || f.read > 0 {
		return false
	}
	o := f.older
	return r.byIno != nil || o != nil && o.stream != nil && o.stream.ID == f.lent.to && o.read < o.cut && !o.ended
}

// wasJoined returns how many bytes at the beginning of f were delivered with the older stream's last
// record before a restart.
func (r *Reader) wasJoined(f *file) int64 {
	if f.lent == nil || f.read > 0 {
		return 0
	}
	if o := r.ofStream(f.lent.to); o != nil && o.cut > 0 && o.deliv >= o.cut && !o.lossy {
		return f.lent.bytes
	}
	return 0
}

func (r *Reader) ofStream(id record.StreamID) *file {
	for f := range r.ever() {
		if f.stream != nil && f.stream.ID == id {
			return f
		}
	}
	return nil
}

// linkJoined puts files in order again whose first bytes belong to another's last record.
func (r *Reader) linkJoined(lending []*file) {
	for _, f := range lending {
		if f.retired || f.forgotten || f.read > 0 {
			continue
		}
		if o := r.ofStream(f.lent.to); o != nil && o.read < o.cut && !o.ended {
			f.own().older, o.own().newer = o, f
			r.push(o)
		}
		r.push(f)
	}
}
