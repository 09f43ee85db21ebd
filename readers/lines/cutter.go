package lines

import (
	"bytes"

	"logskiff/record"
)

// Cutter cuts bytes into lines. Where it cuts depends on the bytes alone, never
// on how much was read at once, so that an offset names the same record always.
// It is immutable, and shared by all Framers of a reader.
type Cutter struct {
	max      int // longest line, without its newline, that is one record
	set      Charset
	rule     *rule // nil: each line is a record
	maxLines int   // of a group
	maxBytes int
}

// NewCutter returns a cutter for valid settings. It fails when their encoding is not known.
func NewCutter(s Settings) (*Cutter, error) {
	set, err := charsetOf(s.Encoding)
	if err != nil {
		return nil, err
	}
	return &Cutter{
		max: int(s.MaxLine) &^ 1, set: set,
		rule: s.Multiline.rule(), maxLines: s.Multiline.MaxLines, maxBytes: int(s.Multiline.MaxBytes),
	}, nil
}

// Charset returns that of the text. It must not be changed.
func (c *Cutter) Charset() *Charset { return &c.set }

// MaxLine returns how many bytes a line, or a part of one, can have without its newline.
func (c *Cutter) MaxLine() int { return c.max }

// JoinsLines reports whether a record can be of several lines.
func (c *Cutter) JoinsLines() bool { return c.rule != nil }

// cut appends a record for each whole line of buf[from:to] and returns where
// it stopped. The byte buf[from] has the offset off in its stream. It stops after
// room records, and after a part of an overlong line; part is the number of
// parts of the line at from that were cut before.
func (c *Cutter) cut(recs []record.Record, buf []byte, from, to int, off int64, part *uint16, room int) ([]record.Record, int) {
	if *part > 0 || c.set.unit > 1 {
		return c.cutSlow(recs, buf, from, to, off, part, room)
	}
	p := from
	for ; room > 0; room-- {
		i := bytes.IndexByte(buf[p:to], '\n')
		if i < 0 || i > c.max {
			break
		}
		n, flags := i, record.Flags(0)
		if i > 0 && buf[p+i-1] == '\r' {
			n, flags = i-1, record.CR
		}
		recs = append(recs, record.Record{
			Offset: off, Text: record.Span{Off: uint32(p), Len: uint32(n)}, Size: uint32(i + 1), Flags: flags,
		})
		p += i + 1
		off += int64(i + 1)
	}
	if room > 0 && to-p > c.max {
		return c.cutSlow(recs, buf, p, to, off, part, 1) // an overlong line: its first part ends the turn
	}
	return recs, p
}

// cutSlow is cut for all cases.
func (c *Cutter) cutSlow(recs []record.Record, buf []byte, from, to int, off int64, part *uint16, room int) ([]record.Record, int) {
	p := from
	for ; room > 0; room-- {
		i := c.set.Newline(buf[p:to])
		if i < 0 && to-p < c.max+c.set.unit {
			break
		}
		if i < 0 || i > c.max {
			n := c.set.boundary(buf[p : p+c.max])
			*part = next(*part)
			return append(recs, record.Record{
				Offset: off, Text: record.Span{Off: uint32(p), Len: uint32(n)}, Size: uint32(n),
				Flags: record.Part, Part: *part,
			}), p + n
		}
		rec := record.Record{Offset: off, Size: uint32(i + c.set.unit)}
		n := i
		if c.set.EndsCR(buf[p : p+i]) {
			n -= c.set.unit
			rec.Flags = record.CR
		}
		rec.Text = record.Span{Off: uint32(p), Len: uint32(n)}
		if *part > 0 {
			rec.Flags |= record.Part | record.LastPart
			rec.Part = next(*part)
			*part = 0
		}
		recs = append(recs, rec)
		p += int(rec.Size)
		off += int64(rec.Size)
	}
	return recs, p
}

// rest appends the record of a line that ended with its file.
func (c *Cutter) rest(recs []record.Record, from, to int, off int64, part *uint16) []record.Record {
	rec := record.Record{
		Offset: off, Text: record.Span{Off: uint32(from), Len: uint32(to - from)}, Size: uint32(to - from),
		Flags: record.NoNewline,
	}
	if *part > 0 {
		rec.Flags |= record.Part | record.LastPart
		rec.Part = next(*part)
		*part = 0
	}
	return append(recs, rec)
}

// next counts parts; a line of more than 65,535 parts keeps the last number.
func next(part uint16) uint16 {
	if part == 1<<16-1 {
		return part
	}
	return part + 1
}
