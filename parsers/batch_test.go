package parsers

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logskiff/parsers/parsertest"
	"logskiff/record"
)

// newBatch returns a batch of whole raw lines.
func newBatch(lines ...string) *record.Batch { return parsertest.NewBatch(lines...) }

// parsed describes record i: name=value for each field in order, numbers and JSON values bare.
func parsed(b *record.Batch, i int) string {
	r := &b.Records[i]
	switch r.Kind {
	case record.Failed:
		return "failed: " + b.Reasons[r.Reason]
	case record.Columns, record.Pairs:
	default:
		return fmt.Sprintf("kind %d: %s", r.Kind, b.Bytes(r.Text))
	}
	var out []string
	b.EachField(r, func(name []byte, f record.Field) {
		switch f.Type {
		case record.String:
			out = append(out, fmt.Sprintf("%s=%q", name, b.Bytes(f.Span)))
		case record.Number, record.JSON:
			out = append(out, fmt.Sprintf("%s=%s", name, b.Bytes(f.Span)))
		}
	})
	return strings.Join(out, " ")
}

// checkSpans checks what holds for every parser.
func checkSpans(t *testing.T, b *record.Batch, before string) {
	t.Helper()
	parsertest.Check(t, b, before)
}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148",
}

// accessLines makes n lines as nginx writes them by a pattern that takes an address,
// minute, second, path, size, referer and agent: about 220 bytes each.
func accessLines(n int, pattern string) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	for i := range lines {
		address := fmt.Sprintf("%d.%d.%d.%d", rnd.IntN(223)+1, rnd.IntN(256), rnd.IntN(256), rnd.IntN(256))
		path := fmt.Sprintf("/catalog/item/%d?ref=%x", rnd.IntN(1e6), rnd.Uint32())
		referer := fmt.Sprintf("https://shop.example.com/list?page=%d", rnd.IntN(100))
		lines[i] = fmt.Sprintf(pattern, address, i/3000%60, i/50%60, path, rnd.IntN(50000), referer, agents[rnd.IntN(len(agents))])
	}
	return lines
}

const (
	combinedPattern = `%s - - [21/Nov/2026:02:%02d:%02d +0100] "GET %s HTTP/1.1" 200 %d "%s" "%s"`
	jsonPattern     = `{"addr":"%s","time":"2026-11-21T02:%02d:%02d+01:00","request":"GET %s","status":200,"bytes":%d,"referer":"%s","agent":"%s","ok":true}`
)

// benchmark parses the same batch over and over.
func benchmark(b *testing.B, p Parser, lines []string) {
	batch := newBatch(lines...)
	fresh := append([]record.Record(nil), batch.Records...)
	size := len(batch.Buf)
	p.Parse(batch)
	if batch.Failed != 0 {
		b.Fatal(parsed(batch, 0))
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		copy(batch.Records, fresh)
		batch.Fields, batch.Buf = batch.Fields[:0], batch.Buf[:size]
		p.Parse(batch)
	}
}

// allocs returns the allocations of parsing a batch again in the same memory.
func allocs(p Parser, lines []string) float64 {
	batch := newBatch(lines...)
	fresh := append([]record.Record(nil), batch.Records...)
	size := len(batch.Buf)
	return testing.AllocsPerRun(10, func() {
		copy(batch.Records, fresh)
		batch.Fields, batch.Buf, batch.Reasons, batch.Failed = batch.Fields[:0], batch.Buf[:size], batch.Reasons[:0], 0
		p.Parse(batch)
	})
}
