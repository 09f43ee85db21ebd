package fields

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"logskiff/record"
	"logskiff/record/field"
)

// expression says yes or no to a record (https://expr-lang.org/docs/language-definition).
// It belongs to one goroutine.
type expression struct {
	program *vm.Program
	fields  []string // the fields it names
	about   []string // what it asks of the record besides
	all     bool     // it looks at fields by names it makes up

	machine vm.VM
	env     map[string]any
	values  []record.Field // of fields, in the record at hand
}

// about are the names that do not stand for fields, with values of their types.
func aboutRecord() map[string]any {
	return map[string]any{
		"message": "", "time": time.Time{}, "path": "", "host": "", "source": "", "tags": map[string]string{}, "fields": map[string]any{},
	}
}

// compileExpression checks types as far as they are known: fields can be anything. An
// expression cannot look at the clock, so that a repeat is decided as the first time.
func compileExpression(text string) (*expression, error) {
	about := aboutRecord()
	p, err := expr.Compile(text, expr.Env(about), expr.AllowUndefinedVariables(), expr.AsBool(), expr.DisableBuiltin("now"))
	if err != nil {
		return nil, fmt.Errorf("cannot read the expression: %s", strings.Join(strings.Fields(err.Error()), " "))
	}
	e := &expression{program: p, env: map[string]any{}}
	node := p.Node()
	unknown := ""
	ast.Walk(&node, names(func(name string, called bool) {
		_, known := about[name]
		switch {
		case called:
			unknown = name
		case name == "fields":
			e.all = true
		case name == "message" && !slices.Contains(e.fields, name):
			e.fields = append(e.fields, name)
		case name == "message":
		case known && !slices.Contains(e.about, name):
			e.about = append(e.about, name)
		case !known && !slices.Contains(e.fields, name):
			e.fields = append(e.fields, name)
		}
	}))
	if unknown != "" {
		return nil, fmt.Errorf("there is no function %s", unknown)
	}
	e.values = make([]record.Field, len(e.fields))
	return e, nil
}

// names is told every name in an expression, and whether it is called as a function:
// those that exist are no names there.
type names func(name string, called bool)

func (n names) Visit(node *ast.Node) {
	switch of := (*node).(type) {
	case *ast.IdentifierNode:
		n(of.Value, false)
	case *ast.CallNode:
		if id, ok := of.Callee.(*ast.IdentifierNode); ok {
			n(id.Value, true)
		}
	}
}

func (e *expression) clone() *expression {
	return &expression{
		program: e.program, fields: e.fields, about: e.about, all: e.all,
		env: map[string]any{}, values: make([]record.Field, len(e.fields)),
	}
}

// list calls yield for every field of the record at hand.
type list func(yield func(name string, f record.Field))

// ask evaluates it for the record at hand, whose fields it names are in e.values.
func (e *expression) ask(st *stage, all list) (yes, ok bool) {
	for k, name := range e.fields {
		if name == "message" {
			e.env[name] = st.messageOf(&e.values[k])
			continue
		}
		e.env[name] = st.goValue(e.values[k])
	}
	for _, name := range e.about {
		e.env[name] = st.about(name)
	}
	if e.all {
		m := map[string]any{}
		all(func(name string, f record.Field) { m[name] = st.goValue(f) })
		e.env["fields"] = m
	}
	out, err := e.machine.Run(e.program, e.env)
	clear(e.env) // texts stand in the batch
	if err != nil {
		st.b.Undecided++
		return false, false
	}
	yes, ok = out.(bool)
	if !ok {
		st.b.Undecided++
	}
	return yes, ok
}

// messageOf returns the field message as text, or the line as it was read.
func (st *stage) messageOf(f *record.Field) string {
	switch f.Type {
	case record.Absent:
		return view(st.b.Bytes(st.r.Text))
	case record.JSON:
		return string(st.decoded(f)) // it may stand in scratch, which is used again
	}
	return view(st.b.Bytes(f.Span))
}

// about returns a fact of the record that is no field.
func (st *stage) about(name string) any {
	switch name {
	case "time":
		return time.Unix(0, st.r.Time).In(time.FixedZone("", 60*int(st.r.Zone)))
	case "tags":
		tags := map[string]string{}
		if s := st.stream(); s != nil && s.Origin != nil {
			for _, t := range s.Origin.Tags {
				tags[t.Key] = t.Value
			}
		}
		return tags
	}
	fact, _ := field.ParseFact(name) // host, path or source
	return fact.Text(st.stream())
}

// goValue returns a field as an expression sees it. Texts stand in the batch.
func (st *stage) goValue(f record.Field) any {
	if f.Type == record.Absent {
		return nil
	}
	s := st.b.Bytes(f.Span)
	switch {
	case f.Type == record.String:
		return view(s)
	case f.Type == record.Number:
		if n, err := strconv.Atoi(view(s)); err == nil {
			return n
		}
		n, _ := strconv.ParseFloat(view(s), 64) // what is out of range is infinite
		return n
	case s[0] == 't', s[0] == 'f':
		return s[0] == 't'
	case s[0] == 'n':
		return nil
	case s[0] == '"' && !slices.Contains(s, '\\'):
		return view(s[1 : len(s)-1])
	}
	var v any
	if json.Unmarshal(s, &v) != nil {
		return nil
	}
	return v
}

func view(s []byte) string { return unsafe.String(unsafe.SliceData(s), len(s)) }

// fromItems fills e.values and returns the list of the fields in st.items.
func (e *expression) fromItems(st *stage) {
	for i, name := range e.fields {
		e.values[i] = record.Field{}
		if k := st.find(name); k >= 0 {
			e.values[i] = st.items[k]
		}
	}
}

// noteTwins looks for a field in st.items that is called like what e asks of the record besides.
func (e *expression) noteTwins(st *stage) {
	for _, name := range e.about {
		if st.find(name) >= 0 {
			st.b.Shadowed = name
		}
	}
}

func (st *stage) eachItem(yield func(name string, f record.Field)) {
	for k := 0; k < len(st.items); k += 2 {
		if st.items[k+1].Type != record.Absent {
			yield(string(st.decoded(&st.items[k])), st.items[k+1])
		}
	}
}
