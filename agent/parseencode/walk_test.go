package parseencode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"logskiff/parsers"
	"logskiff/record"
	"logskiff/senders/encode"
)

var stream = &record.Stream{Path: "/a", Origin: &record.Origin{Host: "h", Tags: []record.Tag{{Key: "k", Value: "v"}}}}

func newBatch(lines ...string) *record.Batch {
	b := &record.Batch{}
	var at int64
	for _, l := range lines {
		b.Records = append(b.Records, record.Record{
			Offset: at, Text: record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))}, Size: uint32(len(l) + 1),
		})
		b.Buf = append(append(b.Buf, l...), '\n')
		at += int64(len(l) + 1)
	}
	b.Segments = []record.Segment{{Stream: stream, End: at, N: len(lines)}}
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
	case "apache":
		p, err = parsers.NewApache(parsers.DefaultApache())
	case "cri":
		p, err = parsers.NewCRI(parsers.CRIConfig{})
	case "docker":
		p, err = parsers.NewDocker(parsers.DockerConfig{})
	case "logfmt":
		p, err = parsers.NewLogfmt(parsers.DefaultLogfmt())
	case "syslog":
		p, err = parsers.NewSyslog(parsers.DefaultSyslog())
	case "csv":
		c := parsers.DefaultCSV()
		c.Columns = []string{"id", "at", "event", "order", "price", "customer", "note", "text"}
		p, err = parsers.NewCSV(c)
	default:
		c := parsers.DefaultNginx()
		c.Format = kind
		p, err = parsers.NewNginx(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const (
	jsonTemplate = `log_format j escape=json '{"a":"$remote_addr","n":$status,"t":"$time_iso8601","u":"$http_user_agent"}';`
	nothing      = "$time_local"
)

var shapes = []string{"raw", "json", "combined", jsonTemplate, nothing}

// checkWalk encodes lines as a parser left them and reads the result back.
func checkWalk(t *testing.T, kind string, lines ...string) []map[string]any {
	t.Helper()
	b := newBatch(lines...)
	newParser(t, kind).Parse(b)
	var records []map[string]any
	for _, repeat := range [][]string{nil, {"host", "tags", "path"}} {
		records = records[:0]
		out := encode.NewNDJSON(repeat).Append(nil, b, 0, len(b.Records))
		rows := bytes.SplitAfter(out, []byte("\n"))
		if len(rows) != len(lines)+1 || len(rows[len(lines)]) != 0 {
			t.Fatalf("%s: %d lines became %q", kind, len(lines), out)
		}
		for i, row := range rows[:len(lines)] {
			if !json.Valid(row) || !utf8.Valid(row) {
				t.Fatalf("%s: %q became %q", kind, lines[i], row)
			}
			if want := fmt.Sprintf(`{"_offset":%d`, b.Records[i].Offset); !bytes.HasPrefix(row, []byte(want)) {
				t.Fatalf("%s: %q does not begin with %s", kind, row, want)
			}
			var r map[string]any
			if err := json.Unmarshal(row, &r); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
				t.Fatal(err) // a number too large for this reader is still a number
			}
			records = append(records, r)
		}
	}
	raw := encode.NewLines().Append(nil, b, 0, len(b.Records))
	if int64(len(raw)) != b.Covered(record.Bytes) {
		t.Fatalf("%s: %d bytes of the stream became %d", kind, b.Covered(record.Bytes), len(raw))
	}
	return records
}

func FuzzEverythingBecomesJSON(f *testing.F) {
	f.Add(`{"a":{}}`, "\xff")
	f.Add(" { } ", "{\n}")
	f.Add(accessLines(1)[0], strings.Replace(accessLines(1)[0], "GET", `\xFF\x22`, 1))
	f.Add(`{"a":"::1","n":200,"t":"2026-11-21T02:20:47+01:00","u":"\u0000\ud800"}`, "21/Nov/2026:02:20:47 +0100")
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, kind := range shapes {
			checkWalk(t, kind, first, second)
		}
	})
}

func TestNoValueIsLost(t *testing.T) {
	r := checkWalk(t, "combined", `1.2.3.4 - - [21/Nov/2026:02:20:47 +0100] "GET /\xFF HTTP/1.1" 200 5 "-" "a\x22b"`)[0]
	want := map[string]any{"remote_addr": "1.2.3.4", "time": "2026-11-21T02:20:47+01:00", "request_method": "GET", "request_uri": "/\uFFFD",
		"server_protocol": "HTTP/1.1", "status": 200., "body_bytes_sent": 5., "http_user_agent": `a"b`, "invalid_utf8": true}
	for k, v := range want {
		if r[k] != v {
			t.Errorf("%s: got %v, want %v", k, r[k], v)
		}
	}
	if _, ok := r["http_referer"]; ok {
		t.Error("an absent field was written")
	}
}

func accessLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`%d.%d.%d.%d - - [21/Nov/2026:02:%02d:%02d +0100] "GET /catalog/item/%d?ref=%x HTTP/1.1" 200 %d "https://shop.example.com/list?page=%d" "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/127.0"`,
			rnd.IntN(223)+1, rnd.IntN(256), rnd.IntN(256), rnd.IntN(256), i/3000%60, i/50%60, rnd.IntN(1e6), rnd.Uint32(), rnd.IntN(50000), rnd.IntN(100), rnd.IntN(200))
	}
	return lines
}

func csvLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`%d,2026-11-21T02:%02d:%02dZ,order.created,%d,%.2f,"Doe, Jane <customer-%d@example.com>",,a text of several words in a last column`,
			1e6+i, i/3000%60, i/50%60, rnd.IntN(1e6), rnd.Float64()*100, rnd.IntN(1e6))
	}
	return lines
}

func objectLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"time":"2026-11-21T02:%02d:%02d.%03dZ","level":"info","message":"order %d was paid","user":%d,"took":%.3f,"path":"/catalog/item/%d?ref=%x","tags":["a","b"],"ok":true,"trace":"%016x"}`,
			i/3000%60, i/50%60, rnd.IntN(1000), rnd.IntN(1e6), rnd.IntN(1e5), rnd.Float64(), rnd.IntN(1e6), rnd.Uint32(), rnd.Uint64())
	}
	return lines
}

// serviceLines are a service's by a pattern that takes a minute, a second, milliseconds, an order, a user and a trace.
func serviceLines(n int, pattern string) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(pattern, i/3000%60, i/50%60, rnd.IntN(1000), rnd.IntN(1e6), rnd.IntN(1e5), rnd.Uint64())
	}
	return lines
}

const (
	criPattern     = `2026-11-21T02:%02d:%02d.%03d456789Z stdout F level=info msg="order was paid" order=%d user=%d path=/catalog/item trace=%016x cached=true`
	dockerPattern  = `{"log":"level=info msg=\"order was paid\" order=%[4]d user=%[5]d path=/catalog/item trace=%016[6]x cached=true\n","stream":"stdout","time":"2026-11-21T02:%02[1]d:%02[2]d.%03[3]d456789Z"}`
	logfmtPattern  = `time=2026-11-21T02:%02d:%02d.%03dZ level=info msg="order was paid" order=%d user=%d path=/catalog/item trace=%016x cached=true agent="Mozilla/5.0 (X11; Linux x86_64)"`
	bsdPattern     = `Nov 21 02:%02d:%02d.%03d web-1 shop[4711]: order %d was paid by user %d, path /catalog/item, trace %016x, answered from the cache`
	rfc5424Pattern = `<14>1 2026-11-21T02:%02d:%02d.%03dZ web-1 shop 4711 paid [order@32473 id="%d" user="%d" trace="%016x"] order was paid, answered from the cache`
)

// BenchmarkWalk is all that a parse worker does with a batch but compress it.
func BenchmarkWalk(b *testing.B) {
	for _, c := range []struct {
		name, kind string
		lines      []string
	}{
		{"raw", "raw", accessLines(2000)},
		{"nginx", "combined", accessLines(2000)},
		{"json", "json", objectLines(2000)},
		{"apache", "apache", accessLines(2000)},
		{"csv", "csv", csvLines(2000)},
		{"cri", "cri", serviceLines(2000, criPattern)},
		{"docker", "docker", serviceLines(2000, dockerPattern)},
		{"logfmt", "logfmt", serviceLines(2000, logfmtPattern)},
		{"syslog/format=rfc3164", "syslog", serviceLines(2000, bsdPattern)},
		{"syslog/format=rfc5424", "syslog", serviceLines(2000, rfc5424Pattern)},
	} {
		b.Run("parser="+c.name, func(b *testing.B) {
			batch := newBatch(c.lines...)
			fresh := append([]record.Record(nil), batch.Records...)
			size := len(batch.Buf)
			p, e := newParser(b, c.kind), encode.NewNDJSON(nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				copy(batch.Records, fresh)
				batch.Fields, batch.Buf = batch.Fields[:0], batch.Buf[:size]
				p.Parse(batch)
				batch.Plain = e.Append(batch.Plain[:0], batch, 0, len(batch.Records))
			}
			if batch.Failed != 0 {
				b.Fatal("a line did not parse")
			}
			b.ReportMetric(float64(size)/2000, "B/line")
			b.ReportMetric(float64(len(batch.Plain))/float64(size), "out/in")
		})
	}
}
