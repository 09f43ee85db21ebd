package conf

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// topLevel reads the [[source]] and [[sender]] tables of d.
func (l *loader) topLevel(d *document) {
	for _, key := range slices.Sorted(maps.Keys(d.tree)) {
		n := l.node(d, key, d.tree[key])
		switch {
		case key == "source":
			l.tables(n, l.source)
		case key == "sender":
			l.tables(n, l.sender)
		case key == "agent" && d == l.docs[0]: // decoded already
		case key == "agent":
			d.report(key, atKey, "an included file cannot hold [agent]", "write it in "+l.docs[0].name)
		default:
			l.partial = true
			d.maskLike(key, key, n.value, l.secrets)
			hint := DidYouMean(key, []string{"agent", "source", "sender"})
			if meant := nearest(key, []string{"source", "sender"}); meant != "" {
				hint = "write [[" + meant + "]]"
			}
			if slices.Contains(keysOf(fieldsOf(reflect.TypeFor[Agent]())), key) {
				hint = "write it below [agent]"
			}
			d.report(key, atKey, "unknown key "+quote(key)+" at the top", hint)
		}
	}
}

func (l *loader) tables(n node, read func(node)) {
	items, ok := list(n.value)
	if !ok {
		l.partial = true
		n.doc.maskLike(n.path, "", n.value, l.secrets)
		n.doc.report(n.path, atKey, "["+n.path+"] must be written with two brackets", "write [["+n.path+"]]")
		return
	}
	for i, item := range items {
		read(l.node(n.doc, elem(n.path, i), item))
	}
}

func (l *loader) source(n node) {
	var t sourceTable
	own, other := n.fields(reflect.ValueOf(&t).Elem())
	table, _ := n.value.(map[string]any)
	s := Source{Tags: t.Tags, SendTo: t.SendTo, Paused: t.Paused}
	s.File, s.Line = n.written()
	s.Name = n.name(t.Name, table)

	if reader, ok := table["reader"]; ok {
		s.Reader = n.child("reader", reader).plugin("reader", l.kinds.Readers)
	} else if nearest("reader", other) == "" {
		n.doc.report(n.path, atKey, "the source has no reader", "add reader.file = { paths = [...] }")
	}
	if parser, ok := table["parser"]; ok {
		s.Parser = n.child("parser", parser).plugin("parser", l.kinds.Parsers)
	} else if raw, ok := findKind(l.kinds.Parsers, "raw"); ok {
		s.Parser = Plugin{raw.Name, raw.New()}
	} else {
		n.doc.report(n.path, atKey, "the source has no parser", "add parser.KIND = {}")
	}

	keys := []string{"reader", "parser"}
	if kind := l.kinds.Time; kind.New != nil {
		keys = append(keys, "time")
		if at, ok := table["time"]; ok {
			s.Time = n.child("time", at).root().time(kind, s.Parser)
		}
	}
	if kind := l.kinds.Step; kind.New != nil {
		keys = append(keys, "fields")
		if steps, ok := table["fields"]; ok {
			s.Fields = n.child("fields", steps).steps(kind)
		}
	}
	other = slices.DeleteFunc(other, func(key string) bool { return slices.Contains(keys, key) })
	n.unknownKeys(other, append(own, keys...))
	l.config.Sources = append(l.config.Sources, s)
	l.sources = append(l.sources, n)
	l.unique("source", n, s.Name)
}

func (l *loader) sender(n node) {
	t := defaultSender()
	own, other := n.fields(reflect.ValueOf(&t).Elem())
	table, _ := n.value.(map[string]any)
	n.validate(&t)
	s := Sender{Batch: t.Batch, MaxInFlight: t.MaxInFlight}
	s.File, s.Line = n.written()
	s.Name = n.name(t.Name, table)

	kinds := map[string]any{}
	var unknown []string
	for _, key := range other {
		// A table can only be a kind, even if it is misspelled, unless it is
		// nearer to a key that all senders have.
		_, isTable := table[key].(map[string]any)
		if _, known := findKind(l.kinds.Senders, key); known || isTable && nearest(key, own) == "" {
			kinds[key] = table[key]
		} else {
			unknown = append(unknown, key)
		}
	}
	if len(kinds) > 0 {
		n.value = kinds
		s.Plugin = n.plugin("sender", l.kinds.Senders)
		n.value = table
	} else {
		n.doc.report(n.path, atKey, "the sender has no kind, so nobody knows where it sends to",
			"add one of: "+strings.Join(kindNames(l.kinds.Senders), ", "))
	}
	n.unknownKeys(unknown, append(own, kindNames(l.kinds.Senders)...))
	l.config.Senders = append(l.config.Senders, s)
	l.senders = append(l.senders, n)
	l.unique("sender", n, s.Name)
}

// plugin reads a table that holds exactly one kind with its settings.
func (n node) plugin(role string, kinds []Kind) Plugin {
	table, ok := n.value.(map[string]any)
	if !ok || len(table) == 0 {
		hint := DidYouMean("", kindNames(kinds))
		if text, isText := n.value.(string); isText {
			if _, known := findKind(kinds, text); known {
				hint = fmt.Sprintf("write %s.%s = {}", role, text)
			}
		}
		if _, isList := list(n.value); isList {
			hint = fmt.Sprintf("write %s.%s = { ... }, without [ ]", role, kindNames(kinds)[0])
		}
		n.doc.report(n.path, atKey, fmt.Sprintf("%s: must name a kind and its settings", role), hint)
		return Plugin{}
	}
	keys := slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		return n.doc.scan.places[join(n.path, a)].key.start - n.doc.scan.places[join(n.path, b)].key.start
	})
	var p Plugin
	for i, key := range keys {
		c := n.child(key, table[key]).root()
		kind, known := findKind(kinds, key)
		if !known {
			n.doc.maskLike(c.path, key, c.value, n.secrets)
			hint := DidYouMean(key, kindNames(kinds))
			if key == role { // written as in a [[source]]
				hint = fmt.Sprintf("a %s has its kind without %q before it: %s = {...}", role, role+".", oneOf(c.value, kinds))
			}
			n.doc.report(c.path, atKey, fmt.Sprintf("unknown %s %s", role, quote(key)), hint)
			continue
		}
		if i > 0 {
			n.doc.report(c.path, atKey, fmt.Sprintf("a second %s, %q beside %s", role, key, quote(keys[0])), "there can be only one; remove the other")
		}
		if _, isTable := c.value.(map[string]any); !isTable {
			c.report(role, key)
			continue
		}
		settings := kind.New()
		c.decode(reflect.ValueOf(settings).Elem())
		c.validate(settings)
		p = Plugin{key, settings}
	}
	return p
}

// report says that a kind's settings are no table.
func (n node) report(role, kind string) {
	written, hint := kind, ""
	if role != "sender" {
		written = role + "." + kind
	}
	hint = "write " + written + " = { ... }"
	if _, isList := list(n.value); isList {
		hint += ", without [ ]; a second one is a " + role + " of its own"
		if role != "sender" {
			hint = "write " + written + " = { ... }, without [ ]"
		}
	}
	n.doc.report(n.path, atValue, kind+": must be a table, not "+describe(n.value), hint)
}

// oneOf names the kind that a table has, or else the first.
func oneOf(v any, kinds []Kind) string {
	table, _ := v.(map[string]any)
	for _, k := range kindNames(kinds) {
		if _, ok := table[k]; ok {
			return k
		}
	}
	return kindNames(kinds)[0]
}

func (n node) written() (file string, line int) {
	return n.doc.name, n.doc.lineNumber(n.doc.scan.places[n.path].key.start)
}

// name checks the name of a source or sender.
func (n node) name(name string, table map[string]any) string {
	path := join(n.path, "name")
	if n.doc.isBroken(path, n.path) {
		return ""
	}
	if _, given := table["name"]; !given {
		n.doc.report(n.path, atKey, "the "+strings.TrimRight(n.path, "[]0123456789")+" has no name", `add name = "..."`)
		return ""
	}
	if !IsName(name) {
		n.doc.report(path, atValue, "name: must be small letters, digits, - and _, at most 63, and begin with a letter or digit", didName(name))
		return ""
	}
	return name
}

// didName is the hint for what is no name.
func didName(name string) string {
	made := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	if made = strings.TrimLeft(made, "-_"); made != "" && len(made) < 40 {
		return "write " + strconv.Quote(made)
	}
	return `write a name such as "nginx-access"`
}

// IsName says whether s matches ^[a-z0-9][a-z0-9_-]{0,62}$, so that it can stand
// in file names, URLs and metrics as it is.
func IsName(s string) bool {
	return isBare(s) && len(s) <= 63 && s[0] != '-' && s[0] != '_' && s == strings.ToLower(s)
}

// unique reports that an earlier table of this sort has the same name.
func (l *loader) unique(sort string, n node, name string) {
	if name == "" {
		return
	}
	file, line := n.written()
	id := sort + " " + name
	if first, taken := l.names[id]; taken {
		n.doc.report(join(n.path, "name"), atValue, fmt.Sprintf("a second %s named %q", sort, name), "the first is at "+first)
		return
	}
	l.names[id] = fmt.Sprintf("%s:%d", file, line)
}

// checkSendTo checks the names of senders, once all are known.
func (l *loader) checkSendTo() {
	var known []string
	exists := map[string]bool{}
	partial := l.partial
	for _, s := range l.config.Senders {
		known = append(known, s.Name)
		exists[s.Name] = true
		partial = partial || s.Name == "" // its name has an error of its own
	}
	for i := range l.config.Sources {
		s, n := &l.config.Sources[i], l.sources[i]
		path := join(n.path, "send_to")
		if n.doc.isBroken(path, n.path) {
			continue
		}
		if len(s.SendTo) == 0 {
			_, given := n.doc.scan.places[path]
			switch {
			case given:
				n.doc.report(path, atValue, "send_to: must name at least one sender", DidYouMean("", known))
			case len(known) == 1:
				s.SendTo = slices.Clone(known)
			case len(known) == 0 && !partial:
				n.doc.report(n.path, atKey, "there is no [[sender]] that the source could send to", "add one")
			case !partial:
				n.doc.report(n.path, atKey, "the source does not say where to, and there are several senders", `add send_to = ["`+known[0]+`"]`)
			}
		}
		for j, name := range s.SendTo {
			if slices.Contains(s.SendTo[:j], name) {
				n.doc.report(elem(path, j), atValue, "send_to: sender "+quote(name)+" is named twice", "remove one")
			} else if !partial && !exists[name] {
				n.doc.report(elem(path, j), atValue, "send_to: there is no sender "+quote(name), DidYouMean(name, known))
			}
		}
	}
}
