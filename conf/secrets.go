package conf

import (
	"slices"
	"strings"
)

// mask hides the value at path from all snippets. A value that only says where the
// secret is, and the name of a table, are no secrets.
func (d *document) mask(path string) {
	at, ok := d.scan.places[path]
	if ok && at.value != at.key && !isReference(d.text[at.value.start:at.value.end]) {
		d.masks = append(d.masks, at.value)
	}
}

// isReference says whether a value, with its quotes, is one ${NAME} or ${file:/path}.
func isReference(value string) bool {
	value = strings.Trim(value, `"'`)
	what, whole := strings.CutPrefix(value, "${")
	what, closed := strings.CutSuffix(what, "}")
	path, isFile := strings.CutPrefix(what, "file:")
	return whole && closed && !strings.ContainsAny(what, "${}") && (isVariable(what) || isFile && !strings.ContainsAny(path, `"'`))
}

// maskLike hides, at and below path, the values whose key is or resembles that
// of a secret: what is misspelled has no type.
func (d *document) maskLike(path, key string, value any, secrets map[string]bool) {
	d.maskBelow(path, value, secrets, key != "" && resemblesSecret(key, secrets))
}

func (d *document) maskBelow(path string, value any, secrets map[string]bool, all bool) {
	if all {
		d.mask(path)
	}
	switch value := value.(type) {
	case map[string]any:
		for k, v := range value {
			d.maskBelow(join(path, k), v, secrets, all || resemblesSecret(k, secrets))
		}
	case []map[string]any, []any:
		items, _ := list(value)
		for i, v := range items {
			d.maskBelow(elem(path, i), v, secrets, all)
		}
	}
}

// maskBrokenText hides secrets of a text that is no TOML, and says whether the
// line of offset is touched. Where it cannot tell where one ends it hides the line's rest.
func (d *document) maskBrokenText(offset int, secrets map[string]bool) (touched bool) {
	found := map[int]bool{} // keys whose values are hidden
	for path, at := range d.scan.places {
		if at.value == at.key || at.value.end <= at.value.start || !resemblesSecret(lastKey(path), secrets) {
			continue
		}
		found[at.key.start] = true
		if value := d.text[at.value.start:at.value.end]; !isReference(value) {
			d.masks = append(d.masks, span{at.value.start, d.endOfSecret(at.value)})
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
		if end > 0 && !found[pos] && resemblesSecret(rest[:end], secrets) {
			d.masks = append(d.masks, span{pos + end, line.end})
			break
		}
		pos += max(1, end)
	}
	return slices.ContainsFunc(d.masks, func(m span) bool { return m.start < line.end && line.start < m.end })
}

// endOfSecret returns where a secret value of a broken text ends: with its quote, if what
// follows on the line looks as if that were the right one.
func (d *document) endOfSecret(value span) int {
	end := d.lineAt(value.end).end
	text, rest := d.text[value.start:value.end], d.text[value.end:max(value.end, end)]
	quoted := len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0]
	next := rest == "" || strings.ContainsRune(" \t,]}#\r", rune(rest[0]))
	if quoted && next && strings.Count(rest, `"`)%2 == 0 && strings.Count(rest, "'")%2 == 0 {
		return value.end
	}
	return max(value.end, end)
}

func lastKey(path string) string {
	for strings.HasSuffix(path, "]") {
		path = parent(path)
	}
	up := parent(path)
	return strings.Trim(strings.TrimPrefix(strings.TrimPrefix(path, up), "."), `"`)
}

// resemblesSecret says whether a key is that of a secret, or one of its misspellings, or
// sounds like one. It is narrower than what hints go by: "senders" are no "headers".
func resemblesSecret(key string, secrets map[string]bool) bool {
	key = strings.ToLower(key)
	if secrets[key] {
		return true
	}
	for _, word := range []string{"secret", "passw", "token", "apikey", "api_key", "credential", "bearer"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	for s := range secrets {
		limit := 1 + len(key)/8
		if len(key) >= 4 && (abs(len(s)-len(key)) <= limit && distance(key, strings.ToLower(s)) <= limit || strings.HasPrefix(s, key)) {
			return true
		}
	}
	return false
}
