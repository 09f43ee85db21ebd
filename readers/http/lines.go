package http

import (
	"bytes"

	"logskiff/record"
	"logskiff/record/wire"
)

// cutLines cuts m.Body[from:to] at its newlines, with offsets that count from the
// start of the body.
func (m *message) cutLines(from, to int) error {
	for pos := from; pos < to; {
		end, next := to, to
		flags := record.NoNewline
		if i := bytes.IndexByte(m.Body[pos:to], '\n'); i >= 0 {
			end, next, flags = pos+i, pos+i+1, 0
		}
		size := next - pos
		if flags == 0 && end > pos && m.Body[end-1] == '\r' {
			end--
			flags = record.CR
		}
		m.Records = append(m.Records, record.Record{
			Offset: int64(pos), Size: uint32(size), Flags: flags,
			Text: record.Span{Off: uint32(pos), Len: uint32(end - pos)},
		})
		pos = next
	}
	return nil
}

// cutStreamLines cuts a body that is its streams' bytes: each segment's, and one
// newline more after a segment that does not end in one. Bare lines have no mark, and no pieces.
func (m *message) cutStreamLines(header *wire.Header, from sender, isBare bool) error {
	pos := 0
	for i := range header.Segments {
		h := &header.Segments[i]
		if h.Unit == wire.Entries {
			return garbage("segment %d counts entries, of which a body of lines does not say the numbers", i)
		}
		size := h.End - h.Start
		if size > int64(len(m.Body)-pos) {
			return garbage("segment %d covers %d bytes, but only %d are left in the body", i, size, len(m.Body)-pos)
		}
		s, err := newSegment(h, from, len(m.Records))
		if err != nil {
			return err
		}
		end := pos + int(size)
		if err := m.cutLines(pos, end); err != nil {
			return err
		}
		s.N = len(m.Records) - s.First
		// The pieces of an overlong line are counted one by one and joined here.
		if s.N > h.Records {
			return garbage("segment %d has %d records in its %d bytes, more than the %d it says", i, s.N, size, h.Records)
		}
		if isBare && s.N < h.Records {
			return garbage("segment %d has %d lines in its %d bytes, not the %d it says", i, s.N, size, h.Records)
		}
		for k := s.First; k < len(m.Records); k++ {
			m.Records[k].Offset += h.Start - int64(pos)
		}
		if s.N > 0 && !isBare {
			m.unmark(&m.Records[s.First])
		}
		m.Segments = append(m.Segments, s)
		pos = end
		if m.Body[end-1] != '\n' {
			if pos == len(m.Body) || m.Body[pos] != '\n' {
				return garbage("segment %d does not end in a newline, and none was added after it", i)
			}
			pos++
		}
	}
	if pos != len(m.Body) {
		return garbage("the segments cover %d bytes of the body, but it has %d", pos, len(m.Body))
	}
	return nil
}
