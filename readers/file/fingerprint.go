package file

import "bytes"

// A fingerprint is the hash of a content's first bytes, at most headLen of them. It covers
// what was handed out, or skipped, and nothing behind it: what nobody was given may still be
// changed in place. As long as nothing was handed out it covers the whole lines that
// were there at first sight, so that two contents that begin alike are told apart.
// It is stored before the bytes that it covers are handed out: after a kill they may be
// on their way under the stream's identity, and must be there still when it reads on.

// firstFinger returns the fingerprint of a content of which nothing was handed out, that
// begins with head and is known by its first line.
func firstFinger(head, first []byte) (finger uint64, n uint16) {
	whole := max(len(first), bytes.LastIndexByte(head, '\n')+1)
	return sum(head[:whole]), uint16(whole)
}

// takeFinger makes the fingerprint cover the bytes before the cursor, of which head has
// the first headLen, or all.
func (t *turn) takeFinger(head []byte) {
	if n := min(len(head), headLen); n != int(t.fingLen) {
		t.finger, t.fingLen, t.moved = sum(head[:n]), uint16(n), true
	}
}

// begins tells whether head, the first headLen bytes of a file or all of it, are f's first bytes, or
// some of them: what was copied before f was read so far is known by its first line, or else, after a restart,
// by the id that was made of that.
func (r *Reader) begins(f *file, head []byte) bool {
	if len(head) >= int(f.fingerLen) {
		return headMatches(f.finger, f.fingerLen, head)
	}
	first := firstLine(head, true)
	if first == nil || f.head != 0 {
		return first != nil && sum(first) == f.head
	}
	return f.stream != nil && streamID(r.env.AgentID, f.Inode, f.birth, first, f.epoch) == f.stream.ID
}

// begunOn tells the same of the file behind fd.
func (r *Reader) begunOn(f *file, fd int) bool {
	var head [headLen]byte
	n, err := r.disk.PreadSmall(fd, head[:], 0)
	return err == nil && r.begins(f, head[:n])
}

// shorten makes the fingerprint cover no more than head: what stands for f from now on
// is a copy that may be shorter than what was read.
func (f *file) shorten(head []byte) {
	if len(head) < int(f.fingerLen) {
		f.finger, f.fingerLen = sum(head), uint16(len(head))
	}
}

// storeFinger tells the registry of a new fingerprint before what it covers is handed out.
func (r *Reader) storeFinger(f *file) {
	r.mu.Lock()
	if f.stream == nil || f.forgotten {
		r.unlock()
		return
	}
	id, known := f.stream.ID, f.known()
	r.unlock()
	_ = r.reg.Update(id, known, false) // only a durable one can fail
}
