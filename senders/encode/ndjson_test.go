package encode

import (
	"strings"
	"testing"
	"time"

	"logskiff/record"
)

func encoded(b *record.Batch, repeat ...string) string {
	return string(NewNDJSON(repeat).Append(nil, b, 0, len(b.Records)))
}

func TestNDJSONByKind(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		setup func(b *record.Batch, r *record.Record)
		want  string
	}{
		"raw":         {`say "hi"`, nil, `{"_offset":7,"message":"say \"hi\""}`},
		"empty":       {``, nil, `{"_offset":7,"message":""}`},
		"bad UTF-8":   {"a\xff", nil, "{\"_offset\":7,\"message\":\"a\uFFFD\",\"invalid_utf8\":true}"},
		"flagged bad": {"a\uFFFD", func(_ *record.Batch, r *record.Record) { r.Flags = record.BadUTF8 }, "{\"_offset\":7,\"message\":\"a\uFFFD\",\"invalid_utf8\":true}"},
		"failed":      {`x`, func(b *record.Batch, _ *record.Record) { b.Fail(0, `no "time"`) }, `{"_offset":7,"message":"x","parse_error":"no \"time\""}`},
		"part": {`x`, func(_ *record.Batch, r *record.Record) { r.Flags, r.Part = record.Part, 3 },
			`{"_offset":7,"message":"x","part":3}`},
		"last part": {`x`, func(_ *record.Batch, r *record.Record) { r.Flags, r.Part = record.Part|record.LastPart, 4 },
			`{"_offset":7,"message":"x","part":4,"last_part":true}`},
		"time": {`x`, func(_ *record.Batch, r *record.Record) {
			r.Time, r.Zone = time.Date(2026, 11, 21, 1, 20, 47, 123e6, time.UTC).UnixNano(), 60
		}, `{"_offset":7,"time":"2026-11-21T02:20:47.123+01:00","message":"x"}`},
		"object":        {`{"a": 1}`, isObject, `{"_offset":7,"a": 1}`},
		"empty object":  {"{ \t }", isObject, `{"_offset":7}`},
		"spaced object": {"{ \"a\":[]}", isObject, `{"_offset":7, "a":[]}`},
		"object with replaced bytes": {`{"a":1}`, func(b *record.Batch, r *record.Record) { isObject(b, r); r.Flags = record.BadUTF8 },
			`{"_offset":7,"invalid_utf8":true,"a":1}`},
		"columns": {`12 - x" [1]`, func(b *record.Batch, r *record.Record) {
			r.Kind = record.Columns
			b.Schema = record.NewSchema([]string{"status", "user", "agent", "list"})
			b.Fields = []record.Field{{Span: record.Span{Off: 0, Len: 2}, Type: record.Number}, {},
				{Span: record.Span{Off: 5, Len: 2}, Type: record.String}, {Span: record.Span{Off: 8, Len: 3}, Type: record.JSON}}
		}, `{"_offset":7,"status":12,"agent":"x\"","list":[1]}`},
		"pairs": {`us"er=ann n=12 "k"`, func(b *record.Batch, r *record.Record) {
			b.Fields = []record.Field{
				{Span: record.Span{Off: 0, Len: 5}, Type: record.String}, {Span: record.Span{Off: 6, Len: 3}, Type: record.String},
				{Span: record.Span{Off: 10, Len: 1}, Type: record.String}, {},
				{Span: record.Span{Off: 15, Len: 3}, Type: record.JSON}, {Span: record.Span{Off: 12, Len: 2}, Type: record.Number},
			}
			b.SetPairs(0, 0)
		}, `{"_offset":7,"us\"er":"ann","k":12}`},
		"time of reading": {`x`, func(_ *record.Batch, r *record.Record) { r.Time, r.Flags = 1e9, record.ReadTime },
			`{"_offset":7,"time":"1970-01-01T00:00:01Z","time_from":"read","message":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBatch(7, c.text)
			if c.setup != nil {
				c.setup(b, &b.Records[0])
			}
			if got := encoded(b); got != c.want+"\n" {
				t.Fatalf("got  %swant %s", got, c.want)
			}
		})
	}
}

func isObject(_ *record.Batch, r *record.Record) { r.Kind = record.Object }

func TestColumnsOfAnyNameInOneEncoder(t *testing.T) {
	e := NewNDJSON(nil)
	var dst []byte
	for n := 1; n < 100; n++ {
		name := strings.Repeat("n", n)
		b := newBatch(0, strings.Repeat("\x01", n))
		b.Records[0].Kind = record.Columns
		b.Schema = record.NewSchema([]string{name, "x"})
		b.Fields = []record.Field{{Span: b.Records[0].Text, Type: record.String}, {Span: b.Records[0].Text, Type: record.String}}
		value := `":"` + strings.Repeat(`\u0001`, n) + `"`
		want := `{"_offset":0,"` + name + value + `,"x` + value + "}\n"
		if dst = e.Append(dst[:0], b, 0, 1); string(dst) != want {
			t.Fatalf("got  %s\nwant %s", dst, want)
		}
	}
}

func TestNDJSONRepeatsWhatIsChosenForEachSegment(t *testing.T) {
	b := newBatch(0, "a")
	addSegment(b, &record.Stream{Path: "/p\xff"}, 5, "b")
	got := encoded(b, "tags", "path", "stream", "host", "source")
	want := `{"_offset":0,"_stream":"ab010000000000000000000000000000","_host":"web-1","_source":"nginx","_path":"/var/log/nginx/access.log","_tags":{"env":"prod","é":"\"x\""},"message":"a"}
{"_offset":5,"_stream":"00000000000000000000000000000000","_host":"","_source":"","_path":"/p` + "\uFFFD" + `","message":"b"}
`
	if got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

func TestNDJSONAppendsOnlyItsRange(t *testing.T) {
	b := newBatch(0, "a", "b", "c")
	addSegment(b, testStream, 100, "d", "e")
	for _, repeat := range [][]string{nil, {"host"}} {
		e := NewNDJSON(repeat)
		whole := string(e.Append(nil, b, 0, 5))
		var parts []byte
		for i := range 5 {
			parts = e.Append(parts, b, i, i+1)
		}
		if string(parts) != whole || strings.Count(whole, "\n") != 5 {
			t.Fatalf("the parts are\n%s\nthe whole is\n%s", parts, whole)
		}
		if got := e.Append([]byte("x"), b, 2, 2); string(got) != "x" {
			t.Fatalf("no records became %q", got)
		}
	}
}

func TestRepeatNamesAreChecked(t *testing.T) {
	for _, bad := range [][]string{{"hosts"}, {"host", "host"}, {""}} {
		if CheckRepeat(bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if err := CheckRepeat([]string{"tags", "host"}); err != nil {
		t.Error(err)
	}
}

func TestNDJSONAllocatesNothingPerLine(t *testing.T) {
	b := newBatch(0, accessLines(1000)...)
	e := NewNDJSON([]string{"host"})
	dst := e.Append(nil, b, 0, 1000)
	// One allocation turns a stream's host into bytes; none depends on the lines.
	if n := testing.AllocsPerRun(20, func() { dst = e.Append(dst[:0], b, 0, 1000) }); n > 1 {
		t.Fatalf("%v allocations for 1,000 lines", n)
	}
}

func BenchmarkNDJSONRaw(b *testing.B) {
	batch := newBatch(1<<33, accessLines(2000)...)
	e := NewNDJSON(nil)
	dst := e.Append(nil, batch, 0, 2000)
	b.SetBytes(textBytes(batch))
	b.ReportAllocs()
	for b.Loop() {
		dst = e.Append(dst[:0], batch, 0, 2000)
	}
}
