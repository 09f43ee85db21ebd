package conf

import (
	"fmt"
	"reflect"
	"slices"
)

// field is one key of a settings struct.
type field struct {
	key     string
	doc     string
	example string
	literal bool // ${...} is not expanded
	index   []int
	typ     reflect.Type
}

// fieldsOf lists the keys of struct type t in their order, those of embedded
// structs where these stand. A field without a toml tag is not a key.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for f := range t.Fields() {
		key := f.Tag.Get("toml")
		switch {
		case f.Anonymous && key == "":
			if f.Type.Kind() != reflect.Struct {
				panic(fmt.Sprintf("BUG: %s.%s: only structs can be embedded in settings", t, f.Name))
			}
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append(slices.Clone(f.Index), inner.index...)
				fields = append(fields, inner)
			}
		case key != "" && key != "-" && f.IsExported():
			fields = append(fields, field{
				key: key, doc: f.Tag.Get("doc"), example: f.Tag.Get("example"),
				literal: f.Tag.Get("expand") == "no", index: f.Index, typ: f.Type,
			})
		}
	}
	for i, f := range fields {
		if slices.ContainsFunc(fields[:i], func(o field) bool { return o.key == f.key }) {
			panic(fmt.Sprintf("BUG: %s has two fields for key %q", t, f.key))
		}
	}
	return fields
}

func keysOf(fields []field) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

func secretType() reflect.Type { return reflect.TypeFor[Secret]() }

// secretKeys collects into names the keys below type t whose values are secrets.
func secretKeys(t reflect.Type, names map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, f := range fieldsOf(t) {
		inner := f.typ
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
			inner = inner.Elem()
		}
		if inner == secretType() {
			names[f.key] = true
		} else {
			secretKeys(inner, names)
		}
	}
}
