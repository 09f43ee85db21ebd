package template

import (
	"strconv"
	"time"
	"unicode/utf8"

	"logskiff/record"
	"logskiff/record/field"
)

// Template is a compiled text. It remembers where it found fields, so it belongs to one goroutine.
type Template struct {
	text  string
	parts []part
	max   int
	zone  *time.Location
	safe  Safe

	scratch []byte // decoded text
	end     int    // of the text under way, where it is cut; -1: it is not
}

// Input is what a text is made of. It is read while Append runs, and nothing of it is kept.
type Input struct {
	Batch  *record.Batch
	Record *record.Record
	Stream *record.Stream // where the record came from; nil: nowhere

	// A stage that has a record's fields in hand, changed already, says which: Columns, of Schema, or
	// Pairs, names and values by turns. With any other Kind they are those that the record has.
	Kind   record.Kind
	Schema *record.Schema
	Fields []record.Field
}

// lookup returns a field.
func (in *Input) lookup(n *field.Name) field.Value {
	switch in.Kind {
	case record.Columns:
		return n.OfColumns(in.Batch, in.Schema, in.Fields)
	case record.Pairs:
		return n.OfPairs(in.Batch, in.Fields)
	}
	return n.Of(in.Batch, in.Record)
}

// part is a piece of a template.
type part struct {
	what      what
	text      string     // literal
	name      field.Name // of a field
	fact      field.Fact
	known     string // the name of what it says besides fields, but for tags
	when      []moment
	otherwise []part // what stands for it where it says nothing
	defaults  bool   // there is an otherwise, though it may be empty
}

type what uint8

const (
	aLiteral what = iota
	aField
	aFact
	anOffset
	eventTime
	readTime
)

// String returns the text that was compiled.
func (t *Template) String() string { return t.text }

// Clone returns the template for another goroutine.
func (t *Template) Clone() *Template {
	c := *t
	c.parts, c.scratch = cloned(t.parts), nil
	return &c
}

func cloned(parts []part) []part {
	c := append([]part(nil), parts...)
	for i := range c {
		c[i].otherwise = cloned(c[i].otherwise)
	}
	return c
}

// Append appends the text for a record to dst, which may be in's Batch.Buf. false: something without a default is missing,
// or what was asked to be Safe is no name ("", "." or ".."); then nothing is appended.
func (t *Template) Append(dst []byte, in *Input) (_ []byte, ok bool) {
	start := len(dst)
	t.end = -1
	dst, ok = t.append(dst, start, t.parts, in)
	if !ok || t.safe.clean != nil && isNoName(dst[start:]) {
		return dst[:start], false
	}
	return dst, true
}

// isNoName: no file, index or topic can be called that.
func isNoName(s []byte) bool { return len(s) == 0 || string(s) == "." || string(s) == ".." }

func (t *Template) append(dst []byte, start int, parts []part, in *Input) (_ []byte, ok bool) {
	for i := range parts {
		p := &parts[i]
		from := len(dst)
		dst, ok = t.value(dst, start, p, in)
		if p.defaults && len(dst) == from {
			dst, ok = t.append(dst, start, p.otherwise, in)
		}
		if !ok {
			return dst, false
		}
		if t.end < 0 && len(dst)-start > t.max {
			t.end = start + whole(dst[start:], t.max)
		}
		if t.end >= 0 {
			dst = dst[:t.end] // what comes behind is still asked for: it may be missing
		}
	}
	return dst, true
}

// value appends what a part stands for, without its default. false: it is missing.
func (t *Template) value(dst []byte, start int, p *part, in *Input) (_ []byte, ok bool) {
	from := len(dst)
	switch p.what {
	case aLiteral:
		return append(dst, p.text...), true
	case eventTime, readTime:
		at := in.Record.Time
		if at == 0 || p.what == readTime {
			at = in.Batch.ReadAt
		}
		return appendTime(dst, time.Unix(0, at).In(t.zone), p.when), true
	case anOffset:
		return strconv.AppendInt(dst, in.Record.Offset, 10), true
	case aFact:
		dst = p.fact.Append(dst, in.Stream)
		ok = len(dst) > from
	case aField:
		v := in.lookup(&p.name)
		var says []byte
		says, t.scratch = v.Plain(t.scratch)
		says = says[:min(len(says), t.max-(from-start)+utf8.UTFMax)]
		dst, ok = append(dst, says...), v.Given()
	}
	if t.safe.clean != nil {
		dst = t.safe.clean(dst, start, from)
		ok = len(dst) > from
	}
	return dst, ok
}

// whole returns where to cut s, which is longer than most, so that no character is cut in two.
func whole(s []byte, most int) int {
	for n := most; n > most-utf8.UTFMax && n >= 0; n-- {
		if utf8.RuneStart(s[n]) {
			return n
		}
	}
	return most // it is no UTF-8
}
