package conf

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// SetPaused returns the text of a configuration file with the key paused of the source of that name set, or taken
// away for false. Everything else stays as it is written, comments and spaces too. It fails where the source's table is not one of lines.
func SetPaused(text, source string, paused bool) (string, error) {
	table, tree, err := sourceTables(text)
	if err != nil {
		return "", err
	}
	n, ok := tree[source]
	if !ok {
		return "", fmt.Errorf("there is no source %q in it", source)
	}
	path := elem("source", n)
	name, ok := table.places[join(path, "name")]
	if !ok {
		return "", fmt.Errorf("source %q is not written as lines below [[source]]", source)
	}
	at, there := table.places[join(path, "paused")]
	var changed string
	switch {
	case there && paused:
		changed = text[:at.value.start] + "true" + text[at.value.end:]
	case there:
		from, to := wholeLines(text, span{at.key.start, at.value.end})
		changed = text[:from] + text[to:]
	case !paused:
		return text, nil
	default:
		from, to := wholeLines(text, span{name.key.start, name.value.end})
		line := text[from:to]
		if !strings.HasSuffix(line, "\n") {
			line += "\n"
		}
		key := line[:name.key.end-from]
		pad := strings.Repeat(" ", max(0, strings.IndexByte(line, '=')-len(strings.TrimRight(line[:strings.IndexByte(line, '=')], " "))+len("name")-len("paused")))
		if pad == "" {
			pad = " "
		}
		changed = text[:from] + line + strings.TrimSuffix(key, strings.TrimLeft(key, " \t")) + "paused" + pad + "= true\n" + text[to:]
	}
	return changed, onlyPaused(text, changed, n)
}

// onlyPaused holds an edit to its promise, however the text was written.
func onlyPaused(before, after string, source int) error {
	var was, is map[string]any
	if _, err := toml.Decode(before, &was); err != nil {
		return fmt.Errorf("cannot read the file: %w", err)
	}
	if _, err := toml.Decode(after, &is); err != nil {
		return fmt.Errorf("cannot change a source that is written like this: %w", err)
	}
	for _, tree := range []map[string]any{was, is} {
		if all, ok := tree["source"].([]map[string]any); ok && source < len(all) {
			delete(all[source], "paused")
		}
	}
	if !reflect.DeepEqual(was, is) {
		return fmt.Errorf("cannot change a source that is written like this")
	}
	return nil
}

// wholeLines widens a range to the lines that it lies in, with their ends.
func wholeLines(text string, s span) (from, to int) {
	from = strings.LastIndexByte(text[:s.start], '\n') + 1
	to = len(text)
	if i := strings.IndexByte(text[s.end:], '\n'); i >= 0 {
		to = s.end + i + 1
	}
	return from, to
}

// sourceTables finds where the keys of a file stand, and which of its [[source]] tables has which name.
func sourceTables(text string) (*scanner, map[string]int, error) {
	d := &document{text: text}
	if err := d.decodeTOML(); err != nil {
		return nil, nil, fmt.Errorf("cannot read the file: %w", err)
	}
	all, ok := list(d.tree["source"])
	if !ok {
		all = nil
	}
	names := map[string]int{}
	for i, one := range all {
		if table, ok := one.(map[string]any); ok {
			if name, ok := table["name"].(string); ok {
				names[name] = i
			}
		}
	}
	return scanKeys(text), names, nil
}

// OnlySource says whether the source of that name is all that a file configures.
func OnlySource(text, source string) bool {
	d := &document{text: text}
	if d.decodeTOML() != nil || len(d.tree) != 1 {
		return false
	}
	all, _ := list(d.tree["source"])
	if len(all) != 1 {
		return false
	}
	table, ok := all[0].(map[string]any)
	return ok && table["name"] == source
}
