package parsers

import (
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

// timed describes record i as parsed does, behind its time if it has one.
func timed(b *record.Batch, i int) string {
	r := &b.Records[i]
	if r.Time == 0 {
		return parsed(b, i)
	}
	at := time.Unix(0, r.Time).In(time.FixedZone("", 60*int(r.Zone)))
	return strings.TrimSpace(at.Format(time.RFC3339Nano) + " " + parsed(b, i))
}

// checkTimed parses one line, twice so that caches are met, and compares. It was read
// at noon UTC on 2026-11-21.
func checkTimed(t *testing.T, p Parser, line, want string) {
	t.Helper()
	for range 2 {
		b := newBatch(line)
		b.ReadAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano()
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if got := timed(b, 0); got != want {
			t.Errorf("%.200q\n got %.500s\nwant %.500s", line, got, want)
		}
	}
}

// fuzzLines parses a line alone and again between others, and checks what holds for every parser.
func fuzzLines(t *testing.T, p Parser, line string) {
	t.Helper()
	b := newBatch(line, "", line)
	b.ReadAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano()
	before := string(b.Buf)
	p.Parse(b)
	checkSpans(t, b, before)
	n := len(b.Records) / 2 // a line can become several records
	var texts []string
	for i := range n {
		if first, last := timed(b, i), timed(b, n+1+i); first != last {
			t.Fatalf("%q is read as %s, then as %s", line, first, last)
		}
		if r := b.Records[i]; r.Kind == record.Raw {
			t.Fatalf("%q was left raw", line)
		}
		texts = append(texts, string(b.Bytes(b.Records[i].Text)))
	}
	if got := strings.Join(texts, "\n"); got != line {
		t.Fatalf("the text of %q became %q", line, got)
	}
}
