package conf

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// node is a value of a document on its way into a settings struct.
type node struct {
	doc     *document
	secrets map[string]bool
	files   bool   // settings check the files they name
	path    string // in the document
	label   string // as people call it: the path below its table or kind
	value   any
	literal bool // ${...} is not expanded
}

func (n node) child(key string, value any) node {
	n.path, n.label, n.value = join(n.path, key), join(n.label, key), value
	return n
}

// root makes n the table that labels count from.
func (n node) root() node {
	n.label = ""
	return n
}

// wrong reports that the value is not a what.
func (n node) wrong(what, hint string) {
	msg := n.label + ": must be " + what
	if n.label == "" {
		msg = "must be " + what
	}
	if n.value != (hidden{}) {
		msg += ", not " + describe(n.value)
	}
	n.doc.report(n.path, atValue, msg, hint)
}

// decode puts the value into v, or reports why it cannot and leaves v alone.
func (n node) decode(v reflect.Value) {
	if n.decodeSpecial(v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		n.decode(target.Elem())
		v.Set(target)
	case reflect.Struct:
		if known, unknown := n.fields(v); len(unknown) > 0 {
			n.unknownKeys(unknown, known)
		}
	case reflect.Map:
		n.decodeMap(v)
	case reflect.Slice:
		n.decodeSlice(v)
	default:
		n.decodeScalar(v)
	}
}

// fields decodes the keys that are fields of the struct v. It returns all that
// could have stood there, and in order what else does.
func (n node) fields(v reflect.Value) (known, unknown []string) {
	table, ok := n.value.(map[string]any)
	if !ok {
		hint := "write { key = value }"
		if items, isList := list(n.value); isList && len(items) == 1 {
			hint = "remove the [ ] around it"
		}
		n.wrong("a table such as { key = value }", hint)
		return nil, nil
	}
	fields := fieldsOf(v.Type())
	for key, value := range table {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			unknown = append(unknown, key)
			continue
		}
		c := n.child(key, value)
		c.literal = fields[i].literal
		c.decode(v.FieldByIndex(fields[i].index))
	}
	slices.Sort(unknown)
	return keysOf(fields), unknown
}

func (n node) unknownKeys(keys, known []string) {
	table, _ := n.value.(map[string]any)
	for _, key := range keys {
		c := n.child(key, table[key])
		n.doc.maskLike(c.path, key, c.value, n.secrets)
		if meant := nearest(key, known); meant != "" {
			n.doc.breakAt(join(n.path, meant)) // it is there, so don't call it missing
		}
		hint := DidYouMean(key, known)
		switch {
		case len(known) == 0:
			hint = "remove it: there are no settings"
		case hint == "":
			hint = "remove it, or look for what is meant in configuration.md"
		}
		n.doc.report(c.path, atKey, "unknown key "+quote(key), hint)
	}
}

func (n node) decodeMap(v reflect.Value) {
	t := v.Type()
	if t.Key().Kind() != reflect.String {
		panic(fmt.Sprintf("BUG: %s: settings cannot be a %s", n.path, t))
	}
	table, ok := n.value.(map[string]any)
	if !ok {
		n.hideSecrets(t)
		n.wrong(`a table such as { name = "value" }`, `write { name = "value" }`)
		return
	}
	m := reflect.MakeMapWithSize(t, len(table))
	for _, key := range slices.Sorted(maps.Keys(table)) {
		c := n.child(key, table[key])
		value := reflect.New(t.Elem()).Elem()
		c.decode(value)
		m.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), value)
	}
	v.Set(m)
}

func (n node) decodeSlice(v reflect.Value) {
	items, ok := list(n.value)
	if !ok {
		n.hideSecrets(v.Type())
		hint := `write ["a", "b"]`
		if s, isText := n.value.(string); isText && v.Type().Elem().Kind() == reflect.String && v.Type().Elem() != secretType() && len(s) < 80 {
			hint = fmt.Sprintf("write [%q]", s)
		}
		n.wrong(`a list such as ["a", "b"]`, hint)
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		c := n
		c.path, c.label, c.value = elem(n.path, i), elem(n.label, i), item
		c.decode(out.Index(i))
	}
	v.Set(out)
}

// hideSecrets keeps the value out of messages and snippets when t is made of secrets.
func (n *node) hideSecrets(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t == secretType() {
		n.doc.mask(n.path)
		n.value = hidden{}
	}
}

// hidden stands for a value that must not be described.
type hidden struct{}

func list(value any) (items []any, ok bool) {
	switch value := value.(type) {
	case []any:
		return value, true
	case []map[string]any:
		for _, t := range value {
			items = append(items, t)
		}
		return items, true
	}
	return nil, false
}

// validate calls the settings' own check and finds the places of what it says.
func (n node) validate(settings any) {
	var problems []error
	if v, ok := settings.(interface{ Validate() error }); ok {
		problems = leaves(v.Validate())
	}
	if f, ok := settings.(interface{ CheckFiles() error }); ok && n.files && len(problems) == 0 && !n.doc.around[n.path] {
		problems = leaves(f.CheckFiles())
	}
	var reports []func()
	for _, err := range problems {
		path, part, msg, hint := n.path, atKey, err.Error(), ""
		if bad, ok := errors.AsType[*FieldError](err); ok {
			msg, hint = bad.Msg, bad.Hint
			if bad.Key != "" {
				path, part, msg = n.path+"."+bad.Key, atValue, bad.Key+": "+bad.Msg
			}
		}
		// What could not be decoded is still the default, so what Validate says
		// about that is only a consequence.
		if !n.doc.isBroken(path, n.path) {
			reports = append(reports, func() { n.doc.report(path, part, msg, hint) })
		}
	}
	for _, report := range reports {
		report()
	}
}

// leaves takes errors.Join apart.
func leaves(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

// describe names a value as people see it in the file.
func describe(value any) string {
	switch value := value.(type) {
	case string:
		return "the text " + quote(value)
	case int64, float64:
		return strings.TrimSpace(fmt.Sprintf("the number %v", value))
	case bool:
		return fmt.Sprint(value)
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	}
	return "a date"
}
