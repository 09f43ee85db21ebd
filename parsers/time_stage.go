package parsers

import (
	"bytes"
	"slices"

	"logskiff/parsers/clocks"
	"logskiff/parsers/layouts"
	"logskiff/record"
	"logskiff/record/field"
	"logskiff/record/jsontext"
)

// timeStage reads a record's time from one of its fields. It belongs to one goroutine.
type timeStage struct {
	field string
	keep  bool
	scan  func([]byte, *layouts.Shown) bool
	left  layouts.Missing
	clock clocks.Zone
	cache clocks.Cache
	last  layouts.SameSecond
	now   int64

	schema *record.Schema // whose column is known
	column int            // -1: it has none of that name
	beside *record.Schema // schema without a column named time
	other  record.Span    // where otherTime stands in the batch, when Len is not 0
	plain  [64]byte
	shown  layouts.Shown // scratch
}

// NewTime returns a stage that comes behind a parser and sets the time of every record
// from a field, instead of one that the parser found. The field is taken out. When it is
// missing or cannot be read, the record's time is when it was read (Flags ReadTime),
// the field stays, and Batch.Untimed counts it; lines that failed to parse and
// pieces of overlong lines get that time without being counted there.
//
// A field named time that stays beside the record's time is named time_2, since encoders write the
// record's own time under that name.
//
// An Object becomes Pairs when a member is taken out of it. The error is joined *conf.FieldError.
func NewTime(c TimeConfig) (Parser, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	t := &timeStage{field: c.Field, keep: c.Keep}
	var err error
	if t.scan, t.left, err = compileTime(c.Format); err != nil {
		return nil, err
	}
	if t.clock, err = clocks.NewZone(c.Zone); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *timeStage) Clone() Parser {
	return &timeStage{field: t.field, keep: t.keep, scan: t.scan, left: t.left, clock: clocks.Zone{Location: t.clock.Location}}
}

func (t *timeStage) Parse(b *record.Batch) {
	t.now, t.other = b.ReadAt, record.Span{}
	if t.left != layouts.Nothing {
		t.cache.Ok, t.last.Len = false, 0 // the same text is another day's tomorrow
	}
	for i := range b.Records {
		r := &b.Records[i]
		timed := false
		switch r.Kind {
		case record.Columns:
			timed = t.columns(b, r)
		case record.Pairs:
			timed = t.pairs(b, r, b.PairsOf(r))
			t.yield(b, b.PairsOf(r))
		case record.Object:
			timed = t.object(b, i)
		default:
			fallBack(b, r)
			continue
		}
		if !timed {
			fallBack(b, r)
			b.Untimed++
		}
	}
	if b.Schema != nil && b.Schema == t.schema {
		b.Schema = t.beside
	}
}

const (
	ownTime   = "time"
	otherTime = "time_2" // as uniqueName has it
)

// yield renames pairs that have the name of the record's own time.
func (t *timeStage) yield(b *record.Batch, fields []record.Field) {
	for k := 0; k < len(fields); k += 2 {
		if !field.Is(b, fields[k], ownTime) {
			continue
		}
		if t.other.Len == 0 {
			t.other = record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(otherTime))}
			b.Buf = append(b.Buf, otherTime...)
		}
		fields[k] = record.Field{Span: t.other, Type: record.String}
	}
}

// fallBack gives r the time that its reader brought, or else that it was read at.
func fallBack(b *record.Batch, r *record.Record) {
	now := b.ReadAt
	if r.Time, r.Zone = b.Brought.Time(r.Brought); r.Time != 0 {
		return
	}
	r.Time, r.Zone = now, 0
	if now != 0 {
		r.Flags |= record.ReadTime
	}
}

func (t *timeStage) columns(b *record.Batch, r *record.Record) bool {
	if b.Schema != t.schema {
		t.schema, t.column, t.beside = b.Schema, slices.Index(b.Schema.Columns, t.field), b.Schema
		if k := slices.Index(b.Schema.Columns, ownTime); k >= 0 {
			columns := slices.Clone(b.Schema.Columns)
			columns[k] = uniqueName(columns, ownTime)
			t.beside = record.NewSchema(columns)
		}
	}
	return t.column >= 0 && t.take(b, r, &b.Fields[int(r.Fields)+t.column])
}

func (t *timeStage) pairs(b *record.Batch, r *record.Record, fields []record.Field) bool {
	for k := 0; k < len(fields); k += 2 {
		if fields[k+1].Type != record.Absent && field.Is(b, fields[k], t.field) {
			return t.take(b, r, &fields[k+1])
		}
	}
	return false
}

// object looks for the members first, since most objects stay what they are.
func (t *timeStage) object(b *record.Batch, i int) bool {
	r := &b.Records[i]
	s := b.Bytes(r.Text)
	found, timed, own := false, false, false
	for k := jsontext.Next(s, 0); k < len(s); k = jsontext.Next(s, k) {
		m := jsontext.At(s, k)
		k = m.End
		m.Name.Off += r.Text.Off
		m.Value.Off += r.Text.Off
		name := record.Field{Span: m.Name, Type: record.JSON}
		own = own || field.Is(b, name, ownTime)
		if found || !field.Is(b, name, t.field) {
			continue
		}
		found, timed = true, t.read(b, r, &m.Value)
		if timed && !t.keep {
			break
		}
	}
	take := timed && !t.keep
	if !take && !own {
		return timed
	}
	first := len(b.Fields)
	if _, ok := AppendMembers(b, r.Text); ok {
		b.SetPairs(i, first)
		if take {
			t.pairs(b, r, b.Fields[first:])
		}
		t.yield(b, b.Fields[first:])
	}
	return timed
}

// take reads the field and takes it out.
func (t *timeStage) take(b *record.Batch, r *record.Record, f *record.Field) bool {
	if !t.read(b, r, f) {
		return false
	}
	if !t.keep {
		f.Type = record.Absent
	}
	return true
}

func (t *timeStage) read(b *record.Batch, r *record.Record, f *record.Field) bool {
	s := b.Bytes(f.Span)
	switch f.Type {
	case record.Absent:
		return false
	case record.JSON:
		if s[0] != '"' {
			return false
		}
		if bytes.IndexByte(s, '\\') >= 0 {
			if len(s) > len(t.plain) {
				return false // no time is so long
			}
			s = jsontext.Unquote(t.plain[:0], s)
			break
		}
		s = s[1 : len(s)-1]
	}
	at, zone, ok := t.cache.Read(s, t.parse)
	if !ok {
		return false
	}
	r.Time, r.Zone = at, zone
	r.Flags &^= record.ReadTime
	return true
}

func (t *timeStage) parse(s []byte) (at int64, zone int16, ok bool) {
	if at, ok = t.last.Read(s); ok {
		return at, t.last.Zone, true
	}
	t.shown = layouts.Shown{}
	if !t.scan(s, &t.shown) {
		return 0, 0, false
	}
	at, zone, ok = t.shown.Instant(&t.clock, t.left, t.now)
	if ok {
		t.last.Note(s, &t.shown, at, zone)
	}
	return at, zone, ok
}
