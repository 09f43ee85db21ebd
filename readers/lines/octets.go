package lines

import (
	"bytes"

	"logskiff/record"
)

// mostDigits of a count: who says that a message has more than 99,999,999 bytes means something else.
const mostDigits = 8

// headRoom is how many bytes behind a place show whether a counted message begins there.
const headRoom = mostDigits + len(" <")

// Octets cuts messages that say how long they are: "MSG-LEN SP MSG" (RFC 6587, section 3.4.1; RFC 5425, section
// 4.3, for TLS). A newline within a message is part of it; one at its end is not, nor is one
// between two messages: some senders add either. A message longer than max_line is
// cut into marked parts, as lines are.
//
// Where no count stands, as behind one that was too small (counts of characters are), what comes is a record up to the next
// newline or the next count before a priority, so that the messages behind it are whole again. As
// with lines, it depends on the bytes alone where a record ends.
type Octets struct {
	*Cutter
	left int64  // bytes of the message under way that are in no record yet
	part uint16 // parts handed out of it, or of what stands where a count should
}

// Octets returns one for the beginning of a connection.
func (c *Cutter) Octets() Octets { return Octets{Cutter: c} }

// Cut appends a record for each message of buf[from:to] that is whole, and for the parts of one that is
// longer than max_line, and returns where it stopped: the next call's from. The byte buf[from]
// has the offset off in its stream. It stops after room records.
func (o *Octets) Cut(recs []record.Record, buf []byte, from, to int, off int64, room int) ([]record.Record, int) {
	for ; room > 0; room-- {
		head := 0
		if o.left == 0 {
			between, n, size, ok := o.head(buf[from:to])
			switch {
			case !ok:
				rec, whole := o.stray(buf, from, between, to, off)
				if !whole {
					return recs, from
				}
				recs, from, off = append(recs, rec), from+int(rec.Size), off+int64(rec.Size)
				continue
			case n == 0: // the count goes on
				return recs, from
			}
			head, o.left = between+n, size
		}
		text := int(min(o.left, int64(o.max)))
		if to-from-head < text {
			if head > 0 {
				o.left = 0 // its head is looked at again
			}
			return recs, from
		}
		if int64(text) < o.left {
			text = o.set.boundary(buf[from+head : from+head+text])
		}
		rec := o.message(buf, from, head, text, off)
		recs, from, off = append(recs, rec), from+int(rec.Size), off+int64(rec.Size)
	}
	return recs, from
}

// head reads what stands before the next message: newlines, and its count of n bytes, which is 0 as long as it may go on.
func (o *Octets) head(b []byte) (between, n int, size int64, ok bool) {
	if o.part > 0 {
		return 0, 0, 0, false // within a stray line
	}
	for between < min(2, len(b)) && (b[between] == '\n' || b[between] == '\r') {
		between++
	}
	n, size, ok = count(b[between:])
	return between, n, size, ok
}

// message returns the record of text bytes of the message under way, behind head bytes.
func (o *Octets) message(buf []byte, from, head, text int, off int64) record.Record {
	rec := record.Record{Offset: off, Size: uint32(head + text), Text: record.Span{Off: uint32(from + head), Len: uint32(text)}}
	o.left -= int64(text)
	last := o.left == 0
	if last {
		o.set.chomp(&rec, buf)
	}
	if o.part > 0 || !last {
		o.part = next(o.part)
		rec.Part = o.part
		rec.Flags |= record.Part
	}
	if last && o.part > 0 {
		rec.Flags |= record.LastPart
		o.part = 0
	}
	return rec
}

// stray returns the record of what stands where a count should, behind so many newlines, if it is whole.
func (o *Octets) stray(buf []byte, from, between, to int, off int64) (rec record.Record, whole bool) {
	at := from + between
	window := buf[at:min(to, at+o.max+headRoom)]
	n, ends := o.set.Newline(window), 0
	if n >= 0 {
		ends = o.set.unit
	}
	if i := counted(window); i > 0 && (n < 0 || i < n) {
		n, ends = i, 0
	}
	rec = record.Record{Offset: off}
	switch {
	case n >= 0 && n <= o.max:
		if o.part > 0 {
			o.part = next(o.part)
			rec.Flags, rec.Part = record.Part|record.LastPart, o.part
			o.part = 0
		}
	case len(window) == o.max+headRoom:
		n, ends = o.set.boundary(window[:o.max]), 0
		o.part = next(o.part)
		rec.Flags, rec.Part = record.Part, o.part
	default:
		return rec, false
	}
	rec.Size = uint32(between + n + ends)
	rec.Text = record.Span{Off: uint32(at), Len: uint32(n + ends)}
	o.set.chomp(&rec, buf)
	return rec, true
}

// Rest appends the record of what is left where the connection ends, of which the rest never came. Of newlines
// and a count alone there is none.
func (o *Octets) Rest(recs []record.Record, buf []byte, from, to int, off int64) []record.Record {
	if from == to {
		return recs
	}
	head := 0
	if o.left == 0 {
		between, n, _, _ := o.head(buf[from:to])
		head = between + n
	}
	rec := record.Record{
		Offset: off, Size: uint32(to - from), Flags: record.NoNewline,
		Text: record.Span{Off: uint32(from + head), Len: uint32(to - from - head)},
	}
	if rec.Text.Len == 0 {
		return recs
	}
	if o.part > 0 {
		rec.Flags |= record.Part | record.LastPart
		rec.Part = next(o.part)
	}
	o.left, o.part = 0, 0
	return append(recs, rec)
}

// count reads "MSG-LEN SP" at the beginning of b: n is how many bytes that has, 0 as long as it may go
// on. It is not ok where no count can stand there.
func count(b []byte) (n int, size int64, ok bool) {
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9' && i < mostDigits && (i > 0 || c > '0'):
			size = 10*size + int64(c-'0')
		case c == ' ' && i > 0:
			return i + 1, size, true
		default:
			return 0, 0, false
		}
	}
	return 0, 0, true
}

// counted returns where the first count before a priority begins in b; -1: there is none.
func counted(b []byte) int {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(" <"))
		if i < 0 {
			return -1
		}
		i += at
		from := i
		for from > 0 && i-from < mostDigits && b[from-1] >= '0' && b[from-1] <= '9' {
			from--
		}
		for from < i && b[from] == '0' {
			from++
		}
		if from < i {
			return from
		}
		at = i + 1
	}
}

// chomp takes a newline, and a carriage return before it, off the end of a record's text.
func (c *Charset) chomp(r *record.Record, buf []byte) {
	text := buf[r.Text.Off : r.Text.Off+r.Text.Len]
	if n := len(text) - c.unit; n >= 0 && c.Newline(text[n:]) == 0 {
		r.Text.Len = uint32(n)
		if c.EndsCR(text[:n]) {
			r.Text.Len -= uint32(c.unit)
			r.Flags |= record.CR
		}
	}
}
