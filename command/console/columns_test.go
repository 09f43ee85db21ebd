package console

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A long table is aligned as a short one is, and little of it is kept: what was written does not wait for its end.
func TestALongTableIsAlignedAndNotKept(t *testing.T) {
	var out bytes.Buffer
	c := NewColumns(&out, "FILE", "N", "STATE")
	const rows = 10 * blockRows
	for n := range rows {
		name := "é.log"
		if n >= rows/2 {
			name = "a much longer name.log"
		}
		if err := c.Row(name, fmt.Sprint(n), "now \x1b[31m"); err != nil {
			t.Fatal(err)
		}
		if written := bytes.Count(out.Bytes(), []byte("\n")); n-written > blockRows {
			t.Fatalf("of %d rows %d are written", n, written)
		}
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != rows+1 {
		t.Fatalf("%d lines", len(lines))
	}
	for n, want := range map[int]string{
		0:          "FILE   N    STATE",
		1:          "é.log  0    now \\x1b[31m",
		rows/2 + 1: "a much longer name.log  1280  now \\x1b[31m",
		rows:       "a much longer name.log  2559  now \\x1b[31m",
	} {
		if lines[n] != want {
			t.Errorf("line %d: %q, want %q", n, lines[n], want)
		}
	}
}
