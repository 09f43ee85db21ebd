package encode

import (
	"logskiff/record"
	"logskiff/senders"
)

// Lines writes the bytes of the streams as they are, whatever a parser made of
// them, so that a receiver can count a record's offset: a segment of the body
// is its End - Start bytes of the stream, and one newline more when those do not end in
// one (the last line of a file, or a piece of an overlong line whose next piece
// is elsewhere). Pieces of one line that stand together join up to that line.
//
// A byte order mark that a reader took off stands there again. Where a reader turned another encoding into
// UTF-8, or made groups of lines, a forwarder would count other offsets; the agent refuses to
// send such sources so.
type Lines struct{}

// NewLines returns an encoder of raw lines.
func NewLines() senders.Encoder { return Lines{} }

// ContentType returns "text/plain", without a character set: the bytes are
// whatever the program that logged them wrote.
func (Lines) ContentType() string { return "text/plain" }

// Append appends the records b.Records[first:last] to dst.
func (l Lines) Append(dst []byte, b *record.Batch, first, last int) []byte {
	return l.append(dst, b, first, last, &marks{})
}

// AppendMarked implements senders.Marking. What is added to a segment that does not end in a newline belongs
// to its last record.
func (l Lines) AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32) {
	var m marks
	m.begin(dst, ends)
	dst = l.append(dst, b, first, last, &m)
	return dst, m.take()
}

func (Lines) append(dst []byte, b *record.Batch, first, last int, m *marks) []byte {
	for i := range b.Segments {
		s := &b.Segments[i]
		lo, hi := max(first, s.First), min(last, s.First+s.N)
		if lo >= hi {
			continue
		}
		for j := lo; j < hi; j++ {
			dst = appendLine(dst, b, &b.Records[j])
			m.end(dst)
		}
		if isOpen(&b.Records[hi-1]) {
			dst = append(dst, '\n')
			m.longer()
		}
	}
	return dst
}

// isOpen reports whether the line goes on in the next record.
func isOpen(r *record.Record) bool { return r.Flags&(record.Part|record.LastPart) == record.Part }

func appendLine(dst []byte, b *record.Batch, r *record.Record) []byte {
	start := len(dst)
	if r.Flags&record.Marked != 0 {
		dst = append(dst, "\uFEFF"...)
	}
	dst = append(dst, b.Bytes(r.Text)...)
	if r.Kind == record.Object {
		dst = appendTrimmed(dst, start, r)
	}
	if r.Flags&record.CR != 0 {
		dst = append(dst, '\r')
	}
	if isOpen(r) {
		return dst
	}
	return append(dst, '\n')
}

// appendTrimmed makes up for the space around an object that the JSON parser
// left out: the same number of spaces keeps all later bytes in their place.
func appendTrimmed(dst []byte, start int, r *record.Record) []byte {
	want := int(r.Size) - 1
	if r.Flags&record.NoNewline != 0 {
		want++
	}
	if r.Flags&record.CR != 0 {
		want--
	}
	for len(dst)-start < want {
		dst = append(dst, ' ')
	}
	return dst
}
