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
		if isNumber([]byte(s)) != isJSONNumber(s) {
			t.Fatalf("%q: got %v", s, isNumber([]byte(s)))
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
