package parsers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"logskiff/conf"
	"logskiff/record"
)

func newW3C(t testing.TB, fields string) Parser {
	t.Helper()
	p, err := NewW3C(W3CConfig{Fields: fields, Zone: "UTC"})
	if err != nil {
		t.Fatalf("%q: %v", fields, err)
	}
	return p
}

func TestW3CValues(t *testing.T) {
	f := func(fields, line, want string) {
		t.Helper()
		checkParser(t, newW3C(t, fields), line, want)
	}
	f("#Fields: date time cs-method cs(User-Agent) sc-status time-taken", `2026-11-21 02:20:47 GET Mozilla/5.0+(X11;+Linux) 200 15`,
		`cs_method="GET" cs_user_agent="Mozilla/5.0+(X11;+Linux)" sc_status=200 time_taken=15`)
	f("c-ip cs-username x-a(B-c)d", `::1 - "-"`, `c_ip="::1"`)
	f("c-ip cs(Referer)", "::1   \"a \"\"b\"\" c\"  ", `c_ip="::1" cs_referer="a \"b\" c"`)
	f("c-ip cs(Referer)", "\"\" \"a", `cs_referer="\"a"`)
	f("c-ip cs(Referer)", `"a"b c"`, `c_ip="\"a\"b" cs_referer="c\""`)
	f("c-ip cs(Referer)", "a b\tc d", `c_ip="a b" cs_referer="c d"`)
	f("c-ip cs(Referer)", "\ta \"b\" c", `cs_referer="a \"b\" c"`)
	f("c-ip cs(Referer)", "a\t\"b\t\"\"c\"\td\te", `c_ip="a" cs_referer="b\t\"c" extra="d\te"`)
	f("c-ip cs(Referer)", "a\t", `c_ip="a"`)
	f("c-ip cs(Referer)", "a\tb\t", `c_ip="a" cs_referer="b"`)
	f("time c-ip extra", "02:20 a b", `time_text="02:20" c_ip="a" extra="b"`)
	f("date c-ip", "2026-11-21 a", `date="2026-11-21" c_ip="a"`)
	f("c-ip c-ip (", "a b c", `c_ip="a" c_ip_2="b" field="c"`)
	f("sc-status bytes", "abc 1", `sc_status="abc" bytes=1`)
	f("c-ip cs(Referer)", "a", `failed: fewer values than fields`)
	f("c-ip cs(Referer)", "a ", `failed: fewer values than fields`)
	f("c-ip cs(Referer)", "a b c", `failed: more values than fields`)
	f("c-ip cs(Referer)", "", `failed: fewer values than fields`)
	f("c-ip cs(Referer)", "#", `failed: a line with # is no directive`)
	f("c-ip cs(Referer)", "#: a", `failed: a line with # is no directive`)
	f("c-ip cs(Referer)", "#Software:  Microsoft Internet Information Services 10.0", `directive="Software" value="Microsoft Internet Information Services 10.0"`)
	f("c-ip cs(Referer)", "#Fields:\tc-ip  cs(Referer) ", `directive="Fields" value="c-ip  cs(Referer) "`)
	f("c-ip cs(Referer)", "#Fields: c-ip", `directive="Fields" value="c-ip" other_fields=true`)
	f("c-ip cs(Referer)", "#Fields: c-ip cs(Referer) s-ip", `directive="Fields" value="c-ip cs(Referer) s-ip" other_fields=true`)
}

func TestW3CTimes(t *testing.T) {
	f := func(line string, want time.Time) {
		t.Helper()
		b := newBatch(line)
		newW3C(t, "date time c-ip").Parse(b)
		if r := b.Records[0]; r.Kind != record.Columns || r.Time != want.UnixNano() || r.Zone != 0 {
			t.Errorf("%q: got %+v, want %v", line, r, want)
		}
	}
	f("2026-11-21 02:20:47 a", time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC))
	f("2026-11-21 02:20 a", time.Date(2026, 11, 21, 2, 20, 0, 0, time.UTC))
	f("2026-11-21\t02:20:47.1234\ta", time.Date(2026, 11, 21, 2, 20, 47, 123400000, time.UTC))
	f("- 02:20:47 a", time.Unix(0, 0))
	for _, line := range []string{"2026-11-31 02:20:47 a", "2026-11-21 2:20:47 a", "2026-11-21 02:20:4 a", "26-11-21 02:20:47 a", "2026-11-21 02:20:47.x a", "2026-11-21 02:20:47,5 a"} {
		checkParser(t, newW3C(t, "date time c-ip"), line, "failed: "+w3cBadTime)
	}
}

func TestADirectiveCountsForTheRestOfItsFileInTheBatch(t *testing.T) {
	b := newBatch("1 2", "#Fields: sc-status cs(User-Agent) date time", `200 "a ""b""" 2026-11-21 02:20:47`, "1 2", "#Version: 1.0", "404 - - -",
		"#Fields: time c-ip", "02:20 x", "a\tb\tc", "#Fields: c-ip s-ip", "3 4", "#Fields: x", "5", "6 7", "#Fields: y", "8 9")
	const other = 13 // the first line of another file
	one, two := new(record.Stream), new(record.Stream)
	b.Segments = []record.Segment{ // between them something that is no line was left out, of both
		{Stream: one, First: 0, N: 3}, {Stream: one, First: 3}, {Stream: one, First: 3, N: other - 3},
		{Stream: two, First: other}, {Stream: two, First: other, N: 2}, {Stream: one, First: other + 2, N: 1},
	}
	before := string(b.Buf)
	p := newW3C(t, "c-ip s-ip")
	p.Parse(b)
	checkSpans(t, b, before)
	for i, want := range []string{
		`c_ip="1" s_ip="2"`,
		`directive="Fields" value="sc-status cs(User-Agent) date time" other_fields=true`,
		`sc_status=200 cs_user_agent="a \"b\""`,
		`failed: fewer values than fields`,
		`directive="Version" value="1.0"`,
		`sc_status=404`,
		`directive="Fields" value="time c-ip" other_fields=true`,
		`time_text="02:20" c_ip="x"`,
		`failed: more values than fields`,
		`directive="Fields" value="c-ip s-ip"`,
		`c_ip="3" s_ip="4"`,
		`directive="Fields" value="x" other_fields=true`,
		`x="5"`,
		`c_ip="6" s_ip="7"`,
		`directive="Fields" value="y" other_fields=true`,
		`c_ip="8" s_ip="9"`,
	} {
		if got := parsed(b, i); got != want {
			t.Errorf("line %d: got %s, want %s", i, got, want)
		}
	}
	if b.Records[2].Time != time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC).UnixNano() {
		t.Errorf("got %+v", b.Records[2])
	}
	next := newBatch("8 9")
	p.Parse(next)
	if got := parsed(next, 0); got != `c_ip="8" s_ip="9"` {
		t.Errorf("something was kept between batches: %s", got)
	}
}

func TestBadW3CSettingsAreExplained(t *testing.T) {
	f := func(c W3CConfig, key, want string) {
		t.Helper()
		var bad *conf.FieldError
		if err := c.Validate(); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s: … %s", c, err, key, want)
		}
	}
	f(W3CConfig{}, "fields", "has no names")
	f(W3CConfig{Fields: "#Fields: "}, "fields", "has no names")
	f(W3CConfig{Fields: "apache"}, "fields", `"apache" is not known, and no list of names`)
	f(W3CConfig{Fields: "#Version: 1.0"}, "fields", "is another directive")
	f(W3CConfig{Fields: "a \xff"}, "fields", "is not UTF-8")
	f(W3CConfig{Fields: "iis", Zone: "Mars"}, "zone", "cannot find the time zone")
	for name := range w3cFields {
		if err := (W3CConfig{Fields: name}).Validate(); err != nil {
			t.Error(err)
		}
	}
	if err := DefaultW3C().Validate(); err != nil {
		t.Error(err)
	}
}

func FuzzW3C(f *testing.F) {
	f.Add("date time c-ip", "#Fields: a b", `"a ""b""" c`)
	f.Add("time c-ip", "2026-11-21\t\"02:20:47.1\"\t-", `"`)
	f.Add("date time bytes", "2026-11-21 02:20 5", `#Fields: date time cs(User-Agent) bytes`)
	f.Fuzz(func(t *testing.T, fields, first, second string) {
		p, err := NewW3C(W3CConfig{Fields: fields, Zone: "UTC"})
		if err != nil {
			var bad *conf.FieldError
			if !errors.As(err, &bad) {
				t.Fatalf("%v is not a *conf.FieldError", err)
			}
			return
		}
		b := newBatch(first, second, first, first, second)
		b.Segments = []record.Segment{{Stream: new(record.Stream), N: 3}, {Stream: new(record.Stream), First: 3, N: 2}}
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
		if parsed(b, 0) != parsed(b, 3) || parsed(b, 1) != parsed(b, 4) || b.Records[0].Kind == record.Raw {
			t.Fatalf("%q, %q: got %s and then %s", first, second, parsed(b, 0), parsed(b, 3))
		}
		checkNames(t, b.Schema.Columns)
	})
}

func w3cLines(n int) []string {
	lines := accessLines(n, combinedPattern)
	for i, l := range lines {
		words := strings.Fields(l)
		lines[i] = fmt.Sprintf("2026-11-21 02:%02d:%02d 10.0.0.1 GET %s - 443 - %s %s https://shop.example.com/ 200 0 0 %d",
			i/3000%60, i/50%60, words[6], words[0], strings.ReplaceAll(agents[i%len(agents)], " ", "+"), i%1000)
	}
	return lines
}

func TestW3CAllocatesNothingPerLine(t *testing.T) {
	lines := append(w3cLines(100), "#Date: 2026-11-21 02:20:47", "bad", "#Fields: c-ip cs(Referer)", "a b", `"a ""b""" c`)
	if n := allocs(newW3C(t, "iis"), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestW3CBearsHostileLines(t *testing.T) {
	checkHostile(t, newW3C(t, "c-ip cs(Referer) c-port"))
	long := strings.Repeat("a ", 1<<19)
	b := newBatch("#Fields: "+long, long, "#Fields: "+strings.Repeat("a ", 10_000), strings.Repeat(`"a `, 10_000), strings.Repeat(`"" `, 10_000))
	before := string(b.Buf)
	newW3C(t, "iis").Parse(b)
	checkSpans(t, b, before)
	for i, want := range []record.Kind{record.Pairs, record.Failed, record.Pairs, record.Pairs, record.Pairs} {
		if b.Records[i].Kind != want {
			t.Errorf("line %d is of kind %d", i, b.Records[i].Kind)
		}
	}
}

func BenchmarkW3C(b *testing.B) {
	b.Run("fields=own", func(b *testing.B) { benchmark(b, newW3C(b, "iis"), w3cLines(2000)) })
	b.Run("fields=other", func(b *testing.B) {
		benchmark(b, newW3C(b, "a b"), append([]string{"#Fields: " + w3cFields["iis"]}, w3cLines(2000)...))
	})
}
