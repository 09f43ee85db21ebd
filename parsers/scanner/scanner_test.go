package scanner

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"logskiff/parsers/parsertest"
)

func keepAll(re *regexp.Regexp) []bool {
	return slices.Repeat([]bool{true}, re.NumSubexp()+1)
}

// agree compares a scanner with package regexp on one text, and returns what the scanner said.
func agree(t *testing.T, re *regexp.Regexp, m *Matcher, text string) Verdict {
	t.Helper()
	want := re.FindStringSubmatchIndex(text)
	v := m.Match([]byte(text))
	var got []int
	if v == Matches {
		for _, p := range m.Places {
			got = append(got, int(p))
		}
	}
	if v != Unsure && !slices.Equal(got, want) {
		t.Fatalf("%s\non %q:\n got %v\nwant %v", re, text, got, want)
	}
	return v
}

// accessPattern reads the log of a web server.
const accessPattern = parsertest.AccessPattern

var patterns = []string{
	accessPattern,
	`^(?P<level>[A-Z]+): (?P<message>.*)$`,
	`a|b|(c)d`, `(a+)(b*)`, `(a+?)(b*)`, `(a*)(a*)a`, `(.*)b`, `(.*?)b(.*?)c`, `(\S+) (\S+)"`, `(\w+)\b`, `\b(\w+)\b.`, `(a|ab)(c|bcd)(d*)`,
	`"((?:[^"\\]|\\.)*)"`, `"((?:[^"\\]+|\\.)*)" (\d+)`, `(?i)error:? (.*)`, `(?i)(k)s`, `^(?:(a)|(b))*$`, `(x?)(?:y(z)?)?w`, `(\d{1,3})\.(\d{1,3})`,
	`(?:(\d{1,3})\.){3}(\d+)`, `[^ ]{2,4}(.)`, `(.{2})(.*)`, `(é+)(.)`, `([é-ü]+)`, `\[(.*?)\] (.*?): (.*)`, `^$`, `(?m)^(\w+)$`, `(?s)(.*)`, `(a){0}b`, `(?:a|(b)){2,3}c`, `(\w+)@(\w+)\.com`,
	`(?:GET|POST|(HEAD)) (/\S*)(?: HTTP/(\d\.\d))?`, `(?U)(a+)(b+)`, `\B(a)`, `(a|b)*?c`, `((a+)(b)?)+c`, `.`, `\C?`, `(\pL+)`, `x*`, `(|a)+`, `(a*)+`,
}

func TestScannerAgreesWithRegexp(t *testing.T) {
	texts := []string{"", "a", "abc", "aab", "aaab", "ab bc cd\"", `1.2.3.4 - ann [21/Nov/2026] "GET /a?b HTTP/1.1" 200 -`, `"a\"b" 5 "c`, `"a\\" 17`, "ERROR: it\nbroke", "Error x\xff", "\u212as ks", "é\xe9é x", "a.b@c.com", "10.0.0.1 255.1.2.3",
		"[a] b: c: d", "[a\n] [b] c: \xc3", "GET / HTTP/1.1", "HEAD /x", "POST /\"\xff HTTP/2.0", "aXbXc", "日本 語", strings.Repeat("ab", 50) + "c", "abcd", "yzw xw"}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		b := make([]byte, rnd.IntN(24))
		for i := range b {
			b[i] = "aabbcdxyz01 .\"\\[]:\n/\xc3\xa9\xffk"[rnd.IntN(24)]
		}
		texts = append(texts, string(b))
	}
	for _, p := range patterns {
		re, err := regexp.Compile(p)
		if err != nil {
			continue
		}
		s := Compile(p, keepAll(re))
		if s == nil {
			t.Logf("not for a scanner: %s", p)
			continue
		}
		m := NewMatcher(s)
		for _, text := range texts {
			agree(t, re, m, text)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, p := range patterns {
		f.Add(p, `1.2.3.4 - ann [21/Nov/2026] "GET /a?b HTTP/1.1" 200 -`)
		f.Add(p, "aab\xff\xc3\xa9c\nd\"\\\" 1.1 ERROR: x")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 1000 {
			return
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return
		}
		if s := Compile(pattern, keepAll(re)); s != nil {
			agree(t, re, NewMatcher(s), text)
		}
	})
}

// randomPattern makes a pattern of what people use, out of few characters, so that it often nearly matches.
func randomPattern(rnd *rand.Rand, depth int) string {
	atoms := []string{"a", "b", "ab", "c", " ", ".", `\w`, `\d`, `\S`, `[^a]`, `[ab]`, `[^" ]`, `"`, `\b`, "^", "$", "é", `[^é]`, "1", `(?i)k`, `\s`, "(?s:.)", `(?m:^)`, `(?m:$)`, `[^"\\]`, `\\`}
	if depth == 0 {
		return atoms[rnd.IntN(len(atoms))]
	}
	sub := func() string { return randomPattern(rnd, depth-1) }
	switch rnd.IntN(7) {
	case 0, 1, 2:
		return sub() + sub()
	case 3:
		return "(?:" + sub() + "|" + sub() + ")"
	case 4:
		return "(" + sub() + ")"
	case 5:
		return "(?:" + sub() + ")" + []string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}", "{0,2}?"}[rnd.IntN(10)]
	}
	return randomPattern(rnd, 0) + []string{"*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{2,}"}[rnd.IntN(8)]
}

func TestScannerAgreesOnRandomPatterns(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	compiled, sure, total := 0, 0, 0
	const n = 4000
	for range n {
		p := randomPattern(rnd, 1+rnd.IntN(5))
		re, err := regexp.Compile(p)
		if err != nil {
			continue
		}
		s := Compile(p, keepAll(re))
		if s == nil {
			continue
		}
		compiled++
		m := NewMatcher(s)
		for range 40 {
			b := make([]byte, rnd.IntN(16))
			for i := range b {
				b[i] = "aaabbbc1 \"\\\n\xc3\xa9\xffkK"[rnd.IntN(16)]
			}
			total++
			if agree(t, re, m, string(b)) != Unsure {
				sure++
			}
		}
	}
	if compiled < n/2 || sure < total*7/10 {
		t.Fatalf("%d of %d patterns became scanners, which decided on %d of %d texts", compiled, n, sure, total)
	}
	t.Logf("%d of %d patterns became scanners, which decided on %d of %d texts", compiled, n, sure, total)
}

// Lines on which a matcher that only went back would need quadratic time or more.
func TestTheWorkIsLinear(t *testing.T) {
	const size = 1 << 20
	for _, c := range parsertest.LongLines(size) {
		re := regexp.MustCompile(c.Pattern)
		s := Compile(c.Pattern, keepAll(re))
		if s == nil {
			t.Errorf("%s is not for a scanner", c.Pattern)
			continue
		}
		m := NewMatcher(s)
		if m.Match([]byte(c.Line)) == Matches {
			t.Errorf("%s matched", c.Pattern)
		}
		if m.work < -size {
			t.Errorf("%s: %d bytes too many were looked at", c.Pattern, -m.work)
		}
	}
}
