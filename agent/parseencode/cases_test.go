package parseencode

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"logskiff/conf"
	"logskiff/kinds"
	"logskiff/parsers"
	"logskiff/readers/file"
	"logskiff/readers/lines"
	"logskiff/record"
	"logskiff/senders/encode"
)

var update = flag.Bool("update", false, "write the expected.ndjson of all cases anew")

const casesDir = "../../parsers/testdata/cases"

// TestMain has all tests run on a host in UTC, for times that show no zone. It is set before any goroutine
// of a server may ask for the time.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	m.Run()
}

// TestCases parses what real software writes. A case is a folder: config.toml holds
// lines of a [[source]] table, mostly one parser, and stages behind it, or how lines are joined; input.log is a file as it lies on
// a disk; expected.ndjson is what a forwarder receives. It was read at noon UTC on 2026-11-21.
func TestCases(t *testing.T) {
	entries, err := os.ReadDir(casesDir)
	if err != nil || len(entries) == 0 {
		t.Fatalf("there are no cases in %s: %v", casesDir, err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) { checkCase(t, filepath.Join(casesDir, e.Name())) })
	}
}

func checkCase(t *testing.T, dir string) {
	source := caseSource(t, dir)
	p, err := kinds.BuildStages(source)
	if err != nil {
		t.Fatal(err)
	}
	b := cutLines(t, source, readFile(t, filepath.Join(dir, "input.log")))
	b.ReadAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano()
	got := parseAndEncode(t, p, b)
	expected := filepath.Join(dir, "expected.ndjson")
	if *update {
		if err := os.WriteFile(expected, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compareLines(t, got, readFile(t, expected))
}

// caseSource reads config.toml as part of a configuration, by the same rules.
func caseSource(t testing.TB, dir string) conf.Source {
	t.Helper()
	name := filepath.Join(dir, "config.toml")
	const before = "[[source]]\nname = \"case\"\nsend_to = [\"out\"]\nreader.file.paths = [\"/case.log\"]\n"
	const after = "\n[[sender]]\nname = \"out\"\nhttp = { endpoints = [\"http://127.0.0.1:1\"] }\n"
	text := append(append([]byte(before), readFile(t, name)...), after...)
	c, err := conf.Parse(name, text, kinds.All())
	if err != nil {
		t.Fatal(err)
	}
	return c.Sources[0]
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// cutLines makes a batch of a file's records, as the file reader of the source does.
func cutLines(t testing.TB, source conf.Source, text []byte) *record.Batch {
	t.Helper()
	e, err := lines.NewExcerpt(source.Reader.Settings.(*file.Config).Lines(), bytes.NewReader(text), stream)
	if err != nil {
		t.Fatal(err)
	}
	b := new(record.Batch)
	if err := e.Next(b, len(text)+1); err != nil {
		t.Fatal(err)
	}
	if b.Segments[0].End != int64(len(text)) {
		t.Fatalf("a case of %d bytes is longer than one batch", len(text))
	}
	return b
}

// parseAndEncode parses the same lines with a parser and with its clone, whose caches are empty.
func parseAndEncode(t *testing.T, p parsers.Parser, b *record.Batch) []byte {
	t.Helper()
	again := *b
	again.Buf = bytes.Clone(b.Buf)
	again.Records = append([]record.Record(nil), b.Records...)
	p.Parse(b)
	out := encode.NewNDJSON(nil).Append(nil, b, 0, len(b.Records))
	p.Clone().Parse(&again)
	if other := encode.NewNDJSON(nil).Append(nil, &again, 0, len(again.Records)); !bytes.Equal(out, other) {
		t.Errorf("a clone made\n%s, the parser\n%s", other, out)
	}
	return out
}

// compareLines compares outputs line by line, and checks that each line is JSON.
func compareLines(t *testing.T, got, want []byte) {
	t.Helper()
	lines, wanted := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i, line := range lines[:len(lines)-1] {
		if !json.Valid(line) || !utf8.Valid(line) {
			t.Errorf("line %d is not valid JSON: %q", i+1, line)
		}
	}
	for i := range max(len(lines), len(wanted)) {
		var g, w []byte
		if i < len(lines) {
			g = lines[i]
		}
		if i < len(wanted) {
			w = wanted[i]
		}
		if !bytes.Equal(g, w) {
			t.Errorf("line %d\n got %s\nwant %s", i+1, g, w)
		}
	}
}
