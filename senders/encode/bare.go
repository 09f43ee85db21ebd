package encode

import (
	"bytes"

	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders"
)

// bare makes bodies of wire.LinesType: the bytes of the streams as they were, a newline added to a segment
// that ends without one. The receiver counts offsets and makes of each line the object that NDJSON
// would have made, so only a batch of which that is true fits.
type bare struct{}

// NewBare returns an encoder of bare lines.
func NewBare() senders.Shortcut { return bare{} }

// ContentType returns wire.LinesType.
func (bare) ContentType() string { return wire.LinesType }

// Append appends the records of b to dst, if they fit.
func (bare) Append(dst []byte, b *record.Batch) (_ []byte, fits bool) {
	before := len(dst)
	for i := range b.Segments {
		s := &b.Segments[i]
		if s.N == 0 {
			continue
		}
		if s.Unit() != record.Bytes || !countable(b, s) {
			return dst[:before], false
		}
		if dst, fits = appendSpan(dst, b, s); !fits {
			return dst[:before], false
		}
	}
	return dst, len(dst) > before
}

// countable reports whether the records of s are text alone, without a time, fields or marks, and cover
// its bytes without a gap, each as many as its text and line end have.
func countable(b *record.Batch, s *record.Segment) bool {
	at := s.Start
	last := s.First + s.N - 1
	for i := s.First; i <= last; i++ {
		r := &b.Records[i]
		size := r.Text.Len + 1
		switch r.Flags {
		case 0:
			if r.Text.Len > 0 && b.Buf[r.Text.Off+r.Text.Len-1] == '\r' {
				return false // it would be taken for the line end's
			}
		case record.CR:
			size++
		case record.NoNewline:
			if size--; size == 0 || i < last {
				return false
			}
		default:
			return false
		}
		if r.Kind != record.Raw || r.Time != 0 || r.Brought != 0 || r.Part != 0 || r.Offset != at || r.Size != size {
			return false
		}
		at += int64(size)
	}
	return at == s.End
}

// appendSpan appends the lines of a countable segment. Where they lie in the batch as in the file, which
// they mostly do, they are copied in one go.
func appendSpan(dst []byte, b *record.Batch, s *record.Segment) (_ []byte, fits bool) {
	records := b.Records[s.First : s.First+s.N]
	start := len(dst)
	if text, ok := contiguous(b.Buf, records); ok {
		dst = append(dst, text...)
	} else {
		for i := range records {
			r := &records[i]
			dst = append(dst, b.Bytes(r.Text)...)
			switch r.Flags {
			case record.CR:
				dst = append(dst, '\r', '\n')
			case 0:
				dst = append(dst, '\n')
			}
		}
	}
	want := len(records)
	if records[len(records)-1].Flags == record.NoNewline {
		dst = append(dst, '\n')
	}
	return dst, bytes.Count(dst[start:], []byte{'\n'}) == want // else there are some in a text
}

// contiguous returns the bytes of the records with their line ends, if they stand in buf like that.
func contiguous(buf []byte, records []record.Record) (text []byte, ok bool) {
	from := int(records[0].Text.Off)
	at := from
	for i := range records {
		r := &records[i]
		if int(r.Text.Off) != at {
			return nil, false
		}
		if at += int(r.Size); at > len(buf) {
			return nil, false
		}
		switch r.Flags {
		case record.CR:
			if buf[at-2] != '\r' || buf[at-1] != '\n' {
				return nil, false
			}
		case 0:
			if buf[at-1] != '\n' {
				return nil, false
			}
		}
	}
	return buf[from:at], true
}
