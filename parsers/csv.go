package parsers

import (
	"bytes"
	"slices"

	"logskiff/record"
)

// csvParser belongs to one goroutine.
type csvParser struct {
	*csvRules
	names   uint32 // where the columns' names are in the batch's Buf
	noNames bool   // they are not there yet
}

// csvRules are shared by all clones of a parser.
type csvRules struct {
	columns   int // that have names; with extra there is one more
	schema    *record.Schema
	types     []csvType
	delimiter byte
	quote     byte
	quotes    bool // there is a quote
	header    bool
	trim      bool
	strict    bool
}

// NewCSV returns a parser for values between delimiters, quoted as RFC 4180 has it. A value
// may hold newlines when the reader joined its lines to one record. An empty value is
// Absent, but a quoted one is an empty String. A byte order mark at the beginning of a
// file is left out. A quote inside a value that does not begin with one is part of it.
//
// A line with fewer than half of its columns is of Kind Pairs, so that the memory for
// fields is bounded by the bytes of a batch and not by the number of columns.
//
// The error is a *conf.FieldError.
func NewCSV(c CSVConfig) (Parser, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	r := &csvRules{
		columns: len(c.Columns), types: c.columnTypes(), delimiter: c.Delimiter[0],
		quotes: c.Quote != "", header: c.Header, trim: c.Trim, strict: c.Strict,
	}
	if r.quotes {
		r.quote = c.Quote[0]
	}
	columns := slices.Clone(c.Columns)
	if !c.Strict {
		columns = append(columns, uniqueName(columns, "extra"))
	}
	r.schema = record.NewSchema(columns)
	return &csvParser{csvRules: r}, nil
}

func (p *csvParser) Clone() Parser { return &csvParser{csvRules: p.csvRules} }

func (p *csvParser) Parse(b *record.Batch) {
	b.Schema, p.noNames = p.schema, true
	eachLine(b, p)
}

const byteOrderMark = "\ufeff"

func (p *csvParser) parse(b *record.Batch, i int) string {
	r, base := &b.Records[i], len(b.Fields)
	s := r.Text
	if r.Offset == 0 && bytes.HasPrefix(b.Bytes(s), []byte(byteOrderMark)) {
		s.Off, s.Len = s.Off+uint32(len(byteOrderMark)), s.Len-uint32(len(byteOrderMark))
	}
	if s.Len == 0 && p.columns > 1 {
		return "an empty line"
	}
	if why := p.split(b, s); why != "" {
		return why
	}
	if p.header && (r.Offset == 0 || p.isName(b, base, 0)) {
		switch same := p.sameNames(b, base); {
		case same == p.columns && len(b.Fields)-base == p.columns:
			p.setHeader(b, i, base, s)
			return ""
		case same > 0 && r.Offset == 0:
			return "the header names other columns than the settings"
		}
	}
	p.finish(b, i, base)
	return ""
}

// finish makes a record of the values from base on.
func (p *csvParser) finish(b *record.Batch, i, base int) {
	r, got, all := &b.Records[i], len(b.Fields)-base, len(p.schema.Columns)
	if 2*got >= all {
		b.Fields = slices.Grow(b.Fields, all-got)[:base+all]
		clear(b.Fields[base+got:])
		r.Kind, r.Fields = record.Columns, uint32(base)
		return
	}
	if p.noNames {
		p.names, p.noNames = uint32(len(b.Buf)), false
		for _, name := range p.schema.Columns {
			b.Buf = append(b.Buf, name...)
		}
	}
	b.Fields = slices.Grow(b.Fields, got)[:base+2*got]
	name := p.names
	for k := range got {
		name += uint32(len(p.schema.Columns[k]))
	}
	for k := got - 1; k >= 0; k-- {
		n := uint32(len(p.schema.Columns[k]))
		name -= n
		b.Fields[base+2*k+1] = b.Fields[base+k]
		b.Fields[base+2*k] = record.Field{Span: record.Span{Off: name, Len: n}, Type: record.String}
	}
	b.SetPairs(i, base)
}

// sameNames returns how many of the values from base on are their column's name.
func (p *csvParser) sameNames(b *record.Batch, base int) int {
	same := 0
	for k := range min(p.columns, len(b.Fields)-base) {
		if p.isName(b, base, k) {
			same++
		}
	}
	return same
}

// isName reports whether value k of those from base on is its column's name.
func (p *csvParser) isName(b *record.Batch, base, k int) bool {
	value, name := b.Bytes(b.Fields[base+k].Span), p.schema.Columns[k]
	return len(value) >= len(name) && string(bytes.TrimSpace(value)) == name
}

// headerField is the field of a line that is the header.
const headerField = "header"

// setHeader marks a line that is the header.
func (p *csvParser) setHeader(b *record.Batch, i, base int, line record.Span) {
	b.Fields = append(b.Fields[:base],
		record.Field{Span: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(headerField))}, Type: record.String},
		record.Field{Span: line, Type: record.String})
	b.Buf = append(b.Buf, headerField...)
	b.SetPairs(i, base)
}
