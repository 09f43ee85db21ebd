package field

import (
	"slices"
	"strings"
	"unsafe"

	"logskiff/record"
	"logskiff/record/jsontext"
)

// Fields of lines that have no others.
const (
	message    = "message"
	parseError = "parse_error"
)

// Name is the name of a field, compiled. It remembers where it found a schema's column, so it
// belongs to one goroutine; a copy may be another's.
type Name struct {
	whole       string
	first, rest string // around the first dot
	dotted      bool

	schema *record.Schema // whose columns are known
	column int            // of whole; -1: there is none
	outer  int            // of first; likewise
}

// New compiles a name.
func New(name string) Name {
	n := Name{whole: name}
	n.first, n.rest, n.dotted = strings.Cut(name, ".")
	return n
}

// String returns the name.
func (n *Name) String() string { return n.whole }

// Among says whether a record with these columns can have such a field, and which of them it
// stands in; -1: none.
func (n *Name) Among(columns []string) int {
	if i := slices.Index(columns, n.whole); i >= 0 || !n.dotted {
		return i
	}
	return slices.Index(columns, n.first)
}

// Of returns the field of that name.
func (n *Name) Of(b *record.Batch, r *record.Record) Value {
	if r.Brought != 0 {
		if v := n.OfPairs(b, b.BroughtTo(r)); v.Type != record.Absent {
			return v
		}
	}
	switch r.Kind {
	case record.Columns:
		return n.OfColumns(b, b.Schema, b.Fields[r.Fields:])
	case record.Pairs:
		return n.OfPairs(b, b.PairsOf(r))
	case record.Object:
		return inObject(b.Bytes(r.Text), n.whole)
	case record.Failed:
		if n.whole == parseError {
			why := b.Reasons[r.Reason]
			return Value{record.String, unsafe.Slice(unsafe.StringData(why), len(why))}
		}
	}
	if n.whole == message {
		return Value{record.String, b.Bytes(r.Text)}
	}
	return Value{}
}

// OfColumns returns the field of that name of the columns that stand in fields.
func (n *Name) OfColumns(b *record.Batch, s *record.Schema, fields []record.Field) Value {
	if s != n.schema {
		n.schema, n.column, n.outer = s, slices.Index(s.Columns, n.whole), -1
		if n.dotted {
			n.outer = slices.Index(s.Columns, n.first)
		}
	}
	if n.column >= 0 && fields[n.column].Type != record.Absent {
		return valueOf(b, fields[n.column])
	}
	if n.outer >= 0 {
		return n.member(valueOf(b, fields[n.outer]))
	}
	return Value{}
}

// OfPairs returns the field of that name of names and values by turns.
func (n *Name) OfPairs(b *record.Batch, pairs []record.Field) Value {
	if k := Index(b, pairs, n.whole); k >= 0 {
		return valueOf(b, pairs[k])
	}
	if n.dotted {
		if k := Index(b, pairs, n.first); k >= 0 {
			return n.member(valueOf(b, pairs[k]))
		}
	}
	return Value{}
}

// member looks for what is behind the first dot, in the field that is called what is before it.
func (n *Name) member(outer Value) Value {
	if !outer.object() {
		return Value{}
	}
	return inObject(outer.Text, n.rest)
}

// inObject looks in an object that was checked, in one walk over each object on the way.
func inObject(s []byte, name string) Value {
	for {
		first, rest, dotted := strings.Cut(name, ".")
		var outer Value
		for i := jsontext.Next(s, 0); i < len(s); {
			m := jsontext.At(s, i)
			key := s[m.Name.Off : m.Name.Off+m.Name.Len]
			if jsontext.Says(key, name) {
				return Value{m.Value.Type, s[m.Value.Off:m.End]}
			}
			if dotted && outer.Type == record.Absent && jsontext.Says(key, first) {
				outer = Value{m.Value.Type, s[m.Value.Off:m.End]}
			}
			i = jsontext.Next(s, m.End)
		}
		if !outer.object() {
			return Value{}
		}
		s, name = outer.Text, rest
	}
}

// Index returns the index of the value of the first field called name, whole, that is not absent,
// in names and values by turns; -1: there is none.
func Index(b *record.Batch, pairs []record.Field, name string) int {
	for k := 1; k < len(pairs); k += 2 {
		if pairs[k].Type != record.Absent && Is(b, pairs[k-1], name) {
			return k
		}
	}
	return -1
}

// Is says whether a name of a pair, String or a quoted JSON string, is want.
func Is(b *record.Batch, name record.Field, want string) bool {
	s := b.Bytes(name.Span)
	if name.Type == record.String {
		return string(s) == want
	}
	return jsontext.Says(s, want)
}
