package testparse

import (
	"strings"
	"testing"
)

func TestTheFirstLineChoosesTheParser(t *testing.T) {
	check := func(line, want string) {
		t.Helper()
		var out strings.Builder
		v := Viewer{JSON: true, Out: &out}
		if err := v.Show(line); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%s came out as %s, %v", line, out.String(), err)
		}
	}
	check(`{"a":1}`, `{"_offset":0,"a":1}`)
	check(`hello`, `"message":"hello"`)
	check("{\"a\":1}\r", `{"_offset":0,"a":1}`)
	check(`1.2.3.4 - - [21/Nov/2026:02:20:47 +0000] "GET / HTTP/1.1" 200 5 "-" "x"`, `"status":200`)
}
