package parsers

import (
	"errors"
	"strings"
	"testing"

	"logskiff/conf"

	"logskiff/parsers/parsertest"
)

func newRegex(t testing.TB, c RegexConfig) Parser {
	t.Helper()
	p, err := NewRegex(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRegex(t *testing.T) {
	f := func(pattern string, types map[string]string, line, want string) {
		t.Helper()
		checkParser(t, newRegex(t, RegexConfig{Pattern: pattern, Types: types}), line, want)
	}
	f(userPattern, map[string]string{"s": "number", "b": "number"}, `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /a HTTP/1.1" 200 17`,
		`ip="1.2.3.4" user="-" t="21/Nov/2026:02:20:47 +0100" m="GET" p="/a" s=200 b=17`)
	f(userPattern, map[string]string{"s": "number", "b": "number"}, `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /a HTTP/1.1" 200 -`,
		`ip="1.2.3.4" user="-" t="21/Nov/2026:02:20:47 +0100" m="GET" p="/a" s=200`)
	f(userPattern, nil, "nothing", `failed: no match for the pattern`)
	f(`(?P<a>\d+)`, nil, "in the middle 17 and 18", `a="17"`)
	f(`(?<a>\d+)(?<b>x)?`, nil, "17", `a="17"`)
	f(`(?<a>\d*)(?<b>x?)`, nil, "-", `a="" b=""`)
	f(`^(?<a>.*)$`, nil, "two\nlines", `failed: no match for the pattern`)
	f(`(?s)^(?<a>.*)$`, nil, "two\nlines", `a="two\nlines"`)
	f(`(?<time>\d+) (?<_path>\S+) (?<time_2>\d+)`, nil, "1 2 3", `time_2="1" _path_2="2" time_2_2="3"`)
	f(`(?i)(?<a>kilo)`, nil, "\u212ailo é", `a="`+"\u212ailo"+`"`)
	f(`(?<a>\pL+)`, nil, "1é日", `a="é日"`)
	for text, want := range map[string]string{"5": "5", "+5": "5", "-007": "-7", ".5": "0.5", "5.": "5", "-.50": "-0.50", "1e9": "1e9", "00": "0", "1.2.3": `"1.2.3"`, "+": `"+"`, ".": `"."`, "0x1F": `"0x1F"`, "--5": `"--5"`} {
		f(`^(?<a>.*)$`, map[string]string{"a": "number"}, text, "a="+want)
	}
	f(`^(?<a>\S*) (?<b>\S*)$`, map[string]string{"a": "number", "b": "number"}, "- ", ``)
	f(`^(?<a>\S*) (?<b>\S*)$`, map[string]string{"a": "auto", "b": "auto"}, "17 007", `a=17 b="007"`)
}

func TestRegexRefusesBadSettings(t *testing.T) {
	f := func(c RegexConfig, key, msg string) {
		t.Helper()
		var bad *conf.FieldError
		if err := c.Validate(); !errors.As(err, &bad) || bad.Key != key || !strings.Contains(bad.Error(), msg) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	f(RegexConfig{}, "pattern", "is empty")
	f(RegexConfig{Pattern: `(a)(b)`}, "pattern", "no named groups")
	f(RegexConfig{Pattern: `(?P<a>x`}, "pattern", "missing closing )")
	f(RegexConfig{Pattern: `(?=x)(?P<a>x)`}, "pattern", "without lookahead")
	f(RegexConfig{Pattern: `(?P<a>x)`, Types: map[string]string{"b": "number"}}, "types.b", "its groups are a")
	f(RegexConfig{Pattern: `(?P<a>x)`, Types: map[string]string{"a": "int"}}, "types.a", `use "number"`)
}

// Long lines on which a backtracking engine would need quadratic time or more.
func TestRegexIsLinear(t *testing.T) {
	const size = 1 << 20
	for _, c := range parsertest.LongLines(size) {
		p := newRegex(t, RegexConfig{Pattern: c.Pattern})
		b := newBatch(c.Line)
		p.Parse(b)
		if b.Failed != 1 {
			t.Errorf("%s matched", c.Pattern)
		}
	}
}

func TestRegexAllocatesNothingPerLine(t *testing.T) {
	p := newRegex(t, RegexConfig{Pattern: userPattern, Types: map[string]string{"s": "number", "b": "number"}})
	if n := allocs(p, append(accessLines(100, combinedPattern), "bad", `1 - - [t] "G / x" 007 7`)); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func TestRegexOnHostileLines(t *testing.T) {
	checkHostile(t, newRegex(t, RegexConfig{Pattern: userPattern}))
	checkHostile(t, newRegex(t, RegexConfig{Pattern: `(?P<a>.*?), (?P<b>\S+): (?P<c>"(?:[^"\\]|\\.)*")`}))
}

func FuzzRegex(f *testing.F) {
	f.Add(`(?P<a>\d+)(?P<b>.*?)-(?P<c>\S*)`, "17 -\xff x")
	f.Add(userPattern, `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /a HTTP/1.1" 200 +007.50`)
	f.Fuzz(func(t *testing.T, pattern, line string) {
		re, err := NewRegex(RegexConfig{Pattern: pattern})
		if err != nil || len(pattern) > 200 {
			return
		}
		p := re.(*regexParser)
		for i := range p.fields {
			p.fields[i].kind = fieldKind(i % 3)
		}
		b := newBatch(line, "x")
		before := string(b.Buf)
		p.Parse(b)
		checkSpans(t, b, before)
	})
}

// combinedRegex takes nine groups out of a line.
const combinedRegex = `^(?P<addr>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d{3}) (?P<size>\d+|-) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"$`

func BenchmarkRegex(b *testing.B) {
	lines := accessLines(2000, combinedPattern)
	for _, c := range []struct{ name, pattern string }{{"nine", combinedRegex}, {"user", userPattern}} {
		p := newRegex(b, RegexConfig{Pattern: c.pattern}).(*regexParser)
		b.Run(c.name+"/scanner", func(b *testing.B) { benchmark(b, p, lines) })
		b.Run(c.name+"/regexp", func(b *testing.B) {
			alone := *p.regexProgram
			alone.scanner = nil
			benchmark(b, alone.clone(), lines)
		})
	}
}

const userPattern = parsertest.AccessPattern
