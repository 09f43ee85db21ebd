package elasticsearch

import (
	"fmt"
	"testing"

	"logskiff/record"
	"logskiff/senders"
)

func many(n int) *record.Batch {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`10.0.0.1 - - [28/Nov/2026:13:00:00 +0000] "GET /api/v1/items/%d?page=2 HTTP/1.1" 200 5123 "https://example.org/list" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" 0.012 upstream-3 cache=MISS`, i)
	}
	return batchOf(lines...)
}

func encoder(tb testing.TB) senders.Marking {
	cfg := Default()
	cfg.Endpoints, cfg.Index = []string{"http://127.0.0.1:1"}, "logs-{source}-{time:%Y.%m.%d}"
	s, err := New(cfg, Env{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s.NewEncoder().(senders.Marking)
}

func TestNothingIsAllocatedForARecord(t *testing.T) {
	e, b := encoder(t), many(2000)
	dst, ends := e.AppendMarked(nil, nil, b, 0, 2000)
	if got := testing.AllocsPerRun(20, func() { dst, ends = e.AppendMarked(dst[:0], ends[:0], b, 0, 2000) }); got > 0 {
		t.Errorf("%.0f allocations for a body of 2,000 records", got)
	}
	// What an answer says of all that were taken is read without one, too.
	f := newFake(t)
	answer, _ := f.answer(dst)
	if got := testing.AllocsPerRun(20, func() {
		if n, err := readAnswer(answer, func(int, said) {}); n != 2000 || err != nil {
			t.Fatal(n, err)
		}
	}); got > 1 { // by encoding/json, now and then
		t.Errorf("%.0f allocations for an answer about 2,000 records", got)
	}
}

func BenchmarkBulk(b *testing.B) {
	e, batch := encoder(b), many(4000)
	var dst []byte
	var ends []uint32
	b.SetBytes(int64(len(batch.Buf)))
	b.ReportAllocs()
	for b.Loop() {
		dst, ends = e.AppendMarked(dst[:0], ends[:0], batch, 0, len(batch.Records))
	}
}
