package file

import (
	"time"

	"logskiff/readers"
	"logskiff/record"
)

// A record that nothing in the file ends yet, a group that waits for its next line or a
// line without newline, is handed out when its file has been quiet for long enough. If
// the file grows after that, and the agent is killed before the record is acknowledged, the same
// offset would then name more bytes. So the place where it was cut is stored first, and it
// ends there for ever. One such place is enough, since another is made only when all before
// the last one is acknowledged.

// smallGroup is what can be read again at each change without anyone noticing.
const smallGroup = 64 << 10

// cutOff has the record that f's size is within, or before, end at the offset at.
func (r *Reader) cutOff(f *file, at int64) {
	switch {
	case f.busy || f.cutting || !f.registered || f.suspect || f.held != 0 || f.ended || at <= f.read:
		return
	case f.cut > f.deliv && f.cut <= f.size:
		return // it is still needed; an acknowledgement will come
	}
	f.own().cut, f.cutting = at, true
	r.cuts = append(r.cuts, f)
}

// storeCuts makes the places of this look durable, all in one go, and has the files read.
func (r *Reader) storeCuts() {
	if len(r.cuts) == 0 {
		return
	}
	cuts := r.cuts
	r.cuts = nil
	ids := make([]record.StreamID, len(cuts))
	known := make([]readers.Known, len(cuts))
	for i, f := range cuts {
		ids[i], known[i] = f.stream.ID, f.known()
	}
	r.postpone(func() {
		for i := range cuts {
			if err := r.reg.Update(ids[i], known[i], i == len(cuts)-1); err != nil {
				r.log.Warn("cannot store where the last records of files were cut; reading on", "path", known[i].Path, "stream", ids[i], "error", err)
			}
		}
		r.mu.Lock()
		for _, f := range cuts {
			f.cutting = false
			r.push(f)
		}
		r.unlock()
	})
}

// watchGroup has flushIdle watch a file whose last group waits for its next line.
func (r *Reader) watchGroup(f *file) {
	if f.groupEnd > f.read && !f.inGroup {
		f.inGroup = true
		r.grouping = append(r.grouping, f)
		r.poke() // it may want to look sooner now
	}
}

// flushIdle cuts off groups of files that have not grown for a while, and returns when
// it wants to look again.
func (r *Reader) flushIdle(p *pass) int64 {
	wait := int64(r.cfg.Multiline.Flush)
	next := p.now + int64(time.Hour)
	kept := r.grouping[:0]
	for _, f := range r.grouping {
		if f.inGroup = !f.ended && !f.retired && f.groupEnd > f.read; !f.inGroup {
			continue
		}
		kept = append(kept, f)
		if n := f.newer; n != nil && n.older == f && f.mayGoOn() {
			if again := r.goOn(p, f, n); again > 0 {
				next = min(next, again)
				continue
			}
		}
		due := f.grown + wait
		if f.tried != f.size {
			due = f.triedAt + wait // see grewLittle
		}
		switch {
		case due > p.now:
			next = min(next, due)
		case f.tried != f.size:
			r.push(f)
		case !r.stillQuiet(p, f):
			next = min(next, p.now+wait)
		default:
			r.cutOff(f, f.groupEnd)
		}
	}
	clear(r.grouping[len(kept):])
	r.grouping = kept
	return next
}

// stillQuiet looks at a file itself: it may have grown since it was looked at.
func (r *Reader) stillQuiet(p *pass, f *file) bool {
	if f.arch != nil || f.spool != "" || f.busy {
		return !f.busy
	}
	i, ok := r.infoNow(f)
	if !ok {
		return false
	}
	if f.at+i.Size == f.rawSize() {
		return true
	}
	r.noticed(p, f, i)
	return false
}

// grewLittle tells whether a file has too little more in it for its last group, which is long,
// to be read again from its beginning: a line at a time, that would take the square of its length.
func (r *Reader) grewLittle(t *turn) bool {
	had := t.tried - t.read
	return t.groupEnd > t.read && t.tried >= 0 && had >= smallGroup && t.size-t.tried < had/4 &&
		r.clock.mono()-t.triedAt < int64(r.cfg.Multiline.Flush)
}
