package parsers

import (
	"strings"
	"testing"
	"time"

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

// checkHostile parses hostile lines: each becomes something, quickly, and none in
// more than linear time, which for a quadratic parser would be minutes.
func checkHostile(t *testing.T, p Parser) {
	t.Helper()
	b := newBatch(hostileLines()...)
	b.Records = append(b.Records, record.Record{Flags: record.Part, Part: 1})
	before := string(b.Buf)
	start := time.Now()
	p.Parse(b)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%d bytes took %v", len(before), took)
	}
	checkSpans(t, b, before)
	last := len(b.Records) - 1
	for i, r := range b.Records {
		if (r.Kind == record.Raw) != (i == last) {
			t.Errorf("line %d is of kind %d", i, r.Kind)
		}
	}
}
