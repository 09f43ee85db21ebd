package httpread

import (
	"bytes"

	"logskiff/record"
	"logskiff/record/wire"
)

// offsetPrefix begins every ndjson record of a client that sends a header.
const offsetPrefix = `{"` + wire.OffsetKey + `":`

// nextLine returns the line that begins at pos, without surrounding space, as
// body[start:end], and where the line after it begins.
func nextLine(body []byte, pos, to int) (start, end, next int) {
	start, end, next = pos, to, to
	if i := bytes.IndexByte(body[pos:to], '\n'); i >= 0 {
		end, next = pos+i, pos+i+1
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

// cutObjects cuts m.body[from:to] into one record a line; empty lines are none.
func (m *message) cutObjects(from, to int) error {
	number := 0
	for pos := from; pos < to; {
		start, end, next := nextLine(m.body, pos, to)
		number++
		if start < end {
			if !isObject(m.body[start:end]) {
				return garbage("line %d is not a JSON object", number)
			}
			m.records = append(m.records, record.Record{
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
func (m *message) cutStreamObjects(header *wire.Header, origin *record.Origin) error {
	pos, number := 0, 0
	for i := range header.Segments {
		h := &header.Segments[i]
		s, err := newSegment(h, origin, len(m.records))
		if err != nil {
			return err
		}
		for range h.Records {
			number++
			if pos == len(m.body) {
				return garbage("the body ends after %d records, but the header says more", number-1)
			}
			start, end, next := nextLine(m.body, pos, len(m.body))
			offset, text, ok := takeOffset(m.body, start, end)
			if !ok {
				return garbage("line %d is not a JSON object that begins with %s and a number", number, offsetPrefix)
			}
			if err := m.place(&s, number, offset); err != nil {
				return err
			}
			m.records = append(m.records, record.Record{Offset: offset, Text: text})
			pos = next
		}
		s.N = h.Records
		if !m.measure(&s) {
			return garbage("a record of segment %d covers more than %d bytes", i, wire.MaxRecord)
		}
		m.segments = append(m.segments, s)
	}
	if pos != len(m.body) {
		return garbage("the body goes on after the %d records that the header says", number)
	}
	return nil
}

// place checks that the offset of the next record of s rises and is inside s.
func (m *message) place(s *record.Segment, line int, offset int64) error {
	if offset < s.Start || offset >= s.End {
		return garbage("line %d: offset %d is not in its segment [%d, %d)", line, offset, s.Start, s.End)
	}
	if n := len(m.records); n > s.First && offset <= m.records[n-1].Offset {
		return garbage("line %d: offset %d is not after %d", line, offset, m.records[n-1].Offset)
	}
	return nil
}

// measure sets the sizes of the records of s: each reaches to the next one.
func (m *message) measure(s *record.Segment) bool {
	end := s.End
	for i := s.First + s.N - 1; i >= s.First; i-- {
		size := end - m.records[i].Offset
		if size > wire.MaxRecord {
			return false
		}
		m.records[i].Size = uint32(size)
		end = m.records[i].Offset
	}
	return true
}

// takeOffset reads `{"_offset":N` from the line body[start:end], and makes the
// rest of it an object: the byte before its first other key becomes '{'.
func takeOffset(body []byte, start, end int) (offset int64, text record.Span, ok bool) {
	line := body[start:end]
	if !isObject(line) || !bytes.HasPrefix(line, []byte(offsetPrefix)) {
		return 0, record.Span{}, false
	}
	i := len(offsetPrefix)
	digits := i
	for ; line[i] >= '0' && line[i] <= '9'; i++ { // ends at '}' at the latest
		if i-digits >= 18 {
			return 0, record.Span{}, false
		}
		offset = offset*10 + int64(line[i]-'0')
	}
	if i == digits || line[digits] == '0' && i > digits+1 {
		return 0, record.Span{}, false
	}
	switch {
	case line[i] == ',':
	case i == len(line)-1: // '}': there are no other keys
		i--
	default:
		return 0, record.Span{}, false
	}
	line[i] = '{'
	return offset, record.Span{Off: uint32(start + i), Len: uint32(len(line) - i)}, true
}
