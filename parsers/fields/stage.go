package fields

import (
	"logskiff/parsers"
	"logskiff/record"
	"logskiff/record/field"
)

// step is one compiled step. It belongs to one stage.
type step interface {
	// columns changes how records of one schema look, and notes what is to be done to
	// each of them. false: names differ from record to record from here on.
	columns(s *shape) bool
	// pairs does it to the record whose fields are in st.items.
	pairs(st *stage)
	// clone returns the step for another goroutine.
	clone() step
}

// stage runs the steps of a source. It belongs to one goroutine.
type stage struct {
	steps    []step
	programs map[*record.Schema]*program

	b         *record.Batch
	r         *record.Record
	segment   *record.Segment // nil: the batch has none
	segmentNo uint64          // counts segments of all batches
	items     []record.Field  // names and values by turns, while a record is pairs
	changed   bool            // items are not what the record says
	dropped   bool            // the record is to be left out
	slots     []record.Field  // while a record is columns
	constants []record.Field  // texts of the configuration, where they stand in this batch
	texts     []string        // what they are; fixed
	scratch   []byte          // decoded text
	taken     taken
	hidden    []byte
	found     []int
}

const maxPrograms = 64 // schemas remembered: parsers have one, csv files may have one each

// New returns a stage that does steps in order, behind a parser. A record that is
// left out is counted in Batch.Dropped and its segment (Batch.RemoveDropped), and an
// expression that cannot be evaluated for a record leaves it alone and is counted in Batch.Undecided,
// as one whose path does not match is in Batch.Unmatched.
//
//   - Lines that no parser read have one field, message. Of lines that failed to parse,
//     message and parse_error always stay: steps can redact them, add to them and leave out the record.
//   - Pieces of overlong lines are redacted, each for itself, and otherwise left alone.
//
// The steps must have passed Validate.
func New(steps []Step) (parsers.Parser, error) {
	st := &stage{texts: []string{"message", "parse_error", "true", "false"}}
	for i := range steps {
		if err := steps[i].Validate(); err != nil {
			return nil, err
		}
		s, err := st.compile(&steps[i])
		if err != nil {
			return nil, err
		}
		st.steps = append(st.steps, s)
	}
	return st.Clone(), nil
}

func (st *stage) Clone() parsers.Parser {
	c := &stage{texts: st.texts, constants: make([]record.Field, len(st.texts)), programs: map[*record.Schema]*program{}}
	for _, s := range st.steps {
		c.steps = append(c.steps, s.clone())
	}
	return c
}

// Constants that every stage has.
const (
	messageText = iota
	parseErrorText
	trueText
	falseText
)

// text notes a text of the configuration that records may need a place for.
func (st *stage) text(s string) (constant int) {
	st.texts = append(st.texts, s)
	return len(st.texts) - 1
}

// constant returns where a text stands; it is put into a batch when it is first needed there.
func (st *stage) constant(i int) record.Field {
	f := &st.constants[i]
	if f.Type == record.Absent {
		*f = st.put(st.texts[i])
	}
	return *f
}

// put appends a text to the batch.
func (st *stage) put(s string) record.Field {
	off := uint32(len(st.b.Buf))
	st.b.Buf = append(st.b.Buf, s...)
	return record.Field{Span: record.Span{Off: off, Len: uint32(len(s))}, Type: record.String}
}

// putFact appends a fact about the stream of the record at hand; Absent: it has none.
func (st *stage) putFact(f field.Fact) record.Field {
	off := uint32(len(st.b.Buf))
	st.b.Buf = f.Append(st.b.Buf, st.stream())
	if n := uint32(len(st.b.Buf)) - off; n > 0 {
		return record.Field{Span: record.Span{Off: off, Len: n}, Type: record.String}
	}
	return record.Field{}
}

// stream returns that of the record at hand; nil: it has none.
func (st *stage) stream() *record.Stream {
	if st.segment == nil {
		return nil
	}
	return st.segment.Stream
}

func (st *stage) Parse(b *record.Batch) {
	st.b, st.segment = b, nil
	clear(st.constants)
	var p *program
	if b.Schema != nil {
		p = st.program(b.Schema)
		p.begin()
	}
	st.segmentNo++
	any := false
	segment := 0
	for i := range b.Records {
		for segment < len(b.Segments) && i >= b.Segments[segment].First+b.Segments[segment].N {
			segment++
			st.segment = nil
		}
		if st.segment == nil && segment < len(b.Segments) {
			st.segment = &b.Segments[segment]
			st.segmentNo++
		}
		st.r, st.dropped = &b.Records[i], false
		st.record(i, p)
		if st.dropped {
			st.r.Kind = record.Dropped
			any = true
		}
	}
	if p != nil {
		b.Schema = p.out
	}
	if any {
		b.RemoveDropped()
	}
	st.b, st.r, st.segment = nil, nil, nil
}

func (st *stage) record(i int, p *program) {
	if st.r.Flags&record.Part != 0 {
		st.redactPiece()
		return
	}
	st.items = append(st.items[:0], st.b.BroughtTo(st.r)...)
	switch st.r.Kind {
	case record.Columns:
		if len(st.items) > 0 {
			p.asPairs(st, i)
			return
		}
		p.run(st, i)
	case record.Pairs:
		st.items = append(st.items, st.b.PairsOf(st.r)...)
		st.pairs(i, st.steps)
	case record.Object:
		first := len(st.b.Fields)
		if _, ok := parsers.AppendMembers(st.b, st.r.Text); !ok {
			return // more members than a record can have fields
		}
		st.items = append(st.items, st.b.Fields[first:]...)
		st.b.Fields = st.b.Fields[:first]
		st.pairs(i, st.steps)
	default:
		st.line(i)
	}
}

// pairs does steps to the record in st.items and stores it.
func (st *stage) pairs(i int, steps []step) {
	st.changed = false
	if len(st.items) > 2*record.MaxPairs {
		return // what was brought beside its own are too many
	}
	for _, s := range steps {
		if s.pairs(st); st.dropped {
			return
		}
	}
	if st.changed {
		st.store(i)
	}
}

// store makes pairs of record i, in their old place where there is room. What was brought is among them.
func (st *stage) store(i int) {
	st.r.Brought = 0
	if r := st.r; r.Kind == record.Pairs && len(st.items) <= 2*int(r.Reason) {
		copy(st.b.Fields[r.Fields:], st.items)
		r.Reason = uint16(len(st.items) / 2)
		return
	}
	first := len(st.b.Fields)
	st.b.Fields = append(st.b.Fields, st.items...)
	st.b.SetPairs(i, first)
}

// find returns the index in st.items of the value of a field that is there, or -1.
func (st *stage) find(name string) int { return field.Index(st.b, st.items, name) }

// absent takes every field of that name out.
func (st *stage) absent(name string) {
	for k := 1; k < len(st.items); k += 2 {
		if st.items[k].Type != record.Absent && field.Is(st.b, st.items[k-1], name) {
			st.items[k].Type = record.Absent
			st.changed = true
		}
	}
}
