package kafka

import (
	"testing"

	"logskiff/senders"
)

// Between a body and its batch nothing is allocated for a record.
func TestNothingIsAllocatedForARecord(t *testing.T) {
	f := newFake(t)
	e := f.sender(func(c *Config) { c.Topic, c.Key = "logs-{source}", "{user}" })
	l := newLane()
	b := batchOf(1, lines(2000, `{"user":"ann","n":%d}`)...)
	p := payloadOf(t, e, b)
	a := attempt{endpoint: e, p: p, lane: l, first: identityOf(b, 0)}
	a.prepare(&l.sorting)
	found := map[string]*topic{"logs-nginx": {name: "logs-nginx", leaders: []int32{0, 0, 0}, learnt: &learnt{}}}
	plain := make([]byte, 0, 1<<20)
	got := testing.AllocsPerRun(20, func() {
		l.sorting.sort(p, func(int, string) {})
		for _, part := range l.sorting.parts(found, func(*topic) int32 { return 0 }) {
			plain, _ = a.plain(plain[:0], part, 0, 1<<20)
		}
	})
	if got > 40 {
		t.Errorf("%.0f allocations for a body of 2,000 records", got)
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, compression := range []string{"none", "zstd", "lz4"} {
		b.Run(compression, func(b *testing.B) {
			cfg := Default()
			cfg.Brokers, cfg.Topic, cfg.Compression, cfg.Value = []string{"127.0.0.1:1"}, "logs-{source}", compression, "raw"
			e, err := build(cfg, Env{})
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			batch := batchOf(1, lines(4000, `10.0.0.1 - - [28/Nov/2026:13:00:00 +0000] "GET /api/v1/items/%d?page=2 HTTP/1.1" 200 5123 "https://example.org/list" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" 0.012 upstream-3 cache=MISS`)...)
			body, ends := rawValues{}.AppendMarked(nil, nil, batch, 0, len(batch.Records))
			a := attempt{endpoint: e, lane: newLane(), p: &senders.Payload{Body: body, Ends: ends, Batch: batch, Last: len(batch.Records)}}
			a.prepare(&a.lane.sorting)
			found := map[string]*topic{"logs-nginx": {name: "logs-nginx", leaders: []int32{0}, learnt: &learnt{}}}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				a.lane.out = a.lane.out[:0]
				a.lane.sorting.sort(a.p, nil)
				for _, part := range a.lane.sorting.parts(found, func(*topic) int32 { return 0 }) {
					for part.at < len(part.routes) {
						if err := a.make(b.Context(), part); err != nil {
							b.Fatal(err)
						}
						seal(part.batch, 1, 0, 0)
						part.at += part.n
					}
				}
			}
		})
	}
}
