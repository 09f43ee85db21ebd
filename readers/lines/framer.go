package lines

import (
	"bytes"

	"golang.org/x/text/encoding"

	"logskiff/record"
)

// Framer cuts the bytes of one stream into records: lines, or groups of them. Its cuts depend on the bytes alone, from the first byte of a group on.
//
// A group ends before a line that does not join it, where it would have more than
// maxBytes, after maxLines, and before a line longer than max_line, whose parts are
// records of their own; what follows them begins another. Its text is the lines as
// they stand in the file: a carriage return before an inner newline stays.
type Framer struct {
	*Cutter

	// The group under way, as places in the buffer; they hold from call to call while
	// the buffer grows.
	lines   int // 0: none
	start   int // its first byte
	scan    int // after its last line
	newline int // bytes of that line's end
	flags   record.Flags
	state   State

	// Waiting is, of pieces, which streams wait for more before the group under way.
	Waiting State

	decoder *encoding.Decoder // nil: UTF-8
	text    []byte            // a decoded line
}

// Framer returns one that has met nothing of its stream yet.
func (c *Cutter) Framer() Framer {
	fr := Framer{Cutter: c}
	if c.rule != nil {
		fr.decoder = c.set.Decoder()
	}
	return fr
}

// Cut appends a record for each line, or group, that ends in buf[from:to], and returns where
// it stopped. The byte buf[from] has the offset off in its stream. It stops after
// room records, and after a part of an overlong line; part is the number of
// parts of the line at from that were cut before. The next call's from is where this one stopped: at
// the beginning of the group under way, whose lines are not looked at again.
func (fr *Framer) Cut(recs []record.Record, buf []byte, from, to int, off int64, part *uint16, room int) ([]record.Record, int) {
	if fr.rule == nil {
		return fr.cut(recs, buf, from, to, off, part, room)
	}
	base := off - int64(from)
	if *part > 0 {
		n := len(recs)
		recs, from = fr.cutSlow(recs, buf, from, to, off, part, 1)
		if *part > 0 || len(recs) == n {
			return recs, from
		}
		room--
	}
	fr.begin(from)
	unit, most := fr.set.unit, fr.max
	for room > 0 {
		i := fr.set.Newline(buf[fr.scan:to])
		if i > most || i < 0 && to-fr.scan >= most+unit {
			if fr.lines > 0 {
				recs = fr.end(recs, base)
				room--
				continue
			}
			return fr.cutSlow(recs, buf, fr.scan, to, base+int64(fr.scan), part, 1)
		}
		if i < 0 {
			break
		}
		end := fr.scan + i + unit
		raw := buf[fr.scan : fr.scan+i]
		if base+int64(fr.scan) == 0 {
			raw = bytes.TrimPrefix(raw, fr.set.mark)
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
func (fr *Framer) begin(from int) {
	if fr.lines == 0 {
		fr.start, fr.scan = from, from
	}
}

// joins tells whether a line that ends at the place end belongs to the group under way.
func (fr *Framer) joins(line []byte, end int) bool {
	s, ok := fr.rule.next(fr.state, line)
	if !ok || end-fr.start > fr.maxBytes {
		return false
	}
	fr.state = s
	return true
}

// end appends the record of the group under way.
func (fr *Framer) end(recs []record.Record, base int64) []record.Record {
	recs = append(recs, record.Record{
		Offset: base + int64(fr.start), Size: uint32(fr.scan - fr.start), Flags: fr.flags,
		Text: record.Span{Off: uint32(fr.start), Len: uint32(fr.scan - fr.newline - fr.start)},
	})
	if fr.rule.pieces {
		if goOn := fr.Waiting & (fr.state / hasOut); goOn != 0 {
			recs[len(recs)-1].Part = uint16(goOn) // see record.Record.Continues
		}
		fr.Waiting = fr.Waiting.After(fr.state)
	}
	fr.lines, fr.start = 0, fr.scan
	return recs
}

// Rest appends the records of what is left where a stream ends, or is cut: at most room.
func (fr *Framer) Rest(recs []record.Record, buf []byte, from, to int, off int64, part *uint16, room int) ([]record.Record, int) {
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
		recs = fr.Cutter.rest(recs, from, to, base+int64(from), part)
		from = to
	}
	return recs, from
}

// Flush appends the record of the group under way, if there is one, since no line may come for long that could show
// that it is whole, and returns where it stopped. What is behind it, the beginning of a line, waits. As in Cut,
// the byte buf[from] has the offset off.
func (fr *Framer) Flush(recs []record.Record, from int, off int64) ([]record.Record, int) {
	if fr.lines == 0 {
		return recs, from
	}
	recs = fr.end(recs, off-int64(from))
	return recs, fr.start
}

// line returns the text of a line without its carriage return, and whether it had one. It
// is valid until the next call.
func (fr *Framer) line(raw []byte) (text []byte, cr bool) {
	if cr = fr.set.EndsCR(raw); cr {
		raw = raw[:len(raw)-fr.set.unit]
	}
	if fr.decoder == nil {
		return raw, cr
	}
	fr.text, _ = fr.set.Decode(fr.text[:0], fr.decoder, raw)
	return fr.text, cr
}

// Open returns the place after the last line of the group under way; 0: there is none.
func (fr *Framer) Open() int {
	if fr.lines == 0 {
		return 0
	}
	return fr.scan
}

// Under returns what Resume takes: how many lines the group under way has, and their state.
func (fr *Framer) Under() (lines int, state State) { return fr.lines, fr.state }

// Resume has the group under way go on at the place 0 of a buffer, behind so many lines of had bytes in
// all, which are not in it.
func (fr *Framer) Resume(lines int, state State, had int) {
	fr.lines, fr.state, fr.start, fr.scan = lines, state, -had, 0
}

// Shift says that the first n bytes of the buffer, before the group under way, are gone from it.
func (fr *Framer) Shift(n int) { fr.start, fr.scan = fr.start-n, fr.scan-n }

// again has the group under way, if there is one, looked at again from its beginning.
func (fr *Framer) again() { fr.lines = 0 }
