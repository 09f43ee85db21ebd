package http

import (
	"bytes"
	"fmt"

	"logskiff/record"
	"logskiff/record/wire"
)

// offsetPrefix begins every ndjson record of a client that sends a header, sizePrefix
// may follow.
const (
	offsetPrefix = `{"` + wire.OffsetKey + `":`
	sizePrefix   = `,"` + wire.SizeKey + `":`
)

// mark is UTF-8's byte order mark. At the beginning of a body, or of a stream, it is no part of
// the first line.
const mark = "\uFEFF"

// unmark takes it off a record that begins a stream.
func (m *message) unmark(r *record.Record) {
	if n := uint32(len(mark)); r.Offset == 0 && bytes.HasPrefix(m.Body[r.Text.Off:r.Text.Off+r.Text.Len], []byte(mark)) {
		r.Text.Off, r.Text.Len = r.Text.Off+n, r.Text.Len-n
		r.Flags |= record.Marked
	}
}

// nextLine returns the line that begins at pos, without surrounding space, as
// body[start:end], and where the line after it begins.
func nextLine(body []byte, pos, to int) (start, end, next int) {
	start, end, next = pos, to, to
	if i := bytes.IndexByte(body[pos:to], '\n'); i >= 0 {
		end, next = pos+i, pos+i+1
	}
	if pos == 0 && bytes.HasPrefix(body[:end], []byte(mark)) {
		start += len(mark)
	}
	for start < end && isSpace(body[start]) {
		start++
	}
	for start < end && isSpace(body[end-1]) {
		end--
	}
	return start, end, next
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// isObject looks at both ends of a line only: whether what is between is valid
// JSON is for the source's parser to say, which marks what is not and loses nothing.
func isObject(line []byte) bool {
	return len(line) >= 2 && line[0] == '{' && line[len(line)-1] == '}'
}

// cutObjects cuts m.Body[from:to] into one record a line; empty lines are none.
func (m *message) cutObjects(from, to int) error {
	number := 0
	for pos := from; pos < to; {
		start, end, next := nextLine(m.Body, pos, to)
		number++
		if start < end {
			if !isObject(m.Body[start:end]) {
				return garbage("line %d is not a JSON object", number)
			}
			m.Records = append(m.Records, record.Record{
				Offset: int64(pos), Size: uint32(next - pos),
				Text: record.Span{Off: uint32(start), Len: uint32(end - start)},
			})
		}
		pos = next
	}
	return nil
}

// cutStreamObjects cuts a body whose records begin with their offset. That key is
// taken off, in place, since whoever writes the record next writes it anew.
func (m *message) cutStreamObjects(header *wire.Header, from sender) error {
	pos, number := 0, 0
	for i := range header.Segments {
		h := &header.Segments[i]
		s, err := newSegment(h, from, len(m.Records))
		if err != nil {
			return err
		}
		for range h.Records {
			number++
			if pos == len(m.Body) {
				return garbage("the body ends after %d records, but the header says more", number-1)
			}
			start, end, next := nextLine(m.Body, pos, len(m.Body))
			offset, size, text, ok := takeOffset(m.Body, start, end)
			if !ok {
				return garbage("line %d is not a JSON object that begins with %s and a number", number, offsetPrefix)
			}
			if err := m.place(&s, number, offset); err != nil {
				return err
			}
			m.Records = append(m.Records, record.Record{Offset: offset, Size: size, Text: text})
			pos = next
		}
		s.N = h.Records
		if why := m.measure(&s); why != "" {
			return garbage("a record of segment %d covers %s", i, why)
		}
		if gap := m.gap(&s); gap > wire.MaxGap {
			return garbage("segment %d covers %d bytes more than its records, which no batch leaves out", i, gap)
		}
		m.Segments = append(m.Segments, s)
	}
	if pos != len(m.Body) {
		return garbage("the body goes on after the %d records that the header says", number)
	}
	return nil
}

// place checks that the offset of the next record of s rises and is inside s.
func (m *message) place(s *record.Segment, line int, offset int64) error {
	if offset < s.Start || offset >= s.End {
		return garbage("line %d: offset %d is not in its segment [%d, %d)", line, offset, s.Start, s.End)
	}
	if n := len(m.Records); n > s.First && offset <= m.Records[n-1].Offset {
		return garbage("line %d: offset %d is not after %d", line, offset, m.Records[n-1].Offset)
	}
	return nil
}

// measure sets the sizes of the records of s that have none: each reaches to the next
// one. It returns what is wrong with one.
func (m *message) measure(s *record.Segment) (why string) {
	end := s.End
	for i := s.First + s.N - 1; i >= s.First; i-- {
		r := &m.Records[i]
		size := end - r.Offset
		switch {
		case int64(r.Size) > size:
			return "the beginning of the next one"
		case r.Size > 0:
		case size > wire.MaxRecord:
			return fmt.Sprintf("more than %d bytes", wire.MaxRecord)
		default:
			r.Size = uint32(size)
		}
		end = r.Offset
	}
	return ""
}

// gap returns how many bytes of s no record covers.
func (m *message) gap(s *record.Segment) int64 {
	n := s.End - s.Start
	for i := s.First; i < s.First+s.N; i++ {
		n -= int64(m.Records[i].Size)
	}
	return n
}

// takeOffset reads `{"_offset":N` and perhaps `,"_size":N` from the line body[start:end],
// and makes the rest of it an object: the byte before its first other key becomes '{'.
func takeOffset(body []byte, start, end int) (offset int64, size uint32, text record.Span, ok bool) {
	line := body[start:end]
	if !isObject(line) || !bytes.HasPrefix(line, []byte(offsetPrefix)) {
		return 0, 0, record.Span{}, false
	}
	offset, i := takeNumber(line, len(offsetPrefix))
	if i > 0 && bytes.HasPrefix(line[i:], []byte(sizePrefix)) {
		var n int64
		if n, i = takeNumber(line, i+len(sizePrefix)); n < 1 || n > wire.MaxRecord {
			return 0, 0, record.Span{}, false
		}
		size = uint32(n)
	}
	switch {
	case i < 0:
		return 0, 0, record.Span{}, false
	case line[i] == ',':
	case i == len(line)-1: // '}': there are no other keys
		i--
	default:
		return 0, 0, record.Span{}, false
	}
	line[i] = '{'
	return offset, size, record.Span{Off: uint32(start + i), Len: uint32(len(line) - i)}, true
}

// takeNumber reads up to 18 digits at line[i], which a '}' ends at the latest, and
// returns where they end; -1: there are none, or too many, or zeros before them.
func takeNumber(line []byte, i int) (n int64, end int) {
	from := i
	for ; line[i] >= '0' && line[i] <= '9'; i++ {
		if i-from >= 18 {
			return 0, -1
		}
		n = n*10 + int64(line[i]-'0')
	}
	if i == from || line[from] == '0' && i > from+1 {
		return 0, -1
	}
	return n, i
}
