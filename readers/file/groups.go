package file

import (
	"bytes"

	"golang.org/x/text/encoding"

	"logskiff/record"
)

// framer cuts the bytes of one turn into records: lines, or groups of them. Like the
// cutter's, its cuts depend on the bytes alone, from the first byte of a group on.
//
// A group ends before a line that does not join it, where it would have more than
// maxBytes, after maxLines, and before a line longer than max_line, whose parts are
// records of their own; what follows them begins another. Its text is the lines as
// they stand in the file: a carriage return before an inner newline stays.
type framer struct {
	cutter   *cutter
	rule     *rule // nil: each line is a record
	maxLines int
	maxBytes int

	// The group under way, as places in the buffer; they hold from call to call while
	// the buffer grows.
	lines   int // 0: none
	start   int // its first byte
	scan    int // after its last line
	newline int // bytes of that line's end
	flags   record.Flags
	state   groupState
	waiting groupState // of pieces: the streams that wait for more, before the group under way

	decoder *encoding.Decoder // nil: UTF-8
	text    []byte            // a decoded line
}

func newFramer(c *cutter, m *Multiline, rule *rule) framer {
	fr := framer{cutter: c, rule: rule, maxLines: m.MaxLines, maxBytes: int(m.MaxBytes)}
	if rule != nil && c.set.decoder != nil {
		fr.decoder = c.set.decoder()
	}
	return fr
}

// cut does what cutter.cut does. The next call's from is where this one stopped: at
// the beginning of the group under way, whose lines are not looked at again.
func (fr *framer) cut(recs []record.Record, buf []byte, from, to int, off int64, part *uint16, room int) ([]record.Record, int) {
	if fr.rule == nil {
		return fr.cutter.cut(recs, buf, from, to, off, part, room)
	}
	base := off - int64(from)
	if *part > 0 {
		n := len(recs)
		recs, from = fr.cutter.cutSlow(recs, buf, from, to, off, part, 1)
		if *part > 0 || len(recs) == n {
			return recs, from
		}
		room--
	}
	fr.begin(from)
	unit, most := fr.cutter.set.unit, fr.cutter.max
	for room > 0 {
		i := fr.cutter.set.newline(buf[fr.scan:to])
		if i > most || i < 0 && to-fr.scan >= most+unit {
			if fr.lines > 0 {
				recs = fr.end(recs, base)
				room--
				continue
			}
			return fr.cutter.cutSlow(recs, buf, fr.scan, to, base+int64(fr.scan), part, 1)
		}
		if i < 0 {
			break
		}
		end := fr.scan + i + unit
		raw := buf[fr.scan : fr.scan+i]
		if base+int64(fr.scan) == 0 {
			raw = bytes.TrimPrefix(raw, fr.cutter.set.mark)
		}
		line, cr := fr.line(raw)
		if fr.lines > 0 && !fr.joins(line, end) {
			recs = fr.end(recs, base)
			if room--; room == 0 {
				break
			}
		}
		if fr.lines == 0 {
			fr.state = fr.rule.first(line)
		}
		fr.lines++
		fr.scan, fr.newline, fr.flags = end, unit, 0
		if cr {
			fr.newline, fr.flags = 2*unit, record.CR
		}
		if fr.state&complete != 0 || fr.lines >= fr.maxLines {
			recs = fr.end(recs, base)
			room--
		}
	}
	return recs, fr.start
}

// begin makes from the place where the next group begins, if none is under way.
func (fr *framer) begin(from int) {
	if fr.lines == 0 {
		fr.start, fr.scan = from, from
	}
}

// joins tells whether a line that ends at the place end belongs to the group under way.
func (fr *framer) joins(line []byte, end int) bool {
	s, ok := fr.rule.next(fr.state, line)
	if !ok || end-fr.start > fr.maxBytes {
		return false
	}
	fr.state = s
	return true
}

// end appends the record of the group under way.
func (fr *framer) end(recs []record.Record, base int64) []record.Record {
	recs = append(recs, record.Record{
		Offset: base + int64(fr.start), Size: uint32(fr.scan - fr.start), Flags: fr.flags,
		Text: record.Span{Off: uint32(fr.start), Len: uint32(fr.scan - fr.newline - fr.start)},
	})
	if fr.rule.pieces {
		has := fr.state / hasOut & waits
		if goOn := fr.waiting & has; goOn != 0 {
			recs[len(recs)-1].Part = uint16(goOn) // see record.Record.Continues
		}
		fr.waiting = fr.waiting&^has | fr.state&waits
	}
	fr.lines, fr.start = 0, fr.scan
	return recs
}

// rest appends the records of what is left where a file ends, or is cut: at most room.
func (fr *framer) rest(recs []record.Record, buf []byte, from, to int, off int64, part *uint16, room int) ([]record.Record, int) {
	base := off - int64(from)
	if fr.rule != nil && *part == 0 && fr.lines > 0 {
		if fr.scan < to {
			line, _ := fr.line(buf[fr.scan:to])
			if fr.joins(line, to) {
				fr.scan, fr.newline, fr.flags = to, 0, record.NoNewline
			}
		}
		recs = fr.end(recs, base)
		from = fr.scan
		room--
	}
	if from < to && room > 0 {
		recs = fr.cutter.rest(recs, from, to, base+int64(from), part)
		from = to
	}
	return recs, from
}

// line returns the text of a line without its carriage return, and whether it had one. It
// is valid until the next call.
func (fr *framer) line(raw []byte) (text []byte, cr bool) {
	if cr = fr.cutter.endsCR(raw); cr {
		raw = raw[:len(raw)-fr.cutter.set.unit]
	}
	if fr.decoder == nil {
		return raw, cr
	}
	fr.text, _ = fr.cutter.set.decode(fr.text[:0], fr.decoder, raw)
	return fr.text, cr
}

// open returns the place after the last line of the group under way; 0: there is none.
func (fr *framer) open() int {
	if fr.lines == 0 {
		return 0
	}
	return fr.scan
}
