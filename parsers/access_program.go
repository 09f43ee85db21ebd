package parsers

import (
	"slices"
	"strconv"

	"logskiff/parsers/layouts"
	"logskiff/record"
	"logskiff/record/field"
)

// take says what a step does with its value's text.
type take uint8

const (
	takeField   take = iota
	takeWord         // a field that "-" is a value of
	takeBytes        // a number that is written as "-" when it is 0
	takeQuery        // a field behind a question mark, or nothing
	takePath         // two columns: before the question mark, and behind it
	takeRequest      // four columns: the three parts, or the whole
	takeLocal        // a time in localLayout
	takeISO          // a time in isoLayout
	takeMsec         // a time in seconds with three digits of a fraction
	takeMoment       // part of a time, in step.moment's layout
	takeNothing      // a part that is said better elsewhere
)

// slot is a literal, or a value when it has a name: what a log format is made of,
// whichever server's language it was written in.
type slot struct {
	literal string

	name    string // its column's
	take    take
	numeric bool // it is a number, and what is none stands in a column of its own
	strict  bool // nothing but a number is this value's
	list    bool // it may be a list with ", " and " : " between its values
	timing  bool // takeLocal, takeISO: it gives the time, not the zone alone
	width   int  // how long it always is when no literal tells; 0: unknown
	fixed   bool // it has this width even where a literal follows
	moment  *layouts.Layout
	reason  string // why a line fails here
}

// step reads one value and the literal behind it.
type step struct {
	take    take
	numeric bool
	strict  bool
	list    bool
	timing  bool
	column  int             // where there is one
	text    int             // numeric and not strict: the column of what is no number
	width   int             // the value's length when no literal tells it; 0: one does
	quoted  bool            // it ends at a quote that is not escaped
	last    bool            // the literal ends the line
	literal string          // behind the value
	word    uint64          // the first 8 bytes of the literal
	mask    uint64          // which bytes of word count
	short   bool            // word is all of the literal
	moment  *layouts.Layout // the value ends where this says; nil: see above
	reason  string
}

// program is a compiled format, shared by all clones of a parser.
type program struct {
	escape  string
	keep    bool   // escapes are not undone
	prefix  string // before the first value
	noStart string // why a line without the prefix fails
	steps   []step
	moments bool            // some step is a takeMoment
	left    layouts.Missing // what all of them together leave out
	schema  *record.Schema
}

// ownNames are those that encoders write themselves beside fields.
var ownNames = [...]string{"time", "time_from", "parse_error", "invalid_utf8", "_offset", "_size", "_stream", "_host", "_source", "_path", "_tags"}

// IsOwnName says whether the name of a pair, String or a quoted JSON string, is one that
// encoders write themselves.
func IsOwnName(b *record.Batch, name record.Field) bool {
	for _, own := range ownNames {
		if field.Is(b, name, own) {
			return true
		}
	}
	return false
}

// assemble compiles a format. Between two values there is a literal, unless the first
// has a width or a moment; two literals never meet.
func assemble(all []slot, escape, noStart string, split bool) *program {
	p := &program{escape: escape, noStart: noStart}
	if all[0].name == "" {
		p.prefix = all[0].literal
		all = all[1:]
	}
	var columns []string
	for i, v := range all {
		if v.name == "" {
			continue
		}
		s := step{take: v.take, numeric: v.numeric, strict: v.strict, list: v.list, timing: v.timing, moment: v.moment, reason: v.reason}
		switch v.take {
		case takeLocal, takeISO, takeMsec, takeNothing:
		case takeMoment:
			p.moments = true
		default:
			s.column = len(columns)
			if v.name == "request" && split {
				s.take = takeRequest
				split = false
				columns = append(columns, requestParts[:]...)
			}
			columns = append(columns, uniqueName(columns, v.name))
			if v.numeric && !v.strict {
				s.text = len(columns)
				columns = append(columns, uniqueName(columns, v.name+"_text"))
			}
			if v.take == takePath {
				columns = append(columns, uniqueName(columns, "args"))
			}
		}
		if v.fixed {
			s.width = v.width
		}
		if i+1 < len(all) {
			s.setLiteral(all[i+1].literal, escape)
			if all[i+1].name != "" {
				s.width = v.width
			}
		}
		s.last = i+2 >= len(all) && (i+1 >= len(all) || all[i+1].name == "")
		p.steps = append(p.steps, s)
	}
	p.schema = record.NewSchema(columns)
	return p
}

// requestParts are the columns that hold the parts of a request line, in its order.
var requestParts = [...]string{"request_method", "request_uri", "server_protocol"}

func (s *step) setLiteral(text, escape string) {
	s.literal = text
	s.quoted = escape != escapeNone && text != "" && text[0] == '"'
	s.short = len(text) <= 8
	for i := range min(8, len(text)) {
		s.word |= uint64(text[i]) << (8 * i)
		s.mask |= 0xff << (8 * i)
	}
}

// uniqueName returns name, or name_2 and so on when the record has such a name already.
func uniqueName(columns []string, name string) string {
	unique := name
	for n := 2; slices.Contains(columns, unique) || slices.Contains(ownNames[:], unique); n++ {
		unique = name + "_" + strconv.Itoa(n)
	}
	return unique
}
