package field_test

import (
	"strings"
	"testing"

	"logskiff/record"
	"logskiff/record/field"
)

const line = `{"level":"info","message":"order 12 was paid by u1@example.com","user":"u1","took":0.123,"path":"/catalog/item/1?ref=a","tags":["a","b"],"ok":true,"http":{"status":200,"m\u0065thod":"GET"}}`

func cases() []struct {
	name, field string
	batch       *record.Batch
} {
	return []struct {
		name, field string
		batch       *record.Batch
	}{
		{"columns", "request", columns()},
		{"columns-dotted", "log.at.line", columns()},
		{"pairs", "bytes", pairs()},
		{"pairs-escaped", "see", pairs()},
		{"object-first", "level", batchOf(line)},
		{"object-last", "http", batchOf(line)},
		{"object-dotted", "http.method", batchOf(line)},
		{"object-none", "none", batchOf(line)},
		{"object-long", strings.Repeat("é", 200), batchOf(`{"` + strings.Repeat(`\u00e9`, 200) + `":1}`)},
		{"failed", "parse_error", failed()},
	}
}

func TestALookupAllocatesNothing(t *testing.T) {
	fact, _ := field.ParseFact("stream")
	stream := &record.Stream{}
	room := make([]byte, 0, 1024)
	for _, c := range cases() {
		n := field.New(c.field)
		if got := testing.AllocsPerRun(100, func() {
			v := n.Of(c.batch, &c.batch.Records[0])
			room = fact.Append(v.Append(room[:0]), stream)
			_, room = v.Plain(room)
		}); got > 0 {
			t.Errorf("%s: %v allocations", c.name, got)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	for _, c := range cases() {
		b.Run(c.name, func(b *testing.B) {
			n := field.New(c.field)
			b.ReportAllocs()
			for b.Loop() {
				n.Of(c.batch, &c.batch.Records[0])
			}
		})
	}
}
