package parsers

import (
	"fmt"
	"strings"
	"testing"

	"logskiff/parsers/parsertest"
	"logskiff/record"
)

func TestASecondValueOfOneNameIsKept(t *testing.T) {
	logfmt := newLogfmt(t)
	f := func(p Parser, line, want string) {
		t.Helper()
		checkTimed(t, p, line, want)
	}
	f(logfmt, `a=1 a=2`, `a=1 a_2=2`)
	f(logfmt, `a=1 b=2 a=3 a=4 b`, `a=1 b=2 a_2=3 a_3=4 b_2=true`)
	f(logfmt, `a_2=1 a=2 a=3 a=4`, `a_2=1 a=2 a_3=3 a_4=4`)
	f(logfmt, `a=1 a=2 a_2=3`, `a=1 a_2=2 a_2_2=3`)
	f(logfmt, `ab=1 ba=2 "ab"=3`, `ab=1 ba=2 ab_2=3`)
	var line, want []string
	for i := range 100 {
		line, want = append(line, fmt.Sprintf("n%d=%d", i, i)), append(want, fmt.Sprintf("n%d=%d", i, i))
	}
	f(logfmt, strings.Join(line, " "), strings.Join(want, " "))
	f(logfmt, strings.Join(append(line, "n7=x"), " "), strings.Join(append(want, `n7_2="x"`), " "))

	syslog := newSyslog(t, "auto", "UTC")
	f(syslog, `<165>1 - h a 1 - [x ip="1" ip="2"][x ip="3"] m`, `priority=165 facility="local4" severity="notice" host="h" app="a" pid=1 x.ip="1" x.ip_2="2" x.ip_3="3" message="m"`)
	f(newAudit(t), `type=A msg=audit(1364481363.243:1): uid=0 op=x uid=1`, `2013-03-28T14:36:03.243Z type="A" serial=1 uid=0 op="x" uid_2=1`)
}

func TestALineOfOneNameTakesLinearTime(t *testing.T) {
	b := newBatch(strings.Repeat("a=1 ", record.MaxPairs), strings.Repeat("a=1 a_2=2 ", record.MaxPairs/2))
	parsertest.Linear(t, "one name", func() { newLogfmt(t).Parse(b) })
	if b.Failed != 0 {
		t.Fatal(parsed(b, 0))
	}
}

// What two groups of one name take is kept, and is in one column only where no line can have both.
func TestGroupsOfOneName(t *testing.T) {
	f := func(pattern, line, want string) {
		t.Helper()
		checkParser(t, newGrok(t, pattern), line, want)
	}
	f(`^%{WORD:a} %{WORD:a}$`, `x y`, `a="x" a_2="y"`)
	f(`^%{WORD:a} %{WORD:a} (?<a>\w+)$`, `x y z`, `a="x" a_2="y" a_3="z"`)
	f(`^%{WORD:a}(?: %{WORD:a})?$`, `x`, `a="x"`)
	f(`^%{WORD:a}(?: %{WORD:a})?$`, `x y`, `a="x" a_2="y"`)
	f(`^(?:a:%{WORD:n}|b:%{WORD:n})$`, `b:x`, `n="x"`)
	f(`^(?:a:%{WORD:n}|b:%{WORD:n}) %{INT:n}$`, `b:x 7`, `n="x" n_2="7"`)
	f(`^(?:(?:a:%{WORD:n}|b:%{WORD:n}) ?)+$`, `a:x b:y`, `n="x" n_2="y"`)
	f(`^(?:(?:a:%{WORD:n}|b:%{WORD:n}) ?){0,1}$`, `b:y`, `n="y"`)
	f(`^(?:%{WORD:n}|%{INT:m} %{WORD:n})$`, `7 y`, `n="y" m="7"`)
	f(`^(?:abc%{INT:n}|abd%{INT:n})$`, `abd5`, `n="5"`)
	f(`^%{WORD:n_2} %{WORD:n} %{WORD:n}$`, `x y z`, `n_2="x" n="y" n_3="z"`)
	f(`%{WORD:time} %{WORD:time}`, `x y`, `time_2="x" time_3="y"`)
	p, err := NewRegex(RegexConfig{Pattern: `(?P<a>.)(?P<a>.)|(?P<a>.)`, Types: map[string]string{"a": "number"}})
	if err != nil {
		t.Fatal(err)
	}
	checkParser(t, p, `78`, `a=7 a_2=8`)
	checkParser(t, p, `7`, `a=7`)
}

// numbered repeats a pattern that takes what is put behind a name: nothing, _2, _3 and so on.
func numbered(pattern string, n int) string {
	var all strings.Builder
	fmt.Fprintf(&all, pattern, "")
	for i := 2; i <= n; i++ {
		fmt.Fprintf(&all, pattern, fmt.Sprintf("_%d", i))
	}
	return all.String()
}
