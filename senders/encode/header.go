package encode

import (
	"encoding/hex"
	"strconv"
	"unicode/utf16"

	"logskiff/record"
	"logskiff/record/wire"
)

// AppendHeader appends the wire.Header of the records b.Records[first:last] as
// one line of JSON in printable ASCII, as docs/protocol.md wants it: segments are
// cut to exactly these records, bytes of names that are not UTF-8 become U+FFFD. All
// segments of a batch have the same origin. The result can be longer than
// wire.MaxHeader when there are many segments or a path is very long.
func AppendHeader(dst []byte, b *record.Batch, first, last int) []byte {
	o := &record.Origin{}
	if len(b.Segments) > 0 {
		o = origin(b.Segments[0].Stream)
	}
	dst = append(dst, `{"v":`...)
	dst = strconv.AppendInt(dst, wire.Version, 10)
	dst = append(dst, `,"host":`...)
	dst = appendASCII(dst, o.Host)
	dst = append(dst, `,"source":`...)
	dst = appendASCII(dst, o.Source)
	if o.Agent != "" {
		dst = append(dst, `,"agent":`...)
		dst = appendASCII(dst, o.Agent)
	}
	if len(o.Tags) > 0 {
		dst = append(dst, `,"tags":`...)
		dst = appendTags(dst, o.Tags, appendASCII)
	}
	dst = append(dst, `,"segments":[`...)
	empty := len(dst)
	for i := range b.Segments {
		s := &b.Segments[i]
		lo, hi := max(first, s.First), min(last, s.First+s.N)
		if lo >= hi {
			continue
		}
		if len(dst) > empty {
			dst = append(dst, ',')
		}
		dst = appendSegment(dst, b, s, lo, hi)
	}
	return append(dst, ']', '}')
}

// appendSegment appends the part of s that the records [lo, hi) cover.
func appendSegment(dst []byte, b *record.Batch, s *record.Segment, lo, hi int) []byte {
	start, end := s.Start, s.End
	if lo > s.First {
		start = b.Records[lo].Offset
	}
	if hi < s.First+s.N {
		r := &b.Records[hi-1]
		end = r.Offset + int64(r.Size)
	}
	dst = append(dst, `{"stream":"`...)
	dst = hex.AppendEncode(dst, s.Stream.ID[:])
	dst = append(dst, `","path":`...)
	dst = appendASCII(dst, s.Stream.Path)
	dst = append(dst, `,"start":`...)
	dst = strconv.AppendInt(dst, start, 10)
	dst = append(dst, `,"end":`...)
	dst = strconv.AppendInt(dst, end, 10)
	dst = append(dst, `,"records":`...)
	dst = strconv.AppendInt(dst, int64(hi-lo), 10)
	if s.Stream.Unit == record.Entries {
		dst = append(dst, `,"unit":"`+wire.Entries+`"`...)
	}
	return append(dst, '}')
}

// appendASCII appends s as a JSON string of printable ASCII: an HTTP header may hold
// nothing else.
func appendASCII(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r >= ' ' && r < 0x7f:
			dst = append(dst, byte(r))
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			dst = appendUnicode(appendUnicode(dst, hi), lo)
		default:
			dst = appendUnicode(dst, r)
		}
	}
	return append(dst, '"')
}

// appendUnicode appends one UTF-16 unit as \uXXXX.
func appendUnicode(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
