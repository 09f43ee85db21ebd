package parsers

import (
	"slices"
	"strconv"

	"logskiff/record"
)

// take says what a step does with its variable's text.
type take uint8

const (
	takeField   take = iota
	takeRequest      // four columns: the three parts, or the whole
	takeLocal        // $time_local
	takeISO          // $time_iso8601
	takeMsec         // $msec
)

// step reads one variable and the literal behind it.
type step struct {
	take    take
	numeric bool
	strict  bool   // nothing but digits and a dot is this variable's
	timing  bool   // takeLocal, takeISO: it gives the time, not the zone alone
	column  int    // takeField, takeRequest
	width   int    // the value's length when no literal tells it; 0: one does
	quoted  bool   // it ends at a quote that is not escaped
	last    bool   // the literal ends the line
	literal string // behind the variable
	word    uint64 // the first 8 bytes of the literal
	mask    uint64 // which bytes of word count
	short   bool   // word is all of the literal
	reason  string // why a line fails here
}

// program is a compiled format, shared by all clones of a parser.
type program struct {
	escape string
	prefix string // before the first variable
	steps  []step
	schema *record.Schema
}

const (
	noStart = "no match for nginx format at its beginning"
	noMatch = "no match for nginx format at $"
)

// ownNames are those that encoders write themselves beside columns.
var ownNames = [...]string{"time", "parse_error", "invalid_utf8", "_offset", "_stream", "_host", "_source", "_path", "_tags"}

func compileNginx(c NginxConfig) (*program, error) {
	pieces, escape, err := c.pieces()
	if err != nil {
		return nil, err
	}
	all, err := tokens(pieces)
	if err != nil {
		return nil, err
	}
	if err := checkTokens(all); err != nil {
		return nil, err
	}
	p := &program{escape: escape}
	if all[0].name == "" {
		p.prefix = all[0].literal
		all = all[1:]
	}
	hasMsec := slices.ContainsFunc(all, func(t token) bool { return t.name == "msec" })
	split := c.SplitRequest && !slices.ContainsFunc(all, func(t token) bool {
		return slices.Contains(requestParts[:], t.name)
	})
	var columns []string
	for i, t := range all {
		if t.name == "" {
			continue
		}
		s := step{numeric: isNumeric(t.name), strict: isAlwaysNumeric(t.name), timing: !hasMsec, reason: noMatch + t.name}
		switch t.name {
		case "time_local":
			s.take, s.width = takeLocal, widthOf(t.name)
		case "time_iso8601":
			s.take, s.width = takeISO, widthOf(t.name)
		case "msec":
			s.take = takeMsec
		default:
			s.column = len(columns)
			if t.name == "request" && split {
				s.take = takeRequest
				split = false
				columns = append(columns, requestParts[:]...)
			}
			columns = append(columns, uniqueName(columns, t.name))
		}
		if i+1 < len(all) {
			s.setLiteral(all[i+1].literal, escape)
			if all[i+1].name != "" {
				s.width = widthOf(t.name)
			}
		}
		s.last = i+2 >= len(all) && (i+1 >= len(all) || all[i+1].name == "")
		p.steps = append(p.steps, s)
	}
	p.schema = record.NewSchema(columns)
	return p, nil
}

// requestParts are the nginx variables that hold the parts of $request, in its order.
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
