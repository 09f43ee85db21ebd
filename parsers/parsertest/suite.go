package parsertest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

// Parser is parsers.Parser as P: that package's own tests stand on this one.
type Parser[P any] interface {
	Parse(b *record.Batch)
	Clone() P
}

// Run checks that a parser keeps the contract of parsers.Parser, with lines that it can read: more of them, and of
// more shapes, find more.
func Run[P Parser[P]](t *testing.T, p P, lines ...string) {
	t.Helper()
	t.Run("each line becomes something and nothing of it is written over", func(t *testing.T) {
		b := NewBatch(lines...)
		parse(t, p, b)
		everyKind(t, b)
	})
	t.Run("lines that were cut anywhere are no worse", func(t *testing.T) {
		for _, line := range lines {
			for n := range min(len(line), 300) {
				b := NewBatch(line[:n], line[n:])
				parse(t, p, b)
				everyKind(t, b)
			}
		}
	})
	t.Run("hostile lines take no more than linear time", func(t *testing.T) {
		b := NewBatch(Hostile()...)
		Linear(t, "hostile lines", func() { parse(t, p, b) })
		everyKind(t, b)
	})
	t.Run("parts of an overlong line stay raw", func(t *testing.T) {
		for _, line := range append(slices.Clone(lines), "x") {
			b := NewBatch(line)
			b.Records[0].Flags, b.Records[0].Part = record.Part, 1
			before := b.Records[0]
			parse(t, p, b)
			if len(b.Records) != 1 || b.Records[0] != before {
				t.Fatalf("part 1 of a line, %.80q, became %+v", line, b.Records)
			}
		}
	})
	t.Run("a clone makes the same of a batch", func(t *testing.T) {
		one, other := NewBatch(lines...), NewBatch(lines...)
		parse(t, p, one)
		parse(t, p.Clone(), other)
		if got, want := made(other), made(one); got != want {
			t.Fatalf("the clone made\n%.2000s\nand the parser\n%.2000s", got, want)
		}
	})
	t.Run("what a reader brought stays with its record", func(t *testing.T) {
		b := NewBatch(append(slices.Clone(lines), "x")...)
		b.Buf = b.Brought.Add(b.Buf, "peer", []byte("192.0.2.1"), record.String)
		set := b.Brought.End(0, 0)
		for i := range b.Records {
			b.Records[i].Brought = set
		}
		parse(t, p, b)
		for i := range b.Records {
			if b.Records[i].Brought != set {
				t.Fatalf("%.80q lost what its reader brought", b.Bytes(b.Records[i].Text))
			}
		}
	})
	t.Run("an empty batch stays one", func(t *testing.T) {
		b := new(record.Batch)
		parse(t, p, b)
		if len(b.Records)+len(b.Fields) > 0 {
			t.Fatalf("it became %d records and %d fields", len(b.Records), len(b.Fields))
		}
	})
	t.Run("a line takes no memory", func(t *testing.T) { takesNothing(t, p, lines) })
}

// parse has a batch parsed as if it had been read at noon UTC on 2026-11-21, and checks it.
func parse[P Parser[P]](t *testing.T, p P, b *record.Batch) {
	t.Helper()
	b.ReadAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano()
	before := string(b.Buf)
	p.Parse(b)
	Check(t, b, before)
}

// everyKind checks that no whole line was left out.
func everyKind(t *testing.T, b *record.Batch) {
	t.Helper()
	for i := range b.Records {
		r := &b.Records[i]
		if r.Kind == record.Raw || r.Kind == record.Dropped {
			t.Fatalf("%.80q was left raw, or dropped: what a parser cannot read it marks with Batch.Fail", b.Bytes(r.Text))
		}
		if r.Kind == record.Failed && b.Reasons[r.Reason] == "" {
			t.Fatalf("%.80q failed without a reason", b.Bytes(r.Text))
		}
	}
}

// made describes all that was made of a batch.
func made(b *record.Batch) string {
	var out strings.Builder
	for i := range b.Records {
		r := &b.Records[i]
		fmt.Fprintf(&out, "%d %d %d %d %q", r.Kind, r.Time, r.Zone, r.Flags, b.Bytes(r.Text))
		if r.Kind == record.Failed {
			out.WriteString(b.Reasons[r.Reason])
		}
		b.EachField(r, func(name []byte, f record.Field) { fmt.Fprintf(&out, " %s=%d:%q", name, f.Type, b.Bytes(f.Span)) })
		out.WriteByte('\n')
	}
	return out.String()
}

// takesNothing parses the same lines again and again in the same memory.
func takesNothing[P Parser[P]](t *testing.T, p P, lines []string) {
	t.Helper()
	b := NewBatch(lines...)
	fresh, size := slices.Clone(b.Records), len(b.Buf)
	n := testing.AllocsPerRun(10, func() {
		b.Records = append(b.Records[:0], fresh...)
		b.Fields, b.Buf, b.Reasons, b.Failed = b.Fields[:0], b.Buf[:size], b.Reasons[:0], 0
		p.Parse(b)
	})
	if n > 0 {
		t.Fatalf("%d lines take %.0f pieces of memory each time: a batch's own, and the parser's, are enough", len(lines), n)
	}
}

// Hostile are lines that no log should hold and some do: a megabyte each.
func Hostile() []string {
	var lines []string
	for _, part := range []string{"a", "\x00", " ", `"`, `\`, `\"`, ",", "\t", `, a: "`, "a=", `"",`, "[", "%", "\xff", "- "} {
		lines = append(lines, strings.Repeat(part, 1<<20/len(part)))
	}
	return append(lines, "", `"`+lines[0], strings.Repeat("a,", 10_000), strings.Repeat("a b ", 10_000))
}

// NewBatch returns a batch of whole raw lines, each followed by a byte that is no
// part of it and must not be looked at.
func NewBatch(lines ...string) *record.Batch {
	b := &record.Batch{}
	for _, l := range lines {
		b.Records = append(b.Records, record.Record{
			Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))},
			Size: uint32(len(l) + 1),
		})
		b.Buf = append(append(b.Buf, l...), '"')
	}
	return b
}

// isNumber reports whether s is a JSON number.
func isNumber(s []byte) bool {
	return len(s) > 0 && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && !bytes.ContainsAny(s, " \t\r\n") && valid(s)
}
