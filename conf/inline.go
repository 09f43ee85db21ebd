package conf

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Inline reads an inline table that came from outside, "{ a = 1 }", and writes it anew on one line, with its keys in order. What it
// returns is one value, whatever was tried to come behind it.
func Inline(text string) (string, error) {
	d := &document{text: "v = " + text}
	if len(text) > 16<<10 || scanKeys(d.text).tooDeep >= 0 {
		return "", errors.New("it is too long, or nested too deep")
	}
	if err := d.decodeTOML(); err != nil {
		if bad, ok := errors.AsType[toml.ParseError](err); ok {
			return "", fmt.Errorf("it is no table in TOML: %s", strings.TrimSuffix(bad.Message, "."))
		}
		return "", errors.New("it is no table in TOML")
	}
	table, ok := d.tree["v"].(map[string]any)
	if !ok || len(d.tree) != 1 {
		return "", errors.New("it must be one table, such as {} or { format = \"combined\" }")
	}
	return inlineTable(table)
}

func inlineTable(table map[string]any) (string, error) {
	if len(table) == 0 {
		return "{}", nil
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(table)) {
		value, err := inlineValue(table[key])
		if err != nil {
			return "", err
		}
		parts = append(parts, Key(key)+" = "+value)
	}
	return "{ " + strings.Join(parts, ", ") + " }", nil
}

func inlineValue(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return Quote(v), nil
	case bool, int64:
		return fmt.Sprint(v), nil
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return "", errors.New("it has a number that no setting takes")
		}
		text := fmt.Sprintf("%v", v)
		if !strings.ContainsAny(text, ".en") {
			text += ".0"
		}
		return text, nil
	case map[string]any:
		return inlineTable(v)
	}
	items, ok := list(v)
	if !ok {
		return "", fmt.Errorf("it has %s, which no setting takes", describe(v))
	}
	parts := make([]string, len(items))
	for i, item := range items {
		value, err := inlineValue(item)
		if err != nil {
			return "", err
		}
		parts[i] = value
	}
	return "[" + strings.Join(parts, ", ") + "]", nil
}
