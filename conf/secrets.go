package conf

import (
	"maps"
	"slices"
	"strings"
)

// mask hides the value at path from all snippets.
func (d *document) mask(path string) {
	if at, ok := d.scan.places[path]; ok {
		d.masks = append(d.masks, at.value)
	}
}

// maskLike hides, at and below path, the values whose key is or resembles that
// of a secret: what is misspelled has no type.
func (d *document) maskLike(path, key string, value any, secrets map[string]bool) {
	if key != "" && resemblesSecret(key, secrets) {
		d.mask(path)
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			d.maskLike(join(path, k), k, v, secrets)
		}
	case []map[string]any, []any:
		items, _ := list(value)
		for i, v := range items {
			d.maskLike(elem(path, i), "", v, secrets)
		}
	}
}

// maskBrokenText hides secrets of a text that is no TOML, and says whether the
// line of offset is touched. It hides rather too much.
func (d *document) maskBrokenText(offset int, secrets map[string]bool) (touched bool) {
	for path, at := range d.scan.places {
		if at.value == at.key || at.value.end <= at.value.start {
			continue
		}
		if resemblesSecret(lastKey(path), secrets) {
			d.masks = append(d.masks, span{at.value.start, d.lineAt(at.value.end).end})
		}
	}
	line := d.lineAt(offset)
	inWord := func(r rune) bool { return r == '_' || r == '-' || isBare(string(r)) }
	for pos := line.start; pos < line.end; {
		rest := d.text[pos:line.end]
		end := strings.IndexFunc(rest, func(r rune) bool { return !inWord(r) })
		if end < 0 {
			end = len(rest)
		}
		if end > 0 && resemblesSecret(rest[:end], secrets) {
			d.masks = append(d.masks, span{pos + end, line.end})
			break
		}
		pos += max(1, end)
	}
	return slices.ContainsFunc(d.masks, func(m span) bool { return m.start < line.end && line.start < m.end })
}

func lastKey(path string) string {
	for strings.HasSuffix(path, "]") {
		path = parent(path)
	}
	up := parent(path)
	return strings.Trim(strings.TrimPrefix(strings.TrimPrefix(path, up), "."), `"`)
}

func resemblesSecret(key string, secrets map[string]bool) bool {
	return secrets[key] || nearest(key, slices.Collect(maps.Keys(secrets))) != ""
}
