package parsers

import (
	"strings"
	"testing"

	"logskiff/parsers/parsertest"
	"logskiff/record"
)

// hostileLines are what no log should hold and some do: a megabyte each.
func hostileLines() []string {
	var lines []string
	for _, part := range []string{"a", "\x00", " ", `"`, `\`, `\"`, ",", "\t", `, a: "`, "a=", `"",`, "[", "%", "\xff", "- "} {
		lines = append(lines, strings.Repeat(part, 1<<20/len(part)))
	}
	return append(lines, "", `"`+lines[0], strings.Repeat("a,", 10_000), strings.Repeat("a b ", 10_000))
}

// checkHostile parses hostile lines: each becomes something, and none takes more than
// linear time.
func checkHostile(t *testing.T, p Parser) {
	t.Helper()
	b := newBatch(hostileLines()...)
	b.Records = append(b.Records, record.Record{Flags: record.Part, Part: 1})
	before := string(b.Buf)
	parsertest.Linear(t, "hostile lines", func() { p.Parse(b) })
	checkSpans(t, b, before)
	last := len(b.Records) - 1
	for i, r := range b.Records {
		if (r.Kind == record.Raw) != (i == last) {
			t.Errorf("line %d is of kind %d", i, r.Kind)
		}
	}
}
