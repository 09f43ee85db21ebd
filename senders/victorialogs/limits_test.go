package victorialogs

import (
	"encoding/json"
	"strings"
	"testing"
)

// naive is measure with encoding/json.
func naive(v any, top bool) (fields, depth int) {
	switch v := v.(type) {
	case map[string]any:
		for _, one := range v {
			n, d := naive(one, top)
			if _, object := one.(map[string]any); !object && top {
				n = 1
			}
			fields, depth = fields+n, max(depth, d)
		}
		return fields, depth + 1
	case []any:
		for _, one := range v {
			_, d := naive(one, false)
			depth = max(depth, d)
		}
		return 0, depth + 1
	}
	return 0, 0
}

func FuzzMeasure(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"b":{"c":[{"d":1,"e":2}],"f":{}}}`, `{"a:{\"[":":"}`, `{"a":[[[]]],"b":""}`, strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.TrimSpace(text) != text || !strings.HasPrefix(text, "{") || !json.Valid([]byte(text)) {
			return
		}
		fields, depth := measure([]byte(text))
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			return // a number that is too large
		}
		wantFields, wantDepth := naive(v, true)
		if again, _ := json.Marshal(v); strings.Count(string(again), ":") != strings.Count(text, ":") || strings.Count(string(again), "{") != strings.Count(text, "{") || strings.Count(string(again), "[") != strings.Count(text, "[") {
			return // names that are there twice: documents have each once, but not in objects of theirs
		}
		if fields != wantFields || depth != wantDepth {
			t.Fatalf("%s: %d fields, %d deep; want %d and %d", text, fields, depth, wantFields, wantDepth)
		}
	})
}
