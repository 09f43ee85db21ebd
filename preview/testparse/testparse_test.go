package testparse

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"logskiff/parsers"
	"logskiff/preview/discover"
	"logskiff/readers/lines"
	"logskiff/record"
)

const good = `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /a HTTP/1.1" 200 5 "-" "curl/8"` + "\n"

func run(t *testing.T, text string, o Options) (Summary, string) {
	t.Helper()
	o.Cut = lines.Default()
	o.Cut.MaxLine = 1 << 10
	var out strings.Builder
	sum, err := Run(strings.NewReader(text), &out, o)
	if err != nil {
		t.Fatal(err)
	}
	return sum, out.String()
}

func withParser(t *testing.T, kind string) Options {
	t.Helper()
	p, err := discover.ParserFor(discover.Format{Kind: kind, Settings: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Parser: p, Name: kind}
}

func TestLinesStandBesideTheirFields(t *testing.T) {
	sum, out := run(t, good+"non\x1bsense\n", withParser(t, "nginx"))
	want := `     1  1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /a HTTP/1.1" 200 5 "-" "curl/8"
        time             2026-11-21T02:20:47+01:00
        remote_addr      1.2.3.4
        request_method   GET
        request_uri      /a
        server_protocol  HTTP/1.1
        status           200
        body_bytes_sent  5
        http_user_agent  curl/8
     2  non\x1bsense
        ^ not parsed: no match for nginx format at $remote_addr (line 2, byte 78)
`
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	if sum.Lines != 2 || sum.Parsed != 1 || sum.Share != .5 || sum.Parser != "nginx" || sum.Suggested != nil {
		t.Errorf("got %+v", sum)
	}
	_, out = run(t, ` {"a":1, "b":{"c":""}, "":null} `+"\n", withParser(t, "json"))
	want = "     1   {\"a\":1, \"b\":{\"c\":\"\"}, \"\":null} \n        a  1\n        b  {\"c\":\"\"}\n           null\n"
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}

func TestWithoutAParserTheBestIsTaken(t *testing.T) {
	sum, out := run(t, strings.Repeat(good, 600)+"nonsense\n", Options{Path: "/x"})
	if sum.Lines != 601 || sum.Parsed != 600 || sum.Parser != `nginx = { format = "combined" }` || strings.Count(out, "curl/8\n") != 600 {
		t.Errorf("got %+v", sum)
	}
	sum, _ = run(t, strings.Repeat(good, 600), Options{Lines: 3})
	if sum.Lines != 3 || sum.Parsed != 3 {
		t.Errorf("got %+v", sum)
	}
	sum, out = run(t, "some words\nthat mean nothing\n", Options{})
	if sum.Lines != 2 || sum.Parsed != 0 || sum.Suggested[0].Kind != "raw" || !strings.Contains(out, "no parser reads most of the lines (line 2, byte 11)") {
		t.Errorf("got %+v\n%s", sum, out)
	}
	const slow = "# Time: 2026-11-21T02:20:47Z\n# User@Host: a[a] @ b []\n# Query_time: 1\nSELECT 1;\n"
	sum, out = run(t, strings.Repeat(slow, 400), Options{})
	if sum.Lines != 400 || sum.Parsed != 400 || sum.Parser != "mysql_slow = {}" || strings.Count(out, "SELECT 1\n") != 400 {
		t.Errorf("got %+v", sum)
	}
	sum, out = run(t, "", Options{})
	if sum.Lines != 0 || sum.Share != 1 || out != "" {
		t.Errorf("got %+v", sum)
	}
}

func TestWhoAsksForRawGetsIt(t *testing.T) {
	sum, out := run(t, "some words\n", withParser(t, "raw"))
	if sum.Parsed != 1 || out != "     1  some words\n" {
		t.Errorf("got %+v, %q", sum, out)
	}
}

func TestPartsOfALongLineAreNotParsed(t *testing.T) {
	sum, out := run(t, strings.Repeat("x", 2000)+"\n"+good, withParser(t, "nginx"))
	if sum.Lines != 3 || sum.Parsed != 1 || strings.Count(out, "a part of a line longer than max_line") != 2 {
		t.Errorf("got %+v\n%s", sum, out)
	}
}

func TestJSONIsOneObjectALineAndASummary(t *testing.T) {
	o := withParser(t, "nginx")
	o.JSON = true
	_, out := run(t, good+"<\xff>\n", o)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 {
		t.Fatalf("got %s", out)
	}
	var first, second Line
	var sum Summary
	if err := errors.Join(json.Unmarshal([]byte(lines[0]), &first), json.Unmarshal([]byte(lines[1]), &second), json.Unmarshal([]byte(lines[2]), &sum)); err != nil {
		t.Fatal(err)
	}
	if first.Line != 1 || !first.Parsed || first.Text+"\n" != good || !strings.Contains(string(first.Record), `"status":200`) {
		t.Errorf("got %+v", first)
	}
	if second.Line != 2 || second.Offset != int64(len(good)) || second.Parsed || second.Reason == "" || second.Text != "<\uFFFD>" {
		t.Errorf("got %+v", second)
	}
	if sum.Lines != 2 || sum.Parsed != 1 || sum.Parser != "nginx" {
		t.Errorf("got %+v", sum)
	}
}

func TestATextThatBreaksOffSaysSo(t *testing.T) {
	o := Options{Cut: lines.Default()}
	if _, err := Run(iotest.ErrReader(errors.New("broken pipe")), &strings.Builder{}, o); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("got %v", err)
	}
	o.Cut.Encoding = "morse"
	if _, err := Run(strings.NewReader(""), &strings.Builder{}, o); err == nil {
		t.Error("an unknown encoding")
	}
}

// dropSecond leaves out every second line.
type dropSecond struct{}

func (dropSecond) Clone() parsers.Parser { return dropSecond{} }
func (dropSecond) Parse(b *record.Batch) {
	for i := range b.Records {
		if i%2 == 1 {
			b.Records[i].Kind = record.Dropped
		}
	}
	b.RemoveDropped()
}

func TestLinesThatAreLeftOutAreNoFailures(t *testing.T) {
	o := Options{Parser: dropSecond{}}
	sum, out := run(t, "a\nb\nc\nd\n", o)
	if sum.Lines != 4 || sum.Parsed != 2 || sum.Dropped != 2 || sum.Share != 1 {
		t.Errorf("got %+v", sum)
	}
	const left = "        ^ left out by the configuration\n"
	if want := "     1  a\n     2  b\n" + left + "     3  c\n     4  d\n" + left; out != want {
		t.Errorf("got\n%s", out)
	}
	o.JSON = true
	_, out = run(t, "a\nb\n", o)
	if !strings.Contains(out, `{"line":2,"offset":2,"text":"b","parsed":false,"dropped":true}`) {
		t.Errorf("got\n%s", out)
	}
}
