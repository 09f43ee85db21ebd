package sink

import (
	"bytes"

	"logskiff/bench/gen"
)

// maxRecord is longer than any record; more bytes without a newline are garbage.
const maxRecord = 64 << 10

// offsetKey begins an ndjson record (docs/protocol.md).
const offsetKey = `{"_offset":`

// feed checks a run of records as their bytes come in. It belongs to one
// goroutine, and counts into the ledger only when it is told to commit: what an
// agent sent in a body that broke off, it will send again.
type feed struct {
	led    *Ledger
	offset bool        // records begin with "_offset"
	cursor *gen.Cursor // at the line that should come next
	bare   *gen.Cursor // kind Stamped: another one, for lines that are not in JSON
	runs   []run
	stamps []stamp
	lines  int // in this body, altered ones included
	bad    []string
	nbad   int
	loose  int // that came in another form with the same content
}

func (l *Ledger) newFeed() *feed {
	f := &feed{led: l, offset: l.offset, cursor: l.set.NewCursor()}
	if l.bare != nil {
		f.bare = l.bare.NewCursor()
	}
	return f
}

// newLinesFeed is newFeed for bodies of bare lines; nil: none are taken.
func (l *Ledger) newLinesFeed() *feed {
	if l.kind == Stamped {
		return l.newFeed() // it finds them in any body
	}
	if l.lines == nil {
		return nil
	}
	return &feed{led: l, cursor: l.lines.NewCursor()}
}

// reset forgets a body that was not committed.
func (f *feed) reset() {
	*f = feed{led: f.led, offset: f.offset, cursor: f.cursor, bare: f.bare, runs: f.runs[:0], stamps: f.stamps[:0]}
}

// take checks the whole records at the start of b and returns how many bytes
// they were. What is left over is to be given again with more behind it; last
// says that nothing more will come.
func (f *feed) take(b []byte, last bool) int {
	switch f.led.kind {
	case Embedded:
		return f.takeEmbedded(b, last)
	case Latency:
		return f.takeStamps(b, last)
	case Stamped:
		return f.takeStamped(b, last)
	}
	rest := b
	for len(rest) > 0 {
		n := f.match(rest)
		if n == 0 {
			if n = f.resync(rest, last); n == 0 {
				break
			}
		}
		rest = rest[n:]
	}
	return len(b) - len(rest)
}

// match returns the length of the record at the start of b if it is the line
// that should come next, else 0.
func (f *feed) match(b []byte) int {
	n := 0
	if f.offset {
		offset, digits := leadingOffset(b)
		if digits == 0 || f.led.exact && offset != f.led.file.Offset(f.cursor.Seq()) {
			return 0
		}
		n = len(offsetKey) + digits + 1
	}
	if f.cursor.Seq() >= f.led.Expected || !f.cursor.Match(b[n:]) {
		return 0
	}
	n += f.cursor.Len()
	f.saw(f.cursor.Seq())
	return n
}

// saw notes one line and moves on to the next.
func (f *feed) saw(seq uint64) {
	if last := len(f.runs) - 1; last >= 0 && f.runs[last].first+f.runs[last].n == seq {
		f.runs[last].n++
	} else {
		f.runs = append(f.runs, run{seq, 1})
	}
	f.lines++
	if f.cursor.Seq() != seq {
		f.cursor.Seek(seq)
	}
	f.cursor.Next()
}

// leadingOffset reads `{"_offset":N,`; digits is 0 if b does not begin so.
func leadingOffset(b []byte) (offset int64, digits int) {
	if len(b) < len(offsetKey)+20 || string(b[:len(offsetKey)]) != offsetKey {
		return 0, 0
	}
	for i, c := range b[len(offsetKey) : len(offsetKey)+20] {
		if c == ',' {
			return offset, i
		}
		if c < '0' || c > '9' {
			return 0, 0
		}
		offset = 10*offset + int64(c-'0')
	}
	return 0, 0
}

// resync deals with a record that is not the next line: another line, the same
// content in another form, or something altered. It returns 0 if the record is
// not whole yet.
func (f *feed) resync(b []byte, last bool) int {
	n := bytes.IndexByte(b, '\n') + 1
	if n == 0 {
		if !last && len(b) < maxRecord {
			return 0
		}
		n = len(b)
	}
	seq, at := gen.FindSeq(b[:n])
	if at < 0 || seq >= f.led.Expected {
		f.altered(b[:n])
		return n
	}
	f.cursor.Seek(seq)
	if m := f.match(b[:n]); m > 0 {
		return m
	}
	if f.offset && f.led.sameContent(b[:n], seq) {
		f.loose++
		f.saw(seq)
		return n
	}
	f.altered(b[:n])
	return n
}

func (f *feed) altered(b []byte) {
	f.lines++
	f.nbad++
	if len(f.bad) < 3 {
		f.bad = append(f.bad, string(b[:min(len(b), 600)]))
	}
}

// takeEmbedded looks for lines inside anything.
func (f *feed) takeEmbedded(b []byte, last bool) int {
	return f.takeInside(b, last, func(seq uint64, at, done int) int {
		f.cursor.Seek(seq)
		if from := at - f.cursor.SeqOff(); from >= done && f.cursor.Match(b[from:]) {
			return from + f.cursor.Len()
		}
		return -1
	})
}

// takeInside calls match for each number in b that may be a line's, of which done says where it may begin
// at the earliest. match returns where the line ends; -1: it is not there as it was written.
func (f *feed) takeInside(b []byte, last bool, match func(seq uint64, at, done int) int) int {
	done := 0
	for {
		seq, at := gen.FindSeq(b[done:])
		if at < 0 {
			break
		}
		at += done
		if !last && len(b)-at < maxRecord/8 {
			return done // its end may not be there yet
		}
		end := -1
		if seq < f.led.Expected {
			end = match(seq, at, done)
		}
		if end < 0 {
			f.altered(b[max(done, at-200):min(len(b), at+200)])
			done = at + gen.SeqDigits
			continue
		}
		done = end
		f.saw(seq)
	}
	if last {
		return len(b)
	}
	return max(done, len(b)-maxRecord/8)
}
