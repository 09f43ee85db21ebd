package file

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"logskiff/record"
	"logskiff/senders"
)

// megabyte is a payload of about 1 MiB in lines of about 250 bytes; next moves it
// on in its stream.
func megabyte(stream byte) (p *senders.Payload, next func()) {
	const n, size = 4096, 220
	b := &record.Batch{}
	text := bytes.Repeat([]byte("x"), 200)
	var body []byte
	for i := range n {
		body = fmt.Appendf(body, `{"_offset":%d,"_stream":"%s","message":"%s"}`+"\n", i*size, id(stream), text[:180])
		b.Records = append(b.Records, record.Record{Offset: int64(i * size), Size: size})
	}
	st := &record.Stream{ID: id(stream), Origin: &record.Origin{}}
	b.Segments = []record.Segment{{Stream: st, End: n * size, N: n}}
	return &senders.Payload{Body: body, Batch: b, Last: n}, func() {
		b.Segments[0].Start += n * size
		b.Segments[0].End += n * size
		for i := range b.Records {
			b.Records[i].Offset += n * size
		}
	}
}

func benchmarkSend(b *testing.B, senderCount int) {
	cfg, env := testConfig(b.TempDir()), testEnv(b, nil)
	cfg.RotateSize, cfg.KeepFiles = 64<<20, 1 // keeps the disk from filling
	e, err := open(cfg, env)
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	var streams atomic.Int32
	p, _ := megabyte(0)
	b.SetBytes(int64(len(p.Body)))
	b.ReportAllocs()
	b.SetParallelism(senderCount) // times GOMAXPROCS
	b.RunParallel(func(pb *testing.PB) {
		p, next := megabyte(byte(streams.Add(1)))
		for pb.Next() {
			if r := e.Send(b.Context(), p); r.Class != senders.Delivered {
				b.Error(r.Reason)
			}
			next()
		}
	})
	b.ReportMetric(float64(env.Counters.Commits.Load())/float64(b.N), "commits/op")
}

func BenchmarkSendOneMiB2Senders(b *testing.B)  { benchmarkSend(b, 1) }
func BenchmarkSendOneMiB16Senders(b *testing.B) { benchmarkSend(b, 8) }

func BenchmarkRepeat(b *testing.B) {
	e := mustOpen(b, b.TempDir())
	p, _ := megabyte(1)
	b.SetBytes(int64(len(p.Body)))
	b.ReportAllocs()
	for range b.N {
		if r := e.Send(b.Context(), p); r.Class != senders.Delivered {
			b.Fatal(r.Reason)
		}
	}
}

// BenchmarkPartlyKnown is the rare case that looks at every line.
func BenchmarkPartlyKnown(b *testing.B) {
	p, _ := megabyte(1)
	done := history{}
	for i := 0; i < len(p.Batch.Records); i += 20 {
		done.add([]owned{{id(1), span{int64(i) * 220, int64(i)*220 + 220}}}, 0)
	}
	b.SetBytes(int64(len(p.Body)))
	b.ReportAllocs()
	it := item{payload: p}
	for range b.N {
		if it.plan(done); !it.slice() {
			b.Fatal("the body does not fit")
		}
	}
}
