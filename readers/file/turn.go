package file

import (
	"errors"
	"slices"
	"sync"

	"logskiff/readers/file/disk"
	"logskiff/record"
)

// turn reads on from t.read, at most a quantum, and appends records and one
// segment to b.
func (r *Reader) turn(t *turn, b *record.Batch, l record.Limits) {
	end, final := t.size, false
	if t.read < t.cut && t.cut <= t.size {
		end, final = t.cut, true
	}
	pending := end - t.read
	if t.size == t.tried && t.mtime == t.seen && !final || pending == 0 && t.mtime == t.seen || !final && r.grewLittle(t) {
		return
	}
	t.groupEnd = 0
	defer func() {
		if t.gaveUp {
			b.Buf = slices.Clone(b.Buf)
		}
	}()
	buf := b.Buf
	if r.cut.Charset().Decodes() { // cut aside, then decoded into b
		aside := scratches.Get().(*[]byte)
		defer func() { *aside = buf[:0]; scratches.Put(aside) }()
		buf = *aside
	}
	start, back := len(buf), int(min(int64(t.anchor.Len), t.read-t.at))
	quota := t.quota(b, l, pending)
	if quota = max(quota, min(pending, t.skip)); pending <= t.skip {
		if t.mtime != t.seen && !t.isSame() { // it was written anew, and is as long as it was
			t.out = doubtful
			return
		}
		t.tried = t.size
		return
	}
	buf, err := t.more(buf, back+int(max(min(quota, step), min(pending, t.skip))), t.read-int64(back), l.Bytes)
	if err != nil {
		t.out, t.err = failed, err
		return
	}
	text := start + back
	if len(buf) < text || back == int(t.anchor.Len) && !anchorMatches(t.anchor, buf[start:text]) || !t.sameHead(buf[text:]) {
		t.out = doubtful
		return
	}
	if t.mayBeUnwritten(buf[text:]) && !final {
		// What was read before it was known how much is written may have been filled since.
		if t.err = t.measure(r); t.err == nil {
			end, pending, quota = t.size, t.size-t.read, min(quota, t.size-t.read)
			buf, t.err = t.more(buf[:text], int(max(min(quota, step), min(pending, t.skip))), t.read, l.Bytes)
		}
		switch {
		case t.err != nil:
			t.out = failed
			return
		case pending <= t.skip:
			t.tried = t.size
			return
		}
	}

	from := text + int(t.skip)
	if from > len(buf) {
		return
	}
	first, part, at := len(b.Records), t.part, from
	fr := r.cut.Framer()
	fr.Waiting = t.waitingPieces(r)
	holes := nulCutter{set: r.cut.Charset(), disk: &t.disk, fd: t.fd, packed: t.arch != nil, at: t.at, read: t.read, start: start, text: text, end: end,
		room: l.Segments - len(b.Segments), stream: t.stream, from: t.read, first: first}
	for {
		b.Records, at = holes.cut(&fr, b.Records, buf, at, &part, l.Lines-len(b.Records))
		have := int64(len(buf) - text)
		if holes.over {
			break
		}
		if done := len(b.Records) - first; done > 0 && (have >= quota || part > 0) || len(b.Records) >= l.Lines || have >= pending {
			break
		}
		if have >= quota { // not one whole line: a long one
			if len(b.Records) > 0 {
				t.out = full
				return
			}
			quota = min(pending, 2*quota)
		}
		before := len(buf)
		if buf, err = t.more(buf, int(min(step, quota-have)), t.read+have, l.Bytes); err != nil || len(buf) == before {
			break // what was read so far counts; the next turn meets the error again
		}
		if t.mayBeUnwritten(buf[before:]) && !final {
			if t.err = t.measure(r); t.err != nil {
				t.out = failed
				return
			}
			if t.size < t.raw { // the next turn reads no farther
				b.Records, t.tried, t.out = b.Records[:first], -1, progress
				return
			}
		}
	}
	if holes.over && at == from && holes.beyond == 0 {
		if t.err = holes.err; t.err != nil {
			t.out = failed
		} else {
			t.tried, t.out = -1, progress
		}
		return
	}
	whole := int64(len(buf)-text) >= pending && len(b.Records) < l.Lines && !(part > 0 && len(b.Records) > first) && !holes.over
	if final && whole && at < len(buf) {
		b.Records, at = fr.Rest(b.Records, buf, at, len(buf), t.read+int64(at-text), &part, l.Lines-len(b.Records))
	}
	open := int64(0)
	if n := fr.Open(); n > 0 && whole {
		open = t.read + int64(n-text)
	}
	join := t.join
	if t.read+int64(at-text) < t.cut {
		join = nil // its turn is to come
	}
	if join != nil {
		if len(b.Segments) > 0 && (len(b.Segments)+2 > l.Segments || len(buf)+len(join.text) > l.Bytes) {
			b.Records, t.out = b.Records[:first], full
			return
		}
		if !join.read(&t.disk) {
			b.Records = b.Records[:first]
			return
		}
	}
	if t.read == 0 && len(b.Records) > first {
		r.cut.Charset().Unmark(&b.Records[first], buf)
	}
	if at > from || holes.beyond > 0 {
		t.commit(r, b, buf[:at], start, text, first, &holes)
		t.part, t.waiting = part, fr.Waiting
	}
	if join != nil {
		join.appendTo(b, r.cut.Charset())
	}
	if at == from || open > 0 {
		t.lines, t.state = fr.Under()
		t.tried, t.groupEnd, t.triedAt = t.size, open, r.clock.mono()
	}
}

// quota returns how much of the file to read in this turn.
func (t *turn) quota(b *record.Batch, l record.Limits, pending int64) int64 {
	q := min(quantum, int64(l.Bytes-len(b.Buf)), pending)
	if t.avgLine > 0 { // not more than the batch has room for in lines
		lines := int64(l.Lines - len(b.Records))
		q = min(q, (lines+lines/4+1)*int64(t.avgLine)+4096)
	}
	return q
}

// commit moves the cursor to the end of buf, whose records from first on are in
// b, and appends their segment. The stream's bytes begin at buf[text]; what is
// between start and text are the bytes of the anchor.
func (t *turn) commit(r *Reader, b *record.Batch, buf []byte, start, text, first int, holes *nulCutter) {
	n := len(b.Records) - first
	end := t.read + int64(len(buf)-text) + holes.beyond
	t.anchor = holes.anchor(buf[start:], end)
	if t.read < headLen && t.arch == nil && t.read == int64(text-start) && holes.beyond == 0 {
		t.takeFinger(buf[start:])
	}
	if holes.dropped == 0 { // as nearly always: without taking memory
		b.Segments = append(b.Segments, record.Segment{
			Stream: t.stream, Start: t.read, End: end, Anchor: t.anchor, First: first, N: n,
		})
	} else {
		if holes.beyond == 0 {
			holes.close(len(b.Records), buf[start:], end)
		}
		b.Segments = append(b.Segments, holes.segs...)
	}
	t.dropped += holes.dropped
	t.read, t.tried, t.out = end, -1, progress
	if n == 0 {
		return
	}
	t.avgLine = (len(buf) - text) / n
	switch {
	case r.cut.Charset().Decodes():
		b.Buf = r.cut.Charset().DecodeRecords(b.Buf, r.cut.Charset().Decoder(), buf, b.Records[first:])
	case text > start && len(buf)-text <= 4096: // do not keep a KiB beside each short line
		m := copy(buf[start:], buf[text:])
		for i := range b.Records[first:] {
			b.Records[first+i].Text.Off -= uint32(text - start)
		}
		b.Buf = buf[:start+m]
	default:
		b.Buf = buf
	}
}

// more appends n bytes of the source from off on to buf, fewer at its end.
func (t *turn) more(buf []byte, n int, off int64, limit int) ([]byte, error) {
	at := len(buf)
	if need := at + n; cap(buf) < need {
		// A quiet file's line must not cost a batch's worth of memory, and a busy
		// file's batch must not be copied ten times while it grows.
		c := need
		if at > 0 || need >= step {
			c = max(need, min(2*cap(buf), limit+anchorLen), min(limit+anchorLen, 2*need))
		}
		grown := make([]byte, at, c)
		copy(grown, buf)
		buf = grown
	}
	buf = buf[:at+n]
	var err error
	if t.arch != nil {
		n, err = t.arch.readAt(buf[at:], off)
	} else {
		n, err = t.disk.PreadFull(t.fd, buf[at:], off-t.at)
	}
	if errors.Is(err, disk.ErrHung) { // the rest of the buffer belongs to the read that hangs
		t.gaveUp = true
		return slices.Clone(buf[:at]), err
	}
	return buf[:at+n], err
}

// isSame tells whether a file reads as it did at its beginning and before the cursor. What cannot be read is
// met by the next turn.
func (t *turn) isSame() bool {
	if t.arch != nil || t.at > 0 {
		return true
	}
	before := make([]byte, t.anchor.Len)
	n, err := t.disk.PreadFull(t.fd, before, t.read-int64(len(before)))
	return err != nil || anchorMatches(t.anchor, before[:n]) && (t.fingLen == 0 || headOn(&t.disk, t.fd, t.finger, t.fingLen))
}

// sameHead checks the beginning of a file of which nothing was handed out yet;
// text may be less than what its fingerprint was made of.
func (t *turn) sameHead(text []byte) bool {
	switch {
	case t.read > 0 || t.at > 0 || t.fingLen == 0 || t.arch != nil:
		return true
	case len(text) >= int(t.fingLen):
		return headMatches(t.finger, t.fingLen, text)
	}
	return headOn(&t.disk, t.fd, t.finger, t.fingLen)
}

// scratches hold the undecoded bytes of one turn each.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// finish writes back what became of a turn, and decides what comes next.
func (r *Reader) finish(t *turn) {
	r.mu.Lock()
	defer r.unlock()
	defer r.stay()
	f, now := t.f, r.clock.mono()
	waiting := r.queue.len()
	defer func() { r.queue.round += r.queue.len() - waiting }() // what comes of a turn belongs to its round
	f.busy = false
	if t.join != nil {
		r.leave(t.join)
	}
	if t.opened {
		r.fds.add(f, t.fd)
	} else {
		r.fds.used(f)
	}
	again := f.again
	f.again = false
	switch t.out {
	case doubtful:
		r.doubt(f)
		return
	case failed:
		r.trouble(f, t.err)
		return
	}
	if f.problem != "" && f.problem != disk.ErrHung.Error() {
		r.log.Info("recovered: a file can be read again", "path", t.path, "stream", f.id(), "offset", t.read)
	}
	f.well()
	f.read, f.part, f.avgLine, f.tried = t.read, t.part, uint32(t.avgLine), t.tried
	f.anchorAt(t.anchor)
	r.handedOut(f)
	if f.groupEnd != 0 || t.groupEnd != 0 {
		own := f.own()
		own.groupEnd, own.triedAt = t.groupEnd, t.triedAt
	}
	f.finger, f.fingerLen = t.finger, t.fingLen
	f.groupState, f.groupLines, f.waiting = t.state, int32(t.lines), t.waiting
	r.watchGroup(f)
	if t.size != f.size || t.mtime != f.mtime {
		f.grown = now
	}
	r.sized(f, t.size, t.raw, t.scanned, now)
	f.mtime, f.turned = t.mtime, t.mtime
	r.tellHoles(t)
	f.saw(f.size, f.deliv, now)
	if t.links == 0 && f.arch == nil && f.folder != nil {
		r.doubt(f)
	}
	r.closeRead(f)
	switch {
	case t.out == full:
		f.queued = true
		r.queue.pushFront(f)
	case again || t.out == progress && f.behind() && f.tried != f.size:
		r.push(f)
	}
	if !f.blocks() {
		r.drained(f)
	}
}

// closeRead closes a file that is read to its end where an open one would keep the process
// from ending.
func (r *Reader) closeRead(f *file) {
	if f.fd >= 0 && !f.busy && f.folder != nil && !f.behind() && r.disk.FlushesOn(f.Dev) {
		r.fds.close(f)
	}
}

// trouble notes why a file cannot be read; a later look tries again.
func (r *Reader) trouble(f *file, err error) {
	if errors.Is(err, disk.ErrHung) { // said once, of its folder
		f.own().problem, f.tried = disk.ErrHung.Error(), -1
		if f.folder != nil {
			f.folder.again = true
		}
	} else if why := err.Error(); f.problem != why {
		f.own().problem = why
		r.log.Warn("cannot read a file; trying again", "path", f.name(), "stream", f.id(), "offset", f.read, "error", err)
	}
	r.care(f)
	r.drained(f)
}
