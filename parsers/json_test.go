package parsers

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"logskiff/parsers/jsoncheck"
	"logskiff/record"
)

func newJSON(t testing.TB) Parser {
	t.Helper()
	p, err := NewJSON(JSONConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Clone()
}

func TestJSONCases(t *testing.T) {
	const notObject, syntax, utf, deep = "not a JSON object", "invalid JSON", "invalid UTF-8", "nested deeper than 512 levels"
	nested := func(n int) string {
		return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}"
	}
	for _, c := range []struct{ in, want string }{ // want "": an object
		{`{}`, ""},
		{`{ }`, ""},
		{`{"a":1,"b":[1,2,{"c":null}],"d":{"e":true,"f":false}}`, ""},
		{`{"a" : -0.5e+10 , "b" : "x\u00e9\n\"\\\/" }`, ""},
		{`{"":[[],[{}],""]}`, ""},
		{`{"a":"Привет 😀"}`, ""},
		{`{"a":"\ud800"}`, ""},
		{"{\"a\":\"\x7f\u2028\"}", ""},
		{`{"a":1,"a":2}`, ""},
		{nested(512), ""},
		{nested(513), deep},
		{strings.Repeat(`{"a":`, 513), deep},
		{``, notObject},
		{`   `, notObject},
		{`hello`, notObject},
		{`[1]`, notObject},
		{`"a"`, notObject},
		{`null`, notObject},
		{`{`, syntax},
		{`{"a"`, syntax},
		{`{"a":`, syntax},
		{`{"a":1`, syntax},
		{`{"a":1,`, syntax},
		{`{"a":1,}`, syntax},
		{`{"a":1]`, syntax},
		{`{"a":[1}`, syntax},
		{`{"a":[1,]}`, syntax},
		{`{"a" 1}`, syntax},
		{`{a:1}`, syntax},
		{`{'a':1}`, syntax},
		{`{,}`, syntax},
		{`{}}`, syntax},
		{`{} {}`, syntax},
		{`{} x`, syntax},
		{`{"a":01}`, syntax},
		{`{"a":1.}`, syntax},
		{`{"a":.1}`, syntax},
		{`{"a":-}`, syntax},
		{`{"a":+1}`, syntax},
		{`{"a":1e}`, syntax},
		{`{"a":NaN}`, syntax},
		{`{"a":tru}`, syntax},
		{`{"a":nulll}`, syntax},
		{`{"a":"\x"}`, syntax},
		{`{"a":"\u12g4"}`, syntax},
		{`{"a":"\u123`, syntax},
		{`{"a":"b\`, syntax},
		{"{\"a\":\"\t\"}", syntax},
		{"{\"a\":\"\x00aaaaaaaaaaaa\"}", syntax},
		{"{\"a\":\f1}", syntax},
		{"{\"a\":\"\xff\"}", utf},
		{"{\"a\":\"aaaaaaaa\xe2\x82\"}", utf},
		{"{\"\xed\xa0\x80\":1}", utf},
		{"\ufeff{}", notObject},
	} {
		want := "failed: " + c.want
		if c.want == "" {
			want = "kind 1: " + c.in
		}
		b := newBatch(c.in)
		newJSON(t).Parse(b)
		if got := parsed(b, 0); got != want {
			t.Errorf("%.80q: got %.80s, want %.80s", c.in, got, want)
		}
	}
}

func TestJSONLeavesSpaceAroundAnObjectOut(t *testing.T) {
	b := newBatch(" \t{ \"a\":1 }\r ", " {x} ", `{"b":2}`)
	newJSON(t).Parse(b)
	for i, want := range []string{`kind 1: { "a":1 }`, "failed: invalid JSON", `kind 1: {"b":2}`} {
		if got := parsed(b, i); got != want {
			t.Errorf("line %d: got %s, want %s", i, got, want)
		}
	}
	if got := string(b.Bytes(b.Records[1].Text)); got != " {x} " {
		t.Errorf("a failed line was changed to %q", got)
	}
}

func TestJSONPutsAnObjectOnOneLine(t *testing.T) {
	in := "{\n \"a\":\"\\n\",\n\"b\":1\n}"
	b := newBatch(in)
	before := string(b.Buf)
	newJSON(t).Parse(b)
	if got, want := parsed(b, 0), `kind 1: {  "a":"\n", "b":1 }`; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	checkSpans(t, b, before)
}

func TestPartsOfLongLinesStayRaw(t *testing.T) {
	nginx, err := NewNginx(DefaultNginx())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []Parser{NewRaw(), newJSON(t), nginx} {
		b := newBatch(`{}`, "rest")
		b.Records[0].Flags, b.Records[1].Flags = record.Part, record.Part|record.LastPart
		p.Parse(b)
		if b.Records[0].Kind != record.Raw || b.Records[1].Kind != record.Raw || b.Failed != 0 {
			t.Errorf("%T: got %+v", p, b.Records)
		}
	}
}

// depth is how deep valid JSON is nested.
func depth(s string) (deepest int) {
	d, inString := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			d++
			deepest = max(deepest, d)
		case c == '}' || c == ']':
			d--
		}
	}
	return deepest
}

func FuzzJSON(f *testing.F) {
	for _, s := range accessLines(3, jsonPattern) {
		f.Add(s)
	}
	f.Add("{\"a\":[1,-2.5e+3,{\"b\":null}],\n\"c\":\"\\u00e9\\n\"}")
	f.Add(strings.Repeat(`{"a":[`, 300))
	f.Fuzz(func(t *testing.T, s string) {
		b := newBatch(s)
		before := string(b.Buf)
		newJSON(t).Parse(b)
		checkSpans(t, b, before)
		trimmed := strings.Trim(s, " \t\r\n")
		want := strings.HasPrefix(trimmed, "{") && json.Valid([]byte(trimmed)) && utf8.ValidString(trimmed) && depth(trimmed) <= jsoncheck.MaxDepth
		if got := b.Records[0].Kind == record.Object; got != want {
			t.Fatalf("%q: got %v (%s), encoding/json says %v", s, got, parsed(b, 0), want)
		}
		if text := string(b.Bytes(b.Records[0].Text)); want && text != strings.ReplaceAll(trimmed, "\n", " ") {
			t.Fatalf("%q became %q", s, text)
		}
	})
}

func TestJSONAllocatesNothingPerLine(t *testing.T) {
	lines := append(accessLines(100, jsonPattern), "bad", "{")
	if n := allocs(newJSON(t), lines); n > 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkJSON(b *testing.B) { benchmark(b, newJSON(b), accessLines(2000, jsonPattern)) }
