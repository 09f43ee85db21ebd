package encode

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"logskiff/record"
)

func document(b *record.Batch, facts ...string) string {
	return string(NewDocument(facts).Append(nil, b, &b.Records[0], testStream))
}

func TestADocumentHasEachNameOnceAndATime(t *testing.T) {
	const read, at = `"2026-11-28T10:00:00.5Z"`, `"2026-11-21T02:20:47Z"`
	when := time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC).UnixNano()
	timed := func(b *record.Batch, r *record.Record) { isObject(b, r); r.Time = when }
	for name, c := range map[string]struct {
		text  string
		setup func(b *record.Batch, r *record.Record)
		want  string // behind the origin
	}{
		"raw":                  {`say "hi"`, nil, `"message":"say \"hi\"","time_from":"read","@timestamp":` + read},
		"failed":               {"x\xff", func(b *record.Batch, _ *record.Record) { b.Fail(0, "no") }, "\"message\":\"x\uFFFD\",\"parse_error\":\"no\",\"invalid_utf8\":true,\"time_from\":\"read\",\"@timestamp\":" + read},
		"object":               {`{ "a" : 1, "b":[{"a":2}] }`, timed, `"a":1,"b":[{"a":2}],"@timestamp":` + at},
		"empty object":         {`{}`, timed, `"@timestamp":` + at},
		"names twice":          {`{"a":1,"b":2,"a":{"c":3},"b":4}`, timed, `"a":1,"b":2,"@timestamp":` + at},
		"own time, found":      {`{"@timestamp":"2026-11-21T03:20:47+01:00","a":1}`, timed, `"a":1,"@timestamp":` + at},
		"own time, another":    {`{"@timestamp":"2026-11-21T03:20:48Z"}`, timed, `"fields.@timestamp":"2026-11-21T03:20:48Z","@timestamp":` + at},
		"own time, not found":  {`{"@timestamp":"2026-11-21T03:20:48.25Z","@timestamp":"2020-01-01T00:00:00Z"}`, isObject, `"@timestamp":"2026-11-21T03:20:48.25Z","fields.@timestamp":"2020-01-01T00:00:00Z"`},
		"own time, no time":    {`{"@timestamp":"0001-01-01T00:00:00Z"}`, isObject, `"fields.@timestamp":"0001-01-01T00:00:00Z","time_from":"read","@timestamp":` + read},
		"own time, none":       {`{"\u0040timestamp":"yesterday","logskiff":null}`, isObject, `"fields.\u0040timestamp":"yesterday","fields.logskiff":null,"time_from":"read","@timestamp":` + read},
		"of a forwarder":       {`{"time_from":"read","invalid_utf8":true,"message":"m"}`, func(b *record.Batch, r *record.Record) { isObject(b, r); r.Flags |= record.BadUTF8 }, `"time_from":"read","invalid_utf8":true,"message":"m","@timestamp":` + read},
		"time of reading":      {`x`, func(_ *record.Batch, r *record.Record) { r.Time, r.Flags = when, record.ReadTime }, `"message":"x","time_from":"read","@timestamp":` + at},
		"columns":              {`12 y`, columnsOf("status", "user"), `"status":12,"user":"y","@timestamp":` + at},
		"columns twice":        {`12 y`, columnsOf("user", "user"), `"user":12,"@timestamp":` + at},
		"columns of our names": {`12 y`, columnsOf("logskiff", "time_from"), `"fields.logskiff":12,"time_from":"y","@timestamp":` + at},
		"pairs": {`a=1 b=2 a=3`, func(b *record.Batch, r *record.Record) {
			for i := range 3 {
				b.Fields = append(b.Fields, record.Field{Span: record.Span{Off: uint32(4 * i), Len: 1}, Type: record.String},
					record.Field{Span: record.Span{Off: uint32(4*i + 2), Len: 1}, Type: record.Number})
			}
			b.SetPairs(0, 0)
			r.Time = when
		}, `"a":1,"b":2,"@timestamp":` + at},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBatch(7, c.text)
			b.ReadAt = time.Date(2026, 11, 28, 10, 0, 0, 5e8, time.UTC).UnixNano()
			if c.setup != nil {
				c.setup(b, &b.Records[0])
			}
			want := `{"logskiff":{"host":"web-1","offset":7},` + c.want + "}"
			if got := document(b, "offset", "host"); got != want {
				t.Fatalf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func columnsOf(names ...string) func(b *record.Batch, r *record.Record) {
	return func(b *record.Batch, r *record.Record) {
		r.Kind, r.Time = record.Columns, time.Date(2026, 11, 21, 2, 20, 47, 0, time.UTC).UnixNano()
		b.Schema = record.NewSchema(names)
		b.Fields = []record.Field{{Span: record.Span{Len: 2}, Type: record.Number}, {Span: record.Span{Off: 3, Len: 1}, Type: record.String}}
	}
}

func TestADocumentSaysWhereItComesFrom(t *testing.T) {
	b := newBatch(7, "x")
	f := func(want string, facts ...string) {
		t.Helper()
		if got := document(b, facts...); !strings.HasPrefix(got, `{"logskiff":{`+want+`},"message":"x"`) {
			t.Errorf("%q: got %s", facts, got)
		}
	}
	f("")
	f(`"offset":7`, "offset")
	f(`"host":"web-1","source":"nginx","path":"/var/log/nginx/access.log","tags":{"env":"prod","é":"\"x\""},"stream":"ab010000000000000000000000000000","offset":7`,
		"offset", "stream", "tags", "path", "source", "host")
	// Another stream, then the first again, and none.
	d := NewDocument([]string{"host", "path", "tags"})
	var all []byte
	for _, s := range []*record.Stream{testStream, {Path: "/p", Origin: &record.Origin{Host: "h"}}, nil, testStream} {
		all = append(d.Append(all, b, &b.Records[0], s), '\n')
	}
	lines := strings.Split(string(all), "\n")
	if lines[0] != lines[3] || !strings.HasPrefix(lines[1], `{"logskiff":{"host":"h","path":"/p"},`) || !strings.HasPrefix(lines[2], `{"logskiff":{"host":""},`) {
		t.Errorf("got %s", all)
	}
	for _, bad := range [][]string{{"hosts"}, {"host", "host"}, {""}} {
		if CheckFacts(bad) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// An object of very many names costs as much for each as one of few.
func TestADocumentOfManyNames(t *testing.T) {
	var text strings.Builder
	for i := range 50_000 {
		text.WriteString(`,"n` + strings.Repeat("x", i%50) + time.Duration(i%49_000).String() + `":1`)
	}
	b := newBatch(0, "{"+text.String()[1:]+"}")
	isObject(b, &b.Records[0])
	var got map[string]any
	if err := json.Unmarshal([]byte(document(b)), &got); err != nil {
		t.Fatal(err)
	}
	once(t, document(b))
}

// once fails the test when a name is twice in an object.
func once(t *testing.T, object string) (names map[string]string) {
	t.Helper()
	names = map[string]string{}
	d := json.NewDecoder(strings.NewReader(object))
	if _, err := d.Token(); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		if _, ok := names[name.(string)]; ok {
			t.Fatalf("%q is there twice: %.2000s", name, object)
		}
		names[name.(string)] = string(value)
	}
	return names
}

func FuzzDocumentsOfObjects(f *testing.F) {
	for _, s := range []string{`{"a":1,"a":2}`, `{"@timestamp":"2026-11-21T03:20:48.25Z","logskiff":{}}`, `{"fields.logskiff":1,"logskiff":2}`, `{"time_from":1,"invalid_utf8":[]}`} {
		f.Add(s, int64(0), false)
		f.Add(s, int64(1763695248250000000), true)
	}
	f.Fuzz(func(t *testing.T, text string, at int64, bad bool) {
		if strings.ContainsRune(text, '\\') { // names that differ in their escapes alone are left to the store
			return
		}
		b := newBatch(3, text)
		b.ReadAt = 1
		r := &b.Records[0]
		if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") && json.Valid([]byte(text)) && utf8.ValidString(text) {
			r.Kind = record.Object
		}
		r.Time = at
		if bad {
			r.Flags |= record.BadUTF8
		}
		got := document(b, "offset")
		if !json.Valid([]byte(got)) || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", text, got)
		}
		names := once(t, got)
		if names[TimeName] == "" || names[OriginName] != `{"offset":3}` {
			t.Fatalf("%q became %s", text, got)
		}
	})
}

func TestADocumentAllocatesNothingPerRecord(t *testing.T) {
	for kind, b := range map[string]*record.Batch{"raw": newBatch(0, accessLines(1000)...), "objects": objects(1000)} {
		d := NewDocument([]string{"host", "path", "tags", "offset"})
		all := func(dst []byte) []byte {
			for i := range b.Records {
				dst = append(d.Append(dst, b, &b.Records[i], testStream), '\n')
			}
			return dst
		}
		dst := all(nil)
		if n := testing.AllocsPerRun(20, func() { dst = all(dst[:0]) }); n > 0 {
			t.Errorf("%s: %v allocations for 1,000 records", kind, n)
		}
	}
}

func objects(n int) *record.Batch {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = `{"@timestamp":"2026-11-21T03:20:48.25Z","level":"info","message":"order 12 was paid","user":{"id":"u1"},"took":0.123,"path":"/catalog/item/1?ref=a","ok":true}`
	}
	b := newBatch(0, lines...)
	for i := range b.Records {
		b.Records[i].Kind = record.Object
	}
	return b
}

func BenchmarkDocument(b *testing.B) {
	for kind, batch := range map[string]*record.Batch{"raw": newBatch(1<<33, accessLines(2000)...), "objects": objects(2000)} {
		b.Run(kind, func(b *testing.B) {
			d := NewDocument([]string{"host", "path", "tags", "offset"})
			var dst []byte
			b.SetBytes(textBytes(batch))
			b.ReportAllocs()
			for b.Loop() {
				dst = dst[:0]
				for i := range batch.Records {
					dst = append(d.Append(dst, batch, &batch.Records[i], testStream), '\n')
				}
			}
		})
	}
}
