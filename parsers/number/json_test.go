package number

import (
	"encoding/json"
	"testing"
)

func isOfJSON(s string) bool {
	return s != "" && (s[0] == '-' || IsDigit(s[0])) && IsDigit(s[len(s)-1]) && json.Valid([]byte(s))
}

func TestNumbersAreThoseOfJSON(t *testing.T) {
	const alphabet = "0019-+.eE x"
	var try func(s string, left int)
	try = func(s string, left int) {
		if end := End([]byte(s), 0); (end > 0 && end == len(s)) != isOfJSON(s) {
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
