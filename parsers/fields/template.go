package fields

import (
	"errors"
	"slices"
	"time"

	"logskiff/conf"
	"logskiff/record"
	"logskiff/record/template"
)

// compileTemplate returns the template of a step. The error is a *conf.FieldError.
func (s *Step) compileTemplate() (*template.Template, error) {
	var o template.Options
	if s.SafeFor != "" {
		var known bool
		if o.Safe, known = template.SafeFor(s.SafeFor); !known {
			return nil, &conf.FieldError{Key: "safe_for", Msg: "there is no such kind of name", Hint: "known: index, path, topic"}
		}
	}
	if s.Zone != "" {
		var err error
		if o.Zone, err = time.LoadLocation(s.Zone); err != nil {
			return nil, &conf.FieldError{Key: "zone", Msg: "there is no such time zone", Hint: `write a name such as "Europe/Berlin" or "UTC"`}
		}
	}
	t, err := template.Compile(s.Template, o)
	if bad, ok := errors.AsType[*template.Error](err); ok {
		return nil, &conf.FieldError{Key: "template", Msg: bad.Msg, Hint: bad.Hint}
	}
	if t.Constant() {
		return nil, &conf.FieldError{Key: "template", Msg: "names nothing of a record, so it is the same text for each", Hint: "write {name} with one brace, or add = { ... } for a text"}
	}
	return t, nil
}

func (s *Step) checkTemplate(bad func(key, msg, hint string)) {
	if _, err := s.compileTemplate(); err != nil {
		f, _ := errors.AsType[*conf.FieldError](err)
		bad(f.Key, f.Msg, f.Hint)
	}
	switch why := badName(s.To); {
	case s.To == "":
		bad("template", "does not say what field it makes", `add to = "..."`)
	case why != "":
		bad("to", why, "choose another name")
	}
}

// fromTemplate makes a field of others.
type fromTemplate struct {
	name string
	key  int // constant
	of   *template.Template
	// facts that it names; a field that is called the same may be meant.
	facts []string

	in template.Input // of the record at hand
}

func (st *stage) newFromTemplate(t *template.Template, name string) *fromTemplate {
	return &fromTemplate{name: name, key: st.text(name), of: t, facts: t.Facts()}
}

func (t *fromTemplate) clone() step {
	c := *t
	c.of, c.in = t.of.Clone(), template.Input{}
	return &c
}

// make appends the text to the batch; Absent: something is missing.
func (t *fromTemplate) make(st *stage) record.Field {
	t.in.Batch, t.in.Record, t.in.Stream = st.b, st.r, st.stream()
	off := uint32(len(st.b.Buf))
	buf, ok := t.of.Append(st.b.Buf, &t.in)
	st.b.Buf = buf
	t.in = template.Input{} // nothing of a batch is kept
	if !ok {
		return record.Field{}
	}
	return record.Field{Span: record.Span{Off: off, Len: uint32(len(buf)) - off}, Type: record.String}
}

type templateOp struct {
	*fromTemplate
	schema    *record.Schema // of the slots
	slot, old int            // old: of a column that has the name already; -1: none has
	twins     []int          // of columns that are called like facts
}

// unused is what slots are called that are no column any more: no template can name it.
const unused = "}"

func (t *fromTemplate) columns(s *shape) bool {
	o := &templateOp{fromTemplate: t, old: s.slot(t.name)}
	names := slices.Repeat([]string{unused}, s.n)
	for i, name := range s.names {
		if !slices.Contains(names, name) { // of several with one name the first counts
			names[s.slots[i]] = name
		}
	}
	o.schema = record.NewSchema(names)
	for _, name := range t.facts {
		if slot := s.slot(name); slot >= 0 {
			o.twins = append(o.twins, slot)
		}
	}
	s.remove(t.name)
	o.slot = s.add(t.name)
	s.ops = append(s.ops, o)
	return true
}

func (o *templateOp) run(st *stage) {
	for _, slot := range o.twins {
		if st.slots[slot].Type != record.Absent {
			st.b.Shadowed = o.schema.Columns[slot]
		}
	}
	o.in.Kind, o.in.Schema, o.in.Fields = record.Columns, o.schema, st.slots
	if f := o.make(st); f.Type != record.Absent {
		st.slots[o.slot] = f
	} else if o.old >= 0 {
		st.slots[o.slot] = st.slots[o.old]
	}
}

// ofItems makes the text of the fields in st.items.
func (t *fromTemplate) ofItems(st *stage) record.Field {
	if st.b.Shadowed == "" {
		for _, name := range t.facts {
			if st.find(name) >= 0 {
				st.b.Shadowed = name
			}
		}
	}
	t.in.Kind, t.in.Fields = record.Pairs, st.items
	return t.make(st)
}

func (t *fromTemplate) pairs(st *stage) {
	if f := t.ofItems(st); f.Type != record.Absent {
		st.absent(t.name)
		st.push(st.constant(t.key), f)
	}
}

// failed: what a line that failed to parse consists of is not replaced.
func (t *fromTemplate) failed(st *stage) {
	if f := t.ofItems(st); f.Type != record.Absent && st.find(t.name) < 0 {
		st.push(st.constant(t.key), f)
	}
}
