package parseencode

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/parsers/fields"
	"logskiff/parsers/parsertest"
	"logskiff/record"
	"logskiff/senders/encode"
)

// oneCase is what a case's configuration makes of lines, and the lines it has.
type oneCase struct {
	name   string
	parser parsers.Parser
	lines  []string
	known  fields.Known // what fields its records can have, if its parser says that
}

func everyCase(t testing.TB) []oneCase {
	t.Helper()
	entries, err := os.ReadDir(casesDir)
	if err != nil {
		t.Fatal(err)
	}
	var all []oneCase
	for _, e := range entries {
		dir := filepath.Join(casesDir, e.Name())
		source := caseSource(t, dir)
		p, err := kinds.BuildStages(source)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, oneCase{e.Name(), p, strings.Split(string(readFile(t, filepath.Join(dir, "input.log"))), "\n"), knownOf(t, source)})
	}
	return all
}

// knownOf returns what fields the records of a source can have.
func knownOf(t testing.TB, source conf.Source) fields.Known {
	t.Helper()
	p, err := kinds.BuildParser(source.Parser)
	if err != nil {
		t.Fatal(err)
	}
	says, ok := p.(parsers.Fixed)
	if !ok {
		return fields.AnyName()
	}
	names, fixed := says.FieldNames()
	if !fixed {
		return fields.AnyName()
	}
	var steps []fields.Step
	for _, s := range source.Fields {
		steps = append(steps, *s.(*fields.Step))
	}
	return fields.KnownNames(names).Behind(steps)
}

// Which parsers say what fields their records can have: a template that names another is then a mistake.
func TestParsersWithFixedFieldsSayThem(t *testing.T) {
	lineNames := []string{"audit", "json", "kv", "logfmt", "multiline-mysql-slow", "mysql-slow", "syslog", "syslog-5424", "time-field", "w3c-cloudfront", "w3c-iis", "w3c-other"}
	for _, c := range everyCase(t) {
		if c.known.Has("no_such_field") != slices.Contains(lineNames, c.name) {
			t.Errorf("%s: that it can have a field of any name is wrong", c.name)
		}
	}
}

// checkLines parses and encodes lines. At most one line of valid JSON comes of each, what was read is not written to, and
// no record has a field that its parser does not know of.
func (c oneCase) checkLines(t *testing.T, lines ...string) {
	t.Helper()
	b := newBatch(lines...)
	b.ReadAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano()
	before := bytes.Clone(b.Buf)
	c.parser.Parse(b)
	if !bytes.Equal(b.Buf[:len(before)], before) {
		t.Fatalf("%s rewrote its input %.100q", c.name, lines)
	}
	out := encode.NewNDJSON(nil).Append(nil, b, 0, len(b.Records))
	rows := bytes.SplitAfter(out, []byte("\n"))
	if len(rows) > len(lines)+1 {
		t.Fatalf("%s: %.100q became %d lines", c.name, lines, len(rows)-1)
	}
	for _, row := range rows[:len(rows)-1] {
		if !json.Valid(row) || !utf8.Valid(row) {
			t.Fatalf("%s: %.100q became %.200q", c.name, lines, row)
		}
	}
	failed := 0
	for i := range b.Records {
		b.EachField(&b.Records[i], func(name []byte, _ record.Field) {
			if b.Records[i].Flags&record.Unparsed == 0 && !c.known.Has(string(name)) {
				t.Fatalf("%s: %q has a field %q, which its parser does not know of", c.name, b.Bytes(b.Records[i].Text), name)
			}
		})
		if r := &b.Records[i]; r.Kind == record.Failed || r.Flags&record.Unparsed != 0 {
			failed++
		}
	}
	if failed != b.Failed {
		t.Fatalf("%s: %.100q: %d records failed, %d are counted", c.name, lines, failed, b.Failed)
	}
}

func TestEveryCaseBearsLinesThatWereCutAnywhere(t *testing.T) {
	for _, c := range everyCase(t) {
		var cut []string
		for _, line := range c.lines {
			for n := range min(len(line), 1000) {
				cut = append(cut, line[:n], line[n:])
			}
		}
		c.checkLines(t, cut...)
	}
}

func TestEveryCaseBearsHostileLines(t *testing.T) {
	const size = 1 << 18 // the parsers' own tests have a megabyte
	var lines []string
	for _, part := range []string{"\x00", `"`, `\`, `a="`, `{"a":`, "[", ",", "\t", "\n", "%", "\xff", "é", "a b: ", "1", `\u`} {
		lines = append(lines, strings.Repeat(part, size/len(part)))
	}
	lines = append(lines, strings.Repeat("a,", 10_000), strings.Repeat("a b ", 10_000), "")
	for _, c := range everyCase(t) {
		for _, begin := range []string{"", c.lines[0]} {
			for _, line := range lines {
				parsertest.Linear(t, c.name+": "+begin+line, func() { c.checkLines(t, begin+line) })
			}
		}
	}
}

// FuzzEveryCase tries the lines of all cases, and what becomes of them, with one parser each.
func FuzzEveryCase(f *testing.F) {
	cases := everyCase(f)
	for i, c := range cases {
		for _, line := range c.lines {
			if len(line) < 2000 {
				f.Add(uint8(i), line, c.lines[0])
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, first, second string) {
		cases[int(which)%len(cases)].checkLines(t, first, second)
	})
}

// BenchmarkEveryCase parses and encodes the lines of each case, bad ones included.
func BenchmarkEveryCase(b *testing.B) {
	for _, c := range everyCase(b) {
		b.Run("case="+c.name, func(b *testing.B) {
			var lines []string
			for len(lines) < 1000 {
				lines = append(lines, c.lines...)
			}
			batch := newBatch(lines...)
			fresh := append([]record.Record(nil), batch.Records...)
			size := len(batch.Buf)
			e := encode.NewNDJSON(nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				copy(batch.Records, fresh)
				batch.Fields, batch.Buf, batch.Failed, batch.Reasons = batch.Fields[:0], batch.Buf[:size], 0, batch.Reasons[:0]
				c.parser.Parse(batch)
				batch.Plain = e.Append(batch.Plain[:0], batch, 0, len(batch.Records))
			}
		})
	}
}
