package encode

import (
	"fmt"
	"math/rand/v2"

	"logskiff/record"
)

var testStream = &record.Stream{
	ID:     record.StreamID{0xab, 1},
	Path:   "/var/log/nginx/access.log",
	Origin: &record.Origin{Host: "web-1", Source: "nginx", Tags: []record.Tag{{Key: "env", Value: "prod"}, {Key: "é", Value: "\"x\""}}},
}

// newBatch returns a batch of whole raw lines, in one segment of testStream from start on.
func newBatch(start int64, lines ...string) *record.Batch {
	b := &record.Batch{}
	addSegment(b, testStream, start, lines...)
	return b
}

func addSegment(b *record.Batch, s *record.Stream, start int64, lines ...string) {
	seg := record.Segment{Stream: s, Start: start, First: len(b.Records), N: len(lines)}
	for _, l := range lines {
		b.Records = append(b.Records, record.Record{
			Offset: start,
			Text:   record.Span{Off: uint32(len(b.Buf)), Len: uint32(len(l))},
			Size:   uint32(len(l) + 1),
		})
		b.Buf = append(append(b.Buf, l...), '\n')
		start += int64(len(l) + 1)
	}
	seg.End = start
	b.Segments = append(b.Segments, seg)
}

// accessLines makes n lines as nginx writes them in its combined format, about 220 bytes each.
func accessLines(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	agents := []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148",
	}
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(`%d.%d.%d.%d - - [21/Nov/2026:02:%02d:%02d +0100] "GET /catalog/item/%d?ref=%x HTTP/1.1" 200 %d "https://shop.example.com/list?page=%d" "%s"`,
			rnd.IntN(223)+1, rnd.IntN(256), rnd.IntN(256), rnd.IntN(256), i/600000%60, i/10000%60,
			rnd.IntN(1e6), rnd.Uint32(), rnd.IntN(50000), rnd.IntN(100), agents[rnd.IntN(len(agents))])
	}
	return lines
}

func textBytes(b *record.Batch) (n int64) {
	for i := range b.Records {
		n += int64(b.Records[i].Size)
	}
	return n
}
