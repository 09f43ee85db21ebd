package fields

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"logskiff/conf"
	"logskiff/parsers"
	"logskiff/record"
	"logskiff/senders/encode"
)

func stream() *record.Stream {
	return &record.Stream{
		ID: record.StreamID{1, 2, 3}, Path: "/var/log/a.log",
		Origin: &record.Origin{Host: "web-1", Source: "shop", Tags: []record.Tag{{Key: "env", Value: "prod"}}},
	}
}

// newBatch returns a batch of one segment of lines, at offset 1000.
func newBatch(lines ...string) *record.Batch {
	b := &record.Batch{ReadAt: 1795224047e9}
	at := int64(1000)
	for _, l := range lines {
		b.Records = append(b.Records, record.Record{
			Offset: at, Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))}, Size: uint32(len(l) + 1),
		})
		b.Buf = append(append(b.Buf, l...), '\n')
		at += int64(len(l) + 1)
	}
	b.Segments = []record.Segment{{Stream: stream(), Start: 1000, End: at, N: len(lines)}}
	return b
}

func newParser(t testing.TB, kind string) parsers.Parser {
	t.Helper()
	var p parsers.Parser
	var err error
	switch kind {
	case "raw":
		p = parsers.NewRaw()
	case "json":
		p, err = parsers.NewJSON(parsers.JSONConfig{})
	case "logfmt":
		p, err = parsers.NewLogfmt(parsers.DefaultLogfmt())
	case "cri":
		p, err = parsers.NewCRI(parsers.CRIConfig{})
	case "docker":
		p, err = parsers.NewDocker(parsers.DockerConfig{})
	default:
		c := parsers.DefaultNginx()
		if kind != "nginx" {
			c.Format = kind
		}
		p, err = parsers.NewNginx(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newStage(t testing.TB, steps ...Step) parsers.Parser {
	t.Helper()
	p, err := New(steps)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// through sends lines through a parser and steps, and returns what is sent of them
// without offsets; each line is valid JSON.
func through(t testing.TB, kind string, steps []Step, lines ...string) []string {
	t.Helper()
	stage := newStage(t, steps...)
	var out []string
	for range 2 { // what is known of a schema or a text the second time must not differ
		b := newBatch(lines...)
		before := string(b.Buf)
		newParser(t, kind).Parse(b)
		stage.Parse(b)
		if string(b.Buf[:len(before)]) != before {
			t.Fatal("the lines were rewritten")
		}
		if n := len(b.Records) + b.Dropped; n != len(lines) {
			t.Fatalf("of %d lines %d are sent or dropped", len(lines), n)
		}
		again := encoded(t, b)
		if out != nil && strings.Join(out, "\n") != strings.Join(again, "\n") {
			t.Fatalf("at first %q, then %q", out, again)
		}
		out = again
	}
	return out
}

func encoded(t testing.TB, b *record.Batch) (out []string) {
	t.Helper()
	body := encode.NewNDJSON(nil).Append(nil, b, 0, len(b.Records))
	for line := range strings.Lines(string(body)) {
		line = strings.TrimSuffix(line, "\n")
		if !json.Valid([]byte(line)) || !utf8.ValidString(line) {
			t.Fatalf("not JSON: %q", line)
		}
		_, line, _ = strings.Cut(line, `{"_offset":`)
		line = strings.TrimLeft(line, "0123456789")
		out = append(out, strings.TrimPrefix(strings.TrimSuffix(line, "}"), ","))
	}
	return out
}

// columns is a format whose lines are three texts and a number.
const columns = `$http_a|$http_b|$http_c|$status`

func TestStepsOnFields(t *testing.T) {
	f := func(want string, steps ...Step) {
		t.Helper()
		for kind, line := range map[string]string{
			columns:  `x|y|z|200`,
			"json":   `{"http_a":"x", "http_b":"y","http_c":"z","status":200}`,
			"logfmt": `http_a=x http_b=y http_c=z status=200`,
		} {
			got := through(t, kind, steps, line, line)
			if s := strings.ReplaceAll(got[0], `, "`, `,"`); s != want || got[1] != got[0] {
				t.Errorf("%s: got %s and %s\nwant %s", kind, got[0], got[1], want)
			}
		}
	}
	const whole = `"http_a":"x","http_b":"y","http_c":"z","status":200`
	f(whole, Step{Keep: []string{"http_a", "http_b", "http_c", "status", "more"}})
	f(`"http_b":"y","status":200`, Step{Keep: []string{"status", "http_b"}})
	f(`"http_a":"x","status":200`, Step{Drop: []string{"http_b", "http_c", "none"}})
	f(whole, Step{Drop: []string{"none"}})
	f(``, Step{Keep: []string{"none"}})
	f(`"a":"x","http_b":"y","http_c":"z","status":200`, Step{Rename: map[string]string{"http_a": "a", "none": "b"}})
	f(`"http_b":"x","http_a":"y","http_c":"z","status":200`, Step{Rename: map[string]string{"http_a": "http_b", "http_b": "http_a"}})
	f(`"http_c":"x","http_b":"y","status":200`, Step{Rename: map[string]string{"http_a": "http_c"}})
	f(`"http_b":"y","status":200,"http_c":"new"`, Step{Rename: map[string]string{"http_a": "http_c"}}, Step{Add: map[string]string{"http_c": "new"}})
	f(whole+`,"env":"prod","id":"01020300000000000000000000000000","node":"web-1","p":"/var/log/a.log","s":"shop","t":"$x"`,
		Step{Add: map[string]string{"node": "$host", "env": "$tag.env", "none": "$tag.none", "p": "$path", "s": "$source", "t": "$$x", "id": "$stream"}})
	f(`"http_a":"x","http_b":"y","http_c":"z","status":"200"`, Step{Type: map[string]string{"status": "string", "http_a": "number", "http_b": "bool"}})
	f(`"http_a":"x","http_b":"y","http_c":"z","status":200,"b":true,"n":1.5`,
		Step{Add: map[string]string{"n": " +01.5", "b": "Yes"}}, Step{Type: map[string]string{"n": "number", "b": "bool"}})
	f(`"http_a":"x","b":"***","status":200`, Step{Drop: []string{"http_c"}}, Step{Redact: []string{"all"}, Fields: []string{"http_b"}}, Step{Rename: map[string]string{"http_b": "b"}})
	f(`"http_a":"3907347a65f6001d4cef35d4b93f9ed9","status":200`, Step{Hash: []string{"http_a"}, Salt: "pepper"}, Step{Keep: []string{"http_a", "status"}})
	f(whole, Step{DropIf: `status >= 500`})
	f(whole, Step{KeepIf: `http_a == "x" && path endsWith ".log" && host == "web-1" && source == "shop" && tags["env"] == "prod" && fields["http_b"] == "y" && missing == nil`})
	f(whole, Step{DropIf: `missing > 5`}) // cannot be told
	f(whole, Step{DropIf: `http_a`})      // is neither true nor false
	f(whole, Step{Sample: everyNth(1)})
	f(whole, Step{Sample: everyNth(1_000_000), If: `status == 404`})
}

func TestClonesShareNothingThatChanges(t *testing.T) {
	stage := newStage(t,
		Step{Query: "request_uri"}, Step{Hash: []string{"remote_addr"}, Salt: "s"}, Step{Redact: []string{"email", "token"}, Pattern: "Fire.*"},
		Step{Add: map[string]string{"p": "$path"}}, Step{Path: `(?P<name>\w+)\.log$`}, Step{DropIf: `status == 200 && query_ref contains "7"`}, Step{Sample: everyNth(2)})
	do := func() string {
		b := newBatch(accessLines(200)...)
		newParser(t, "nginx").Parse(b)
		stage.Clone().Parse(b)
		return strings.Join(encoded(t, b), "\n")
	}
	want := do()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5 {
				if got := do(); got != want {
					t.Errorf("got %.200s\nwant %.200s", got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestWhatExpressionsSee(t *testing.T) {
	f := func(line, expression string) {
		t.Helper()
		for want, s := range []Step{{DropIf: expression}, {KeepIf: expression}} {
			if got := through(t, "json", []Step{s}, line); len(got) != want {
				t.Errorf("%s of %s: %d lines left, want %d", expression, line, len(got), want)
			}
		}
	}
	f(`{"message":"a\"b","x\n":"c\\d","z":1}`, `message == "a\"b" && fields["x\n"] == "c\\d" && z == 1`)
	f(`{"a":1}`, `message == '{"a":1}' && message startsWith "{"`)
	f(`{"message":7}`, `message == "7"`)
	f(`{"n":1.5,"t":true,"o":{"a":[1,2]},"s":""}`, `n == 1.5 && t && o.a[1] == 2 && s == "" && missing == nil && not (missing ?? false)`)
	f(`{"n":123456789012345678901}`, `n > 1e20`)
	f(`{"a":"x"}`, `a in ["x", "y"] && a matches "^[xy]$" && upper(a) == "X" && time.Year() == 1970`)
}

func TestObjectsOfManyMembersTakeLinearTime(t *testing.T) {
	var s strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&s, `,"name%d":"a value of some length"`, i)
	}
	line := "{" + s.String()[1:] + "}"
	var repeated strings.Builder
	for range 200_000 {
		repeated.WriteString(`,"a":"x@y.de"`)
	}
	start := time.Now()
	for _, line := range []string{line, "{" + repeated.String()[1:] + "}"} {
		through(t, "json", []Step{
			{Rename: map[string]string{"name7": "a", "name199999": "b", "a": "c"}}, {Add: map[string]string{"a": "x", "n": "$host"}},
			{Drop: []string{"name8", "name9"}}, {Type: map[string]string{"name10": "number"}}, {Hash: []string{"a", "name11"}, Salt: "x"},
			{Redact: []string{"email", "card", "token", "ipv4", "ipv6"}}, {DropIf: "name12 == 5"}, {JSON: "name13"}, {Query: "name14"},
		}, line)
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %v", d)
	}
}

func everyNth(n int) *int    { return &n }
func plain(s string) *string { return &s }

func TestLinesThatNobodyParsed(t *testing.T) {
	f := func(kind, line, want string, steps ...Step) {
		t.Helper()
		if got := through(t, kind, steps, line); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %s\nwant %s", line, got, want)
		}
	}
	f("raw", `a@example.com`, `"message":"***"`, Step{Redact: []string{"email"}})
	f("raw", `a@example.com`, `"message":"a@example.com"`, Step{Redact: []string{"email"}, Fields: []string{"other"}})
	f("raw", `a`, `"message":"a","env":"prod"`, Step{Add: map[string]string{"env": "prod"}})
	f("raw", `a`, `"text":"a"`, Step{Rename: map[string]string{"message": "text"}})
	f("raw", `{"a":1} `, `"a":1`, Step{JSON: "message"})
	f("raw", `{"a":1`, `"message":"{\"a\":1"`, Step{JSON: "message"})
	f("raw", `7`, `"message":7`, Step{Type: map[string]string{"message": "number"}})
	for text, number := range map[string]string{
		"9223372036854775807": "9223372036854775807", "9223372036854775808": "", "1e999": "", "12e4567": "", "NaN": "", "0x1f": "",
		"0.12345678901234567890": "", " +07.50 ": "7.50", "-.5": "-0.5", "12e45": "12e45",
	} {
		want := `"message":` + number
		if number == "" {
			want += `"` + text + `"`
		}
		f("raw", text, want, Step{Type: map[string]string{"message": "number"}})
	}
	f("json", `a@example.com`, `"message":"***","parse_error":"not a JSON object"`, Step{Redact: []string{"email"}}, Step{Keep: []string{"b"}}, Step{Drop: []string{"message"}})
	f("json", `a b=c`, `"message":"a b=c","parse_error":"not a JSON object","env":"prod"`,
		Step{Add: map[string]string{"env": "prod", "message": "gone"}}, Step{Rename: map[string]string{"message": "x"}}, Step{JSON: "message"}, Step{KeyValue: "message"}, Step{Hash: []string{"message"}, Salt: "x"})
	f("json", `a`, `"message":"a","parse_error":"not a JSON object"`, Step{KeepIf: `parse_error != nil && message == "a"`})
	for _, kind := range []string{"raw", "json", columns} {
		if got := through(t, kind, []Step{{DropIf: `message matches "^x"`}}, "xa", "b"); len(got) != 1 {
			t.Errorf("%s: got %q, want one line", kind, got)
		}
	}
}

func TestALineThatFailedIsKnownAsSuchWithFieldsToo(t *testing.T) {
	b := newBatch("a")
	newParser(t, "json").Parse(b)
	newStage(t, Step{Add: map[string]string{"env": "prod"}}).Parse(b)
	if r := b.Records[0]; r.Kind != record.Pairs || r.Flags&record.Unparsed == 0 || b.Failed != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestPiecesOfLongLinesAreOnlyRedacted(t *testing.T) {
	b := newBatch("a@example.com", "b")
	b.Records[0].Flags, b.Records[0].Part = record.Part, 1
	newStage(t, Step{Redact: []string{"email"}}, Step{Add: map[string]string{"a": "b"}}, Step{Sample: everyNth(1 << 40)}).Parse(b)
	if got := encoded(t, b); len(got) != 1 || got[0] != `"message":"***","part":1` {
		t.Errorf("got %q", got)
	}
}

func TestFieldsInsideFields(t *testing.T) {
	f := func(line, want string, steps ...Step) {
		t.Helper()
		if got := through(t, "json", steps, line); got[0] != want {
			t.Errorf("%s\n got %s\nwant %s", line, got[0], want)
		}
	}
	f(`{"a":1,"log":"{\"b\":\"x\\ny\",\"c\":[1]}\n"}`, `"a":1,"b":"x\ny","c":[1]`, Step{JSON: "log"})
	f(`{"a":1,"log":{"b":{"c":2}}}`, `"a":1,"log.b":{"c":2}`, Step{JSON: "log", Prefix: plain("log.")})
	f(`{"a":1,"log":{}}`, `"a":1`, Step{JSON: "log"})
	f(`{"log":{"time":1,"_offset":"x","_o":2,"ti\u006de_from":3}}`, `"time_2":1,"_offset_2":"x","_o":2,"ti\u006de_from_2":3`, Step{JSON: "log"})
	f(`{"log":"parse_error=no a=1"}`, `"parse_error_2":"no","a":1`, Step{KeyValue: "log"})
	f(`{"u":"/?%74ime=1&_stream=2"}`, `"u":"/?%74ime=1&_stream=2","time_2":"1","_stream_2":"2"`, Step{Query: "u", Prefix: plain("")})
	f(`{"a":1,"log":"[1]"}`, `"a":1,"log":"[1]"`, Step{JSON: "log"})
	f(`{"log":"x"}`, `"log":"x"`, Step{JSON: "none"})
	f(`{"log":"{\"a\":\n1}"}`, `"a":1`, Step{JSON: "log"})
	f(`{"log":"{\"a\":[\n]}"}`, `"a":[ ]`, Step{JSON: "log"})
	f(`{"log":"{\"a\":\"{\\\"b\\\":true}\"}"}`, `"b":true`, Step{JSON: "log"}, Step{JSON: "a"})
	f(`{"kv":"a=1 b=\"two words\""}`, `"a":1,"b":"two words"`, Step{KeyValue: "kv"})
	f(`{"kv":"a=1"}`, `"kv_a":1`, Step{KeyValue: "kv", Prefix: plain("kv_")})
	f(`{"kv":"no pairs"}`, `"kv":"no pairs"`, Step{KeyValue: "kv"})
	f(`{"kv":{"a":"b=c"}}`, `"kv":{"a":"b=c"}`, Step{KeyValue: "kv"})
	f(`{"u":"/a?b=1&c=%C3%A9+x&d&=e&%zz=1#f=2"}`, `"u":"/a?b=1&c=%C3%A9+x&d&=e&%zz=1#f=2","query_b":"1","query_c":"é x","query_d":"","query_%zz":"1"`, Step{Query: "u"})
	f(`{"u":"b=1&c=2"}`, `"u":"b=1&c=2","b":"1","c":"2"`, Step{Query: "u", Prefix: plain("")})
	f(`{"u":"/a=b"}`, `"u":"/a=b"`, Step{Query: "u"})
	f(`{"u":"https://a/b=c"}`, `"u":"https://a/b=c"`, Step{Query: "u"})
	f(`{"u":"/?a=%ff"}`, `"u":"/?a=%ff","query_a":"�","invalid_utf8":true`, Step{Query: "u"})
	got := through(t, "nginx", []Step{{Query: "request_uri"}, {Keep: []string{"status", "query_q"}}},
		`1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /s?q=a%20b HTTP/1.1" 200 5 "-" "x"`, `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "-" 400 5 "-" "x"`)
	if got[0] != `"time":"2026-11-21T02:20:47+01:00","status":200,"query_q":"a b"` || got[1] != `"time":"2026-11-21T02:20:47+01:00","status":400` {
		t.Errorf("got %q", got)
	}
}

func TestEveryValueOfARepeatedNameIsHidden(t *testing.T) {
	line := `{"a":"x@example.com","a":"y@example.com"}`
	if got := through(t, "json", []Step{{Redact: []string{"email"}, Fields: []string{"a"}}}, line); got[0] != `"a":"***","a":"***"` {
		t.Errorf("got %s", got[0])
	}
	if got := through(t, "json", []Step{{Drop: []string{"a"}}}, line); got[0] != `` {
		t.Errorf("got %s", got[0])
	}
}

func TestWhatNoStepChangesStaysWhatItIs(t *testing.T) {
	b := newBatch(`{"a" : 1}`)
	newParser(t, "json").Parse(b)
	newStage(t, Step{Drop: []string{"b"}}, Step{Redact: []string{"email"}}, Step{DropIf: "a == 2"}).Parse(b)
	if r := b.Records[0]; r.Kind != record.Object || string(b.Bytes(r.Text)) != `{"a" : 1}` {
		t.Errorf("got %+v", r)
	}
}

func TestSamplesAreTheSameEachTime(t *testing.T) {
	lines := make([]string, 2000)
	for i := range lines {
		lines[i] = fmt.Sprintf("line %d", i)
	}
	first := through(t, "raw", []Step{{Sample: everyNth(10)}}, lines...)
	if len(first) < 150 || len(first) > 250 {
		t.Errorf("%d of 2000 lines are in the sample, want about 200", len(first))
	}
	// The decision is part of what is on disks and in indexes: it never changes.
	if got := identity(&record.StreamID{1, 2, 3}, 1000); got != 0x7e842cbcc48930db {
		t.Errorf("the identity is mixed to %#x", got)
	}
}

func TestBatchesOfSeveralStreams(t *testing.T) {
	b := newBatch("a", "b", "c", "d")
	other := stream()
	other.Path = "/other"
	b.Segments = []record.Segment{{Stream: stream(), Start: 1000, End: 1002, N: 1}, {Stream: other, Start: 1002, End: 1006, First: 1, N: 2}, {Stream: stream(), Start: 1006, End: 1008, First: 3, N: 1}}
	newStage(t, Step{Add: map[string]string{"p": "$path"}}, Step{DropIf: `message == "c"`}).Parse(b)
	want := []string{`"message":"a","p":"/var/log/a.log"`, `"message":"b","p":"/other"`, `"message":"d","p":"/var/log/a.log"`}
	if got := encoded(t, b); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %q", got)
	}
	if b.Dropped != 1 || b.Segments[1].Dropped != 2 || b.Segments[1].N != 1 || b.Segments[2].First != 2 {
		t.Errorf("got %+v", b.Segments)
	}
	loose := newBatch("a@example.com")
	loose.Segments = nil
	newStage(t, Step{Redact: []string{"email"}}).Parse(loose)
	if got := encoded(t, loose); got[0] != `"message":"***"` {
		t.Errorf("a batch without segments: %q", got)
	}
}

func TestExpressionsThatCannotBeToldAreCounted(t *testing.T) {
	b := newBatch(`{"status":500}`, `{"status":"x"}`, `{}`)
	newParser(t, "json").Parse(b)
	newStage(t, Step{DropIf: "status >= 500"}).Parse(b)
	if b.Undecided != 2 || b.Dropped != 1 || len(b.Records) != 2 {
		t.Errorf("%d undecided, %d dropped, %d left", b.Undecided, b.Dropped, len(b.Records))
	}
}

func TestStepsThatAreWrong(t *testing.T) {
	f := func(s Step, want string) {
		t.Helper()
		err := s.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %s", s, err, want)
		}
		if _, ok := err.(*conf.FieldError); !ok && err != nil {
			for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
				if _, ok := e.(*conf.FieldError); !ok {
					t.Errorf("%v names no key", e)
				}
			}
		}
	}
	f(Step{}, "no action")
	f(Step{Keep: []string{"a"}, Drop: []string{"b"}}, "a second action beside keep")
	f(Step{Keep: []string{}}, "at least one field")
	f(Step{Keep: []string{"a"}, Salt: "x"}, "salt: does not belong to keep")
	f(Step{Rename: map[string]string{"a": "_b"}}, "rename.a: names that begin with _")
	f(Step{Rename: map[string]string{"a": "c", "b": "c"}}, "rename.b: gives two fields one name")
	f(Step{Add: map[string]string{"time": "x"}}, "written by the agent")
	f(Step{Add: map[string]string{"a\"": "x"}}, "quotes")
	f(Step{Add: map[string]string{"a": "$hots"}}, "stands for nothing")
	f(Step{Type: map[string]string{"a": "int"}}, "there is no type")
	f(Step{Redact: []string{"phone"}}, "redact[0]: cannot hide")
	f(Step{Redact: []string{"all"}}, "all needs to know")
	f(Step{Pattern: "("}, "pattern")
	f(Step{Pattern: "a*"}, "empty text")
	f(Step{Pattern: "a", With: plain("\"")}, "with")
	f(Step{Hash: []string{"a"}}, "needs a salt")
	f(Step{DropIf: "status >"}, "drop_if: cannot read the expression")
	f(Step{KeepIf: "message > 5"}, "keep_if: cannot read the expression")
	f(Step{DropIf: "now().Year() > 5"}, "drop_if: there is no function now")
	f(Step{DropIf: "1 + 1"}, "drop_if")
	f(Step{Sample: everyNth(0)}, "sample: must be at least 1")
	f(Step{Sample: everyNth(2), If: "("}, "if: cannot read")
	f(Step{JSON: "a", Prefix: plain("_")}, "prefix")
}
