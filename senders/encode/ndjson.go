package encode

import (
	"bytes"
	"slices"
	"strconv"

	"logskiff/record"
	"logskiff/record/wire"
	"logskiff/senders"
)

// NDJSON writes one JSON object a line (https://github.com/ndjson/ndjson-spec):
// {"_offset":N, ("_size":N, see NewSized) what is repeated, "time" when the event has one ("time_from":"read" when it is when the
// line was read), what its reader brought with it, and then by kind
//
//   - a raw line: "message"; one that did not parse also "parse_error"; a piece of
//     an overlong line also "part" (from 1), and "last_part":true on the last one
//   - an object: its members as they stand
//   - columns and pairs: those that are not absent; of equal names the first counts
//
// and "invalid_utf8":true when bytes had to be replaced by U+FFFD. The output is
// always valid JSON in valid UTF-8. Names that NDJSON writes itself come first, so a
// reader that must have ours where an object repeats one takes the first.
type NDJSON struct {
	repeat []string
	sizes  sizes
	prefix []byte
	opener opener
	clock  clock
	marks  marks
}

// sizes says which records have wire.SizeKey.
type sizes uint8

const (
	noSizes     sizes = iota
	neededSizes       // those behind which records were dropped
	allSizes          // all but those of anonymous streams
)

// NewNDJSON returns an encoder that writes the named facts of the batch into every
// record, as "_stream", "_host" and so on. Names must have passed CheckRepeat.
func NewNDJSON(repeat []string) senders.Encoder {
	if err := CheckRepeat(repeat); err != nil {
		panic("BUG: " + err.Error())
	}
	return &NDJSON{repeat: slices.Clone(repeat)}
}

// NewSized returns an encoder like NewNDJSON that also writes wire.SizeKey where
// records around it were dropped, for receivers that recognise repeats by ranges of bytes, and
// before a record's own first name when that is the same.
func NewSized(repeat []string) senders.Encoder {
	e := NewNDJSON(repeat).(*NDJSON)
	e.sizes = neededSizes
	return e
}

// NewStored returns an encoder like NewNDJSON whose every record says, with wire.SizeKey, which bytes
// of its stream it covers: whoever keeps the lines knows repeats by them alone. Records
// of clients without identity have none.
func NewStored(repeat []string) senders.Encoder {
	e := NewNDJSON(repeat).(*NDJSON)
	e.sizes = allSizes
	return e
}

// ContentType returns "application/x-ndjson".
func (e *NDJSON) ContentType() string { return "application/x-ndjson" }

// Append appends the records b.Records[first:last] to dst, each with its newline.
func (e *NDJSON) Append(dst []byte, b *record.Batch, first, last int) []byte {
	if len(e.repeat) == 0 && e.sizes == noSizes || len(b.Segments) == 0 {
		return e.appendRecords(dst, b, nil, first, last)
	}
	for i := range b.Segments {
		s := &b.Segments[i]
		lo, hi := max(first, s.First), min(last, s.First+s.N)
		if lo >= hi {
			continue
		}
		e.prefix = appendRepeated(e.prefix[:0], e.repeat, s.Stream)
		dst = e.appendRecords(dst, b, s, lo, hi)
	}
	return dst
}

// AppendMarked implements senders.Marking.
func (e *NDJSON) AppendMarked(dst []byte, ends []uint32, b *record.Batch, first, last int) ([]byte, []uint32) {
	e.marks.begin(dst, ends)
	dst = e.Append(dst, b, first, last)
	return dst, e.marks.take()
}

// appendRecords appends records of segment s.
func (e *NDJSON) appendRecords(dst []byte, b *record.Batch, s *record.Segment, first, last int) []byte {
	for i := first; i < last; i++ {
		r := &b.Records[i]
		dst = e.opener.append(dst, r.Offset)
		at := len(dst)
		switch {
		case s == nil:
		case e.sizes == allSizes && !s.Stream.Anonymous && r.Size > 0:
			dst = appendSize(dst, r)
		case e.sizes == neededSizes && isLonely(b, s, i):
			dst = appendSize(dst, r)
		}
		ours := len(dst)
		dst = append(dst, e.prefix...)
		if r.Time != 0 {
			dst = append(dst, `,"time":"`...)
			dst = e.clock.append(dst, r.Time, r.Zone)
			dst = append(dst, '"')
			if r.Flags&record.ReadTime != 0 {
				dst = append(dst, `,"time_from":"read"`...)
			}
		}
		replaced := r.Flags&record.BadUTF8 != 0
		if r.Brought != 0 {
			dst, replaced = appendFields(dst, b, b.BroughtTo(r), replaced)
		}
		switch r.Kind {
		case record.Object:
			dst = appendObject(dst, b.Bytes(r.Text), replaced)
			if e.sizes == neededSizes && ours == at {
				dst = shield(dst, at, r)
			}
			e.marks.end(dst)
			continue
		case record.Columns:
			dst, replaced = appendColumns(dst, b, r, replaced)
		case record.Pairs:
			dst, replaced = appendPairs(dst, b, r, replaced)
		default:
			dst, replaced = appendMessage(dst, b, r, replaced)
		}
		if replaced {
			dst = append(dst, invalidUTF8...)
		}
		dst = append(dst, '}', '\n')
		if e.sizes == neededSizes && ours == at {
			dst = shield(dst, at, r)
		}
		e.marks.end(dst)
	}
	return dst
}

// shield puts our size before a record's own first name when that is wire.SizeKey, so that it is
// not taken for ours. dst[at:] is what follows the offset.
func shield(dst []byte, at int, r *record.Record) []byte {
	if r.Size == 0 || !bytes.HasPrefix(dst[at:], []byte(`,"`+wire.SizeKey+`":`)) {
		return dst
	}
	return slices.Insert(dst, at, appendSize(nil, r)...)
}

// isLonely reports whether the bytes that follow record i of s are not in s.
func isLonely(b *record.Batch, s *record.Segment, i int) bool {
	next := s.End
	if i+1 < s.First+s.N {
		next = b.Records[i+1].Offset
	}
	r := &b.Records[i]
	return r.Size > 0 && r.Offset+int64(r.Size) < next
}

func appendSize(dst []byte, r *record.Record) []byte {
	dst = append(dst, `,"`+wire.SizeKey+`":`...)
	return strconv.AppendUint(dst, uint64(r.Size), 10)
}

const invalidUTF8 = `,"invalid_utf8":true`

// appendObject splices the members of an object and closes it.
func appendObject(dst, object []byte, replaced bool) []byte {
	if replaced {
		dst = append(dst, invalidUTF8...)
	}
	members := object[1:]
	if isEmpty(members) {
		return append(dst, '}', '\n')
	}
	dst = append(dst, ',')
	dst = append(dst, members...)
	return append(dst, '\n')
}

// isEmpty reports whether an object whose opening brace is cut off has no members.
func isEmpty(members []byte) bool {
	for _, c := range members {
		if c > ' ' {
			return c == '}'
		}
	}
	return true
}

func appendColumns(dst []byte, b *record.Batch, r *record.Record, replaced bool) ([]byte, bool) {
	n := uint32(len(b.Schema.Columns))
	fields := b.Fields[r.Fields : r.Fields+n]
	for i := range fields {
		f := &fields[i]
		if f.Type == record.Absent {
			continue
		}
		var bad bool
		dst, bad = appendValue(append(dst, b.Schema.Key(i)...), b, f)
		replaced = replaced || bad
	}
	return dst, replaced
}

func appendPairs(dst []byte, b *record.Batch, r *record.Record, replaced bool) ([]byte, bool) {
	return appendFields(dst, b, b.PairsOf(r), replaced)
}

// appendFields appends names and values by turns.
func appendFields(dst []byte, b *record.Batch, fields []record.Field, replaced bool) ([]byte, bool) {
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1].Type == record.Absent {
			continue
		}
		var badName, badValue bool
		dst, badName = appendValue(append(dst, ','), b, &fields[i])
		dst, badValue = appendValue(append(dst, ':'), b, &fields[i+1])
		replaced = replaced || badName || badValue
	}
	return dst, replaced
}

// appendValue appends a field that is not absent.
func appendValue(dst []byte, b *record.Batch, f *record.Field) (_ []byte, replaced bool) {
	if f.Type == record.String {
		return wire.AppendString(dst, b.Bytes(f.Span))
	}
	return append(dst, b.Bytes(f.Span)...), false
}

func appendMessage(dst []byte, b *record.Batch, r *record.Record, replaced bool) ([]byte, bool) {
	dst = append(dst, `,"message":`...)
	dst, bad := wire.AppendString(dst, b.Bytes(r.Text))
	if r.Kind == record.Failed {
		dst = append(dst, `,"parse_error":`...)
		dst = appendText(dst, b.Reasons[r.Reason])
	}
	if r.Flags&record.Part != 0 {
		dst = append(dst, `,"part":`...)
		dst = strconv.AppendUint(dst, uint64(r.Part), 10)
		if r.Flags&record.LastPart != 0 {
			dst = append(dst, `,"last_part":true`...)
		}
	}
	return dst, replaced || bad
}
