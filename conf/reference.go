package conf

import (
	_ "embed"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

//go:embed reference.md
var referenceIntro string

// Reference returns docs/configuration.md: every key of every kind with its type,
// default and meaning, made from the struct tags.
func Reference(kinds Kinds) string {
	var b strings.Builder
	b.WriteString(referenceIntro)
	b.WriteString("## [agent]\n\n")
	agent := defaultAgent()
	writeTable(&b, reflect.ValueOf(agent), nil)

	b.WriteString("## [[source]]\n\n")
	writeTable(&b, reflect.ValueOf(sourceTable{}), append([][4]string{
		{"reader", "one kind", "", "Where lines come from: `reader.KIND = { settings }`. Required."},
		{"parser", "one kind", "`raw`", "How lines are read: `parser.KIND = { settings }`."},
	}, stageRows(kinds.Stages)...))
	writeKinds(&b, "reader", kinds.Readers)
	writeKinds(&b, "parser", kinds.Parsers)
	writeStage(&b, "time", kinds.Time)
	writeStage(&b, "fields", kinds.Step)

	b.WriteString("## [[sender]]\n\nBeside these keys, a sender has exactly one kind: `KIND = { settings }`.\n\n")
	writeTable(&b, reflect.ValueOf(defaultSender()), nil)
	writeKinds(&b, "sender", kinds.Senders)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func writeKinds(b *strings.Builder, role string, kinds []Kind) {
	for _, k := range kinds {
		settings := reflect.ValueOf(k.New()).Elem()
		name := role + "." + k.Name
		if role == "sender" {
			name = "sender: " + k.Name
		}
		fmt.Fprintf(b, "### %s\n\n", name)
		if k.Doc != "" {
			fmt.Fprintf(b, "%s\n\n", k.Doc)
		}
		writeTable(b, settings, nil)
		fmt.Fprintf(b, "```toml\n%s\n```\n\n", example(role, k))
	}
}

func stageRows(s Stages) (rows [][4]string) {
	if s.Time.New != nil {
		rows = append(rows, [4]string{"time", "table", "", "Which field is a record's time: `time = { settings }`. Without it, the time that the parser finds."})
	}
	if s.Step.New != nil {
		rows = append(rows, [4]string{"fields", "list of tables", "", "Steps that change records after they were parsed, in their order: `fields = [{ step }, { step }]`."})
	}
	return rows
}

// writeStage describes the settings of a stage that every source can have.
func writeStage(b *strings.Builder, stage string, k Kind) {
	if k.New == nil {
		return
	}
	fmt.Fprintf(b, "### %s\n\n%s\n\n", stage, k.Doc)
	writeTable(b, reflect.ValueOf(k.New()).Elem(), nil)
}

// example is the line that chooses kind k, with the settings that have an example.
func example(role string, k Kind) string {
	var keys []string
	for _, f := range fieldsOf(reflect.TypeOf(k.New()).Elem()) {
		if f.example != "" {
			keys = append(keys, f.key+" = "+f.example)
		}
	}
	settings := "{}"
	if len(keys) > 0 {
		settings = "{ " + strings.Join(keys, ", ") + " }"
	}
	if role == "sender" {
		return k.Name + " = " + settings
	}
	return role + "." + k.Name + " = " + settings
}

func writeTable(b *strings.Builder, settings reflect.Value, more [][4]string) {
	rows := append(rowsOf("", settings), more...)
	if len(rows) == 0 {
		b.WriteString("It has no settings.\n\n")
		return
	}
	b.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", r[0], r[1], cell(r[2]), cell(r[3]))
	}
	b.WriteString("\n")
}

func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}

// rowsOf lists key, type, default and meaning of all keys of a struct, those of
// nested tables under dotted names.
func rowsOf(prefix string, settings reflect.Value) (rows [][4]string) {
	for _, f := range fieldsOf(settings.Type()) {
		v := settings.FieldByIndex(f.index)
		key := prefix + f.key
		doc := f.doc
		if f.literal {
			doc += " `${...}` is taken as it is."
		}
		inner := f.typ
		isList := false
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			isList = isList || inner.Kind() == reflect.Slice
			inner = inner.Elem()
		}
		if inner.Kind() != reflect.Struct {
			rows = append(rows, [4]string{key, typeName(f.typ), defaultText(v), doc})
			continue
		}
		// A table that is absent by default shows what its keys are when it is there.
		if v.Kind() != reflect.Struct {
			v = reflect.New(inner).Elem()
		}
		if isList {
			rows = append(rows, [4]string{key, "list of tables", "", doc})
			rows = append(rows, rowsOf(key+"[].", v)...)
			continue
		}
		rows = append(rows, [4]string{key, "table", "", doc})
		rows = append(rows, rowsOf(key+".", v)...)
	}
	return rows
}

func typeName(t reflect.Type) string {
	switch t {
	case secretType():
		return "secret"
	case reflect.TypeFor[Size]():
		return "size"
	case reflect.TypeFor[Duration]():
		return "duration"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "table of " + typeName(t.Elem())
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "whole number"
	}
	panic("BUG: settings cannot hold a " + t.String())
}

// defaultText writes v as the configuration would, or "" when it is absent.
func defaultText(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil(), v.Type() == secretType():
		return ""
	case v.Kind() == reflect.Pointer:
		return defaultText(v.Elem())
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map || v.Kind() == reflect.String:
		if v.Len() == 0 {
			return ""
		}
	}
	return "`" + literal(v) + "`"
}

// literal writes v in TOML.
func literal(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case Size:
		return strconv.Quote(value.String())
	case Duration:
		return strconv.Quote(value.String())
	}
	switch v.Kind() {
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Map:
		var items []string
		for k, value := range v.Seq2() {
			items = append(items, join("", k.String())+" = "+literal(value))
		}
		slices.Sort(items)
		return "{ " + strings.Join(items, ", ") + " }"
	}
	return fmt.Sprint(v.Interface())
}
