package record

// Span is a run of bytes in a Batch's Buf.
type Span struct{ Off, Len uint32 }

// Kind says what a parser made of a record.
type Kind uint8

const (
	// Raw is a line as it was read; Text is all there is. Readers produce it.
	Raw Kind = iota
	// Object is a line whose Text is one valid JSON object in valid UTF-8, without
	// surrounding space; encoders splice it into their output unchanged.
	Object
	// Columns is a line split by a parser with a fixed schema: it has
	// len(Batch.Schema.Columns) fields from Record.Fields on.
	Columns
	// Pairs is a line whose names differ from line to line: from Record.Fields on it has
	// Record.Reason times two fields, a name and its value by turns. A name is String
	// (any bytes) or JSON (a quoted JSON string); a pair with an Absent value is left out.
	Pairs
	// Failed is a line its parser could not read. It is sent raw, marked with
	// Batch.Reasons[Record.Reason].
	Failed
	// Dropped is a line that the configuration leaves out. The stage that marks it
	// calls RemoveDropped before it hands the batch on: nobody else meets one.
	Dropped
)

// Flags are facts about a record that its reader saw.
type Flags uint8

const (
	// Part marks a piece of a line longer than max_line; Record.Part counts from 1.
	Part Flags = 1 << iota
	// LastPart marks the piece that ends such a line.
	LastPart
	// CR says that a carriage return stood before the newline; Text is without it.
	CR
	// NoNewline says that the line ended with its file, without a newline.
	NoNewline
	// BadUTF8 says that bytes were replaced by U+FFFD when the line was decoded to UTF-8.
	BadUTF8
	// ReadTime says that no event time was found and Time is when the line was read.
	ReadTime
	// Unparsed says that the line Failed, and that a stage has since made Pairs of it, with
	// the reason among them.
	Unparsed
	// Marked says that a UTF-8 byte order mark stood before the text, which is without it.
	Marked
)

// Record describes one line. It holds no pointers, so a batch of thousands
// costs the garbage collector nothing.
type Record struct {
	Offset int64  // of its first byte in its stream, or its number there
	Time   int64  // event time, nanoseconds since 1970 UTC; 0: none found
	Text   Span   // the line without its terminator
	Size   uint32 // bytes it covers in its stream, terminator included; 1 of entries
	Fields uint32 // index of its first field in Batch.Fields (Kind Columns and Pairs), or Failed's place, see FailedAt
	Zone   int16  // the event time's zone, minutes east of UTC
	Part   uint16 // number of the piece, from 1 (Flags Part); else see Continues
	Reason uint16 // index into Batch.Reasons (Kind Failed), number of pairs (Kind Pairs)
	Kind   Kind
	Flags  Flags
	// Brought is the set of Batch.Brought that it has beside all that, from 1; 0: none.
	Brought uint32
}

// Continues returns the streams of a container whose message in this record began in an earlier one: 1 for
// stdout, 2 for stderr, 3 for both.
func (r *Record) Continues() uint16 {
	if r.Flags&Part != 0 {
		return 0
	}
	return r.Part
}

// Type says how a field is written.
type Type uint8

const (
	// Absent fields are left out of the output.
	Absent Type = iota
	// String is text in any bytes; encoders escape it and replace invalid UTF-8.
	String
	// Number is a valid JSON number, written as it stands.
	Number
	// JSON is any valid JSON value in valid UTF-8, written as it stands.
	JSON
)

// Field is one column of one record.
type Field struct {
	Span
	Type Type
}

// Schema names the columns of a batch. It is built once by a parser and shared.
type Schema struct {
	Columns []string
	keys    [][]byte // `,"name":` for each column
}

// Segment is an unbroken run of one stream: the records
// Records[First:First+N] of its batch cover [Start, End) without a gap, save those
// that were dropped and, of entries, numbers that no record has.
type Segment struct {
	Stream   *Stream
	Start    int64
	End      int64
	Anchor   Anchor // of the bytes before End
	First, N int
	Dropped  int64 // what the records covered that were dropped
	// Missing is how many numbers of a stream of entries no record has, as its reader knows: a topic was compacted, a journal
	// vacuumed, or they are its own. They are acknowledged with what stands around them, and are not lost. Where more than wire.MaxGap
	// are missing at once they are a segment without a record.
	Missing int64
}

// Unit is that of its stream.
func (s *Segment) Unit() Unit {
	if s.Stream == nil {
		return Bytes
	}
	return s.Stream.Unit
}

// Batch is one contiguous buffer, the records in it, and, once encoded, the
// body made of them. See the package comment for who owns it when.
type Batch struct {
	Buf      []byte // text of all records, and whatever later stages append
	Records  []Record
	Segments []Segment // their streams have equal Origins

	// Brought is what readers know of records beside their texts. Its fields stand before those of a parser: of
	// equal names the first counts, so no text can pretend to come from elsewhere.
	Brought Brought

	Schema  *Schema  // set by a parser that produces Columns
	Fields  []Field  // of all Columns and Pairs records, in order
	Reasons []string // why records Failed; constant strings, few
	Failed  int      // number of records of Kind Failed
	Untimed int      // number of records whose time could not be read from its field
	Dropped int      // number of records that RemoveDropped took out
	// Undecided is the number of times that an expression could not be evaluated for a record.
	Undecided int
	// Unmatched is the number of times that the path of a record's stream did not match.
	Unmatched int
	// Shadowed is a name that an expression or template used for a fact about a record (host, path, source, time,
	// tags) that has a field of that name, too; "": there was none.
	Shadowed string
	ReadAt   int64 // when it was read, nanoseconds since 1970 UTC; parsers have no other clock

	Plain []byte // encoded, before compression; scratch of the encode stage
	Body  []byte // encoded and compressed: what is sent
	// Ends says where each record ends in the body before it was compressed; empty: its sender does not want it.
	Ends []uint32
	// BodyType is the Content-Type of Body; "" is that of its sender's encoder.
	BodyType string
}

// Bytes returns the text of s. It is valid until the batch is Reset, and moves
// when Buf grows: do not keep it across an append to Buf.
func (b *Batch) Bytes(s Span) []byte { return b.Buf[s.Off : s.Off+s.Len] }

// Reason returns the index of a constant reason, adding it when it is new.
func (b *Batch) Reason(why string) uint16 {
	for i, r := range b.Reasons {
		if r == why {
			return uint16(i)
		}
	}
	b.Reasons = append(b.Reasons, why)
	return uint16(len(b.Reasons) - 1)
}

// MaxPairs is how many pairs a record can have.
const MaxPairs = 1<<16 - 1

// SetPairs makes a Pairs record of record i, of all fields from index first on. The
// caller has appended them by twos, at most MaxPairs of them.
func (b *Batch) SetPairs(i, first int) {
	n := (len(b.Fields) - first) / 2
	if n > MaxPairs {
		panic("BUG: a record has more than MaxPairs pairs")
	}
	r := &b.Records[i]
	r.Kind, r.Fields, r.Reason = Pairs, uint32(first), uint16(n)
}

// PairsOf returns the names and values of a Pairs record by turns, as part of b.Fields.
func (b *Batch) PairsOf(r *Record) []Field {
	return b.Fields[r.Fields : r.Fields+2*uint32(r.Reason)]
}

// EachField calls fn for every field that was brought with a record, and of a Columns or Pairs record for those that are not absent.
// The name is valid during the call, and stands there without quotes but with its escapes.
// It is for people's eyes; encoders have loops of their own.
func (b *Batch) EachField(r *Record, fn func(name []byte, f Field)) {
	for fields := b.BroughtTo(r); len(fields) > 0; fields = fields[2:] {
		fn(b.Bytes(fields[0].Span), fields[1])
	}
	switch r.Kind {
	case Columns:
		for i, name := range b.Schema.Columns {
			if f := b.Fields[int(r.Fields)+i]; f.Type != Absent {
				fn([]byte(name), f)
			}
		}
	case Pairs:
		for fields := b.PairsOf(r); len(fields) > 0; fields = fields[2:] {
			if fields[1].Type == Absent {
				continue
			}
			name := b.Bytes(fields[0].Span)
			if fields[0].Type == JSON {
				name = name[1 : len(name)-1]
			}
			fn(name, fields[1])
		}
	}
}

// Fail marks record i as one that its parser could not read.
func (b *Batch) Fail(i int, why string) {
	r := &b.Records[i]
	r.Kind, r.Reason, r.Time, r.Fields = Failed, b.Reason(why), 0, 0
	b.Failed++
}

// FailAt is Fail that also says at which byte of its text, from 0, the parser could not go on.
func (b *Batch) FailAt(i int, why string, at int) {
	b.Fail(i, why)
	b.Records[i].Fields = uint32(at) + 1
}

// FailedAt returns the byte of its text, from 0, at which a parser could not go on; false: it did not say.
func (r *Record) FailedAt() (at int, known bool) {
	if r.Kind != Failed || r.Fields == 0 {
		return 0, false
	}
	return int(r.Fields) - 1, true
}

// Covered returns how much the batch covers of its streams of a unit.
func (b *Batch) Covered(u Unit) int64 {
	var n int64
	for i := range b.Segments {
		if s := &b.Segments[i]; s.Unit() == u {
			n += s.End - s.Start
		}
	}
	return n
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	clear(b.Segments) // do not keep streams of closed files alive
	b.Brought.Reset()
	*b = Batch{
		Brought: b.Brought,
		Buf:     b.Buf[:0], Records: b.Records[:0], Segments: b.Segments[:0],
		Fields: b.Fields[:0], Reasons: b.Reasons[:0],
		Plain: b.Plain[:0], Body: b.Body[:0], Ends: b.Ends[:0],
	}
}

// NewSchema returns a schema with the given column names, which it keeps.
// Names must be valid UTF-8 without characters that JSON escapes; parsers check
// that when they compile a format.
func NewSchema(columns []string) *Schema {
	s := &Schema{Columns: columns, keys: make([][]byte, len(columns))}
	for i, c := range columns {
		s.keys[i] = []byte(`,"` + c + `":`)
	}
	return s
}

// Key returns `,"name":` for column i, ready to be appended to an object.
func (s *Schema) Key(i int) []byte { return s.keys[i] }
