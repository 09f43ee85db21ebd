package parsers

import (
	"encoding/json"
	"testing"
)

func isJSONNumber(s string) bool {
	return s != "" && (s[0] == '-' || isDigit(s[0])) && isDigit(s[len(s)-1]) && json.Valid([]byte(s))
}

func TestNumbersAreThoseOfJSON(t *testing.T) {
	const alphabet = "0019-+.eE x"
	var try func(s string, left int)
	try = func(s string, left int) {
		if end := numberEnd([]byte(s), 0); (end > 0 && end == len(s)) != isJSONNumber(s) {
			t.Fatalf("%q: got %d", s, end)
		}
		if left == 0 {
			return
		}
		for _, c := range alphabet {
			try(s+string(c), left-1)
		}
	}
	try("", 5)
}
