package fields

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/parsers"
	"logskiff/record"
)

func accessLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`%d.%d.%d.%d - - [21/Nov/2026:02:%02d:%02d +0100] "GET /catalog/item/%d?ref=%x&q=a%%20b HTTP/1.1" 200 %d "https://shop.example.com/list?page=%d" "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/127.0"`,
			rnd.IntN(223)+1, rnd.IntN(256), rnd.IntN(256), rnd.IntN(256), i/3000%60, i/50%60, rnd.IntN(1e6), rnd.Uint32(), rnd.IntN(50000), rnd.IntN(100), rnd.IntN(200))
	}
	return lines
}

func objectLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"level":"info","message":"order %d was paid by u%d@example.com","user":"u%d","took":%.3f,"path":"/catalog/item/%d?ref=%x","tags":["a","b"],"ok":true,"log":"{\"a\":1}"}`,
			rnd.IntN(1e6), i, rnd.IntN(1e5), rnd.Float64(), rnd.IntN(1e6), rnd.Uint32())
	}
	return lines
}

// runner has a parsed batch done by a stage again and again.
type runner struct {
	batch   *record.Batch
	stage   parsers.Parser
	parsed  record.Batch
	records []record.Record
	fields  []record.Field
}

func newRunner(t testing.TB, kind string, lines []string, steps ...Step) *runner {
	r := &runner{batch: newBatch(lines...), stage: newStage(t, steps...)}
	newParser(t, kind).Parse(r.batch)
	r.parsed = *r.batch
	r.records = append(r.records, r.batch.Records...)
	r.fields = append(r.fields, r.batch.Fields...)
	return r
}

func (r *runner) run() {
	b := r.batch
	segments := b.Segments
	segments[0].First, segments[0].N, segments[0].Dropped = 0, len(r.records), 0
	b.Buf = b.Buf[:len(r.parsed.Buf)]
	b.Records = append(b.Records[:0], r.records...)
	b.Fields = append(b.Fields[:0], r.fields...)
	b.Schema, b.Dropped = r.parsed.Schema, 0
	r.stage.Parse(b)
}

func TestStepsAllocateNothingPerLine(t *testing.T) {
	f := func(kind string, lines []string, steps ...Step) {
		t.Helper()
		r := newRunner(t, kind, lines, steps...)
		r.run()
		if n := testing.AllocsPerRun(10, r.run); n > 0 {
			t.Errorf("%s, %d steps: %v allocations for %d lines", kind, len(steps), n, len(lines))
		}
	}
	for _, kind := range []string{"nginx", "json", "raw"} {
		lines := accessLines(100)
		if kind == "json" {
			lines = objectLines(100)
		}
		f(kind, lines, Step{Keep: []string{"message", "status", "request_uri", "path", "log", "user"}}, Step{Drop: []string{"status"}})
		f(kind, lines, Step{Rename: map[string]string{"status": "code", "user": "who"}}, Step{Add: map[string]string{"node": "$host", "env": "prod"}})
		f(kind, lines, Step{Type: map[string]string{"status": "string", "user": "number", "ok": "string"}})
		f(kind, lines, Step{Hash: []string{"remote_addr", "user"}, Salt: "pepper"})
		f(kind, lines, Step{Redact: []string{"email", "card", "token", "ipv4", "ipv6"}})
		f(kind, lines, Step{Query: "request_uri"}, Step{Query: "path"}, Step{JSON: "log"})
		f(kind, lines, Step{Sample: everyNth(10)})
		f(kind, lines, Step{Path: `/(?P<folder>\w+)/(?P<file>[^/]+)$`}, Step{Path: "kubernetes"})
		f(kind, lines, Step{Template: "logs-{source}-{status:-{user:-none}}-{time:%Y.%m.%d}", To: "index", SafeFor: "index"}, Step{Template: "{message}{path}", To: "x"})
	}
}

func BenchmarkSteps(b *testing.B) {
	f := func(name, kind string, lines []string, steps ...Step) {
		b.Run("step="+name+"/parser="+kind, func(b *testing.B) {
			r := newRunner(b, kind, lines, steps...)
			b.SetBytes(int64(len(r.parsed.Buf)))
			b.ReportAllocs()
			for b.Loop() {
				r.run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(lines)), "ns/line")
		})
	}
	access, objects := accessLines(2000), objectLines(2000)
	presets := []string{"email", "card", "token", "ipv4", "ipv6"}
	f("nothing", "nginx", access, Step{Drop: []string{"none"}})
	f("keep", "nginx", access, Step{Keep: []string{"status", "request_uri"}}, Step{Add: map[string]string{"env": "prod"}})
	f("keep", "json", objects, Step{Keep: []string{"message", "user"}}, Step{Add: map[string]string{"env": "prod"}})
	f("hash", "nginx", access, Step{Hash: []string{"remote_addr"}, Salt: "x"})
	f("drop_if", "nginx", access, Step{DropIf: `status >= 500 && request_uri startsWith "/health"`})
	f("sample", "nginx", access, Step{Sample: everyNth(10)})
	f("path", "nginx", access, Step{Path: `/(?P<folder>\w+)/(?P<file>[^/]+)$`})
	f("path", "raw", access, Step{Path: `/(?P<folder>\w+)/(?P<file>[^/]+)$`})
	f("template", "nginx", access, Step{Template: "logs-{source}-{status}", To: "topic"})
	f("template", "json", objects, Step{Template: "logs-{source}-{level}", To: "topic"})
	f("template-date", "nginx", access, Step{Template: "logs-{source}-{time:%Y.%m.%d}", To: "index", SafeFor: "index"})
	f("query", "nginx", access, Step{Query: "request_uri"})
	f("json", "json", objects, Step{JSON: "log"})
	f("redact", "nginx", access, Step{Redact: presets})
	f("redact", "json", objects, Step{Redact: presets})
	f("redact", "raw", access, Step{Redact: presets})
	for _, p := range presets {
		f("redact-"+p, "raw", access, Step{Redact: []string{p}})
	}
}

// BenchmarkHide is the scanner alone, over text with nothing to hide but in one line of ten.
func BenchmarkHide(b *testing.B) {
	var text strings.Builder
	for i, l := range objectLines(500) {
		if i%10 > 0 {
			l = strings.ReplaceAll(l, "@", " at ")
		}
		text.WriteString(l + "\n")
	}
	s := []byte(text.String())
	for _, names := range [][]string{{"email"}, {"card"}, {"token"}, {"ipv4"}, {"ipv6"}, {"email", "card", "token", "ipv4", "ipv6"}} {
		b.Run("presets="+strings.Join(names, "+"), func(b *testing.B) {
			sc := newScanner(names, "***", true)
			dst := make([]byte, 0, 2*len(s))
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				sc.hide(dst, s)
			}
		})
	}
}
