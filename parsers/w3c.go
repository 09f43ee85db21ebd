package parsers

import (
	"bytes"
	"slices"

	"logskiff/conf"
	"logskiff/parsers/clocks"
	"logskiff/record"
)

// w3cField is one field of a line.
type w3cField struct {
	kind   w3cKind
	column int         // in the schema, of the settings' fields
	name   record.Span // in the batch, of another directive's fields
}

// w3cParser belongs to one goroutine.
type w3cParser struct {
	words  []string // the settings' names as they are written
	fields []w3cField
	dated  bool // there are a date and a time
	extra  int  // the column of what is more
	schema *record.Schema
	clock  clocks.Zone
	other  []w3cField // of the directive that was met, and names others
	walk   w3cWalk    // over the batch under way
}

// NewW3C returns a parser for the extended log file format
// (https://www.w3.org/TR/WD-logfile.html), which IIS and CloudFront write. The columns are
// the fields in lower case, with _ for what is no letter or digit: cs(User-Agent) is cs_user_agent.
// "-" is Absent; statuses, sizes, ports and durations are Number; IIS's "+" for a space
// stays. date and time together give the record's time and are then no
// columns. Values stand between tabs or, where a line has none, spaces; they can be quoted.
//
// Lines with # are directives. They become a directive and a value; what #Fields: says
// counts for the following lines of the same file *in the same batch*. A parser keeps nothing
// between batches, since these are parsed in any order and reading may begin anywhere, so
// the first line of a batch always has the fields of the settings. A directive that does not
// name just these is marked other_fields, for lines behind it may then be read by
// the wrong names, or fail where their number differs: correct the settings when it appears.
//
// The error is a *conf.FieldError.
func NewW3C(c W3CConfig) (Parser, error) {
	clock, err := clocks.NewZone(c.Zone)
	if err != nil {
		return nil, &conf.FieldError{Key: "zone", Msg: err.Error(), Hint: `use a name such as "Europe/Berlin" or "UTC"`}
	}
	p := &w3cParser{clock: clock}
	if p.words, err = c.names(); err != nil {
		return nil, err
	}
	p.dated = slices.Contains(p.words, "date") && slices.Contains(p.words, "time")
	var columns []string
	for _, word := range p.words {
		f := w3cField{kind: w3cKindOf(word), column: len(columns)}
		if name := string(w3cName(nil, []byte(word))); !p.dated || f.kind < w3cDate {
			if f.kind == w3cTime {
				name = w3cTimeText
			}
			columns = append(columns, uniqueName(columns, name))
		}
		p.fields = append(p.fields, f)
	}
	p.extra = len(columns)
	p.schema = record.NewSchema(append(columns, uniqueName(columns, "extra")))
	return p, nil
}

// w3cTimeText is the column of a time without a date.
const w3cTimeText = "time_text"

func (p *w3cParser) Clone() Parser {
	q := *p
	q.clock, q.other, q.walk = clocks.Zone{Location: p.clock.Location}, nil, w3cWalk{}
	return &q
}

func (p *w3cParser) Parse(b *record.Batch) {
	b.Schema = p.schema
	l := &p.walk
	*l = w3cWalk{w3cParser: p, b: b}
	l.useOwn()
	eachLine(b, l)
	l.b = nil
}

// w3cWalk goes over the lines of a batch.
type w3cWalk struct {
	*w3cParser
	b       *record.Batch
	segment int        // the first one that does not begin before the line under way
	now     []w3cField // the fields of the line under way
	own     bool       // they are the settings'
	dated   bool       // they have a date and a time
}

func (l *w3cWalk) parse(b *record.Batch, i int) string {
	for ; l.segment < len(b.Segments) && b.Segments[l.segment].First <= i; l.segment++ {
		if l.segment == 0 || b.Segments[l.segment].Stream != b.Segments[l.segment-1].Stream {
			l.useOwn() // another file
		}
	}
	r, base := &b.Records[i], len(b.Fields)
	if r.Text.Len > 0 && b.Buf[r.Text.Off] == '#' {
		return l.directive(i, base)
	}
	return l.values(i, base)
}

func (l *w3cWalk) useOwn() { l.now, l.own, l.dated = l.fields, true, l.w3cParser.dated }

// directive makes a Pairs record of "#Name: value".
func (l *w3cWalk) directive(i, base int) string {
	b, r := l.b, &l.b.Records[i]
	text := b.Bytes(r.Text)
	colon := bytes.IndexByte(text, ':')
	if colon < 2 {
		return "a line with # is no directive"
	}
	value := bytes.TrimLeft(text[colon+1:], " \t")
	l.pair("directive", record.Span{Off: r.Text.Off + 1, Len: uint32(colon - 1)}, record.String)
	l.pair("value", record.Span{Off: r.Text.Off + r.Text.Len - uint32(len(value)), Len: uint32(len(value))}, record.String)
	if string(text[1:colon]) == "Fields" {
		if l.useOwn(); !l.isOwn(value) {
			l.useOther(value)
			truth := uint32(len(b.Buf))
			b.Buf = append(b.Buf, "true"...)
			l.pair("other_fields", record.Span{Off: truth, Len: uint32(len("true"))}, record.JSON)
		}
	}
	b.SetPairs(i, base)
	return ""
}

func (l *w3cWalk) pair(name string, value record.Span, kind record.Type) {
	at := record.Span{Off: uint32(len(l.b.Buf)), Len: uint32(len(name))}
	l.b.Buf = append(l.b.Buf, name...)
	l.b.Fields = append(l.b.Fields, record.Field{Span: at, Type: record.String}, record.Field{Span: value, Type: kind})
}

// isOwn reports whether a directive names the fields of the settings.
func (l *w3cWalk) isOwn(names []byte) bool {
	for _, word := range l.words {
		var name []byte
		if name, names = cutWord(names); string(name) != word {
			return false
		}
	}
	name, _ := cutWord(names)
	return len(name) == 0
}

// useOther makes the fields of a directive those of the lines behind it.
func (l *w3cWalk) useOther(names []byte) {
	b := l.b
	l.other = l.other[:0]
	var kinds [w3cTime + 1]bool
	for len(l.other) < record.MaxPairs/2 {
		var name []byte
		if name, names = cutWord(names); len(name) == 0 {
			break
		}
		f := w3cField{kind: w3cKindOf(string(name))}
		kinds[f.kind] = true
		f.name.Off = uint32(len(b.Buf))
		if f.kind == w3cTime {
			b.Buf = append(b.Buf, w3cTimeText...)
		} else {
			b.Buf = w3cName(b.Buf, name)
		}
		f.name.Len = uint32(len(b.Buf)) - f.name.Off
		l.other = append(l.other, f)
	}
	l.now, l.own, l.dated = l.other, false, kinds[w3cDate] && kinds[w3cTime]
}

// cutWord returns the first word of s and what is behind it.
func cutWord(s []byte) (word, rest []byte) {
	s = bytes.TrimLeft(s, " \t")
	if n := bytes.IndexAny(s, " \t"); n >= 0 {
		return s[:n], s[n:]
	}
	return s, nil
}
