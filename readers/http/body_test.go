package httpread

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"logskiff/record"
	"logskiff/record/wire"
)

func bare(t testing.TB, change func(*Config)) *Reader {
	t.Helper()
	cfg := Default()
	if change != nil {
		change(&cfg)
	}
	r, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// FuzzBody feeds the decompressors: whatever comes, the body stays below its
// limit, all memory is given back, and the error is a refusal.
func FuzzBody(f *testing.F) {
	bomb := strings.Repeat("x", 3<<20)
	f.Add(true, []byte(zstdOf("hello\n")))
	f.Add(false, []byte(gzipOf("hello\n")))
	f.Add(true, []byte(zstdOf(bomb)))
	f.Add(false, []byte(gzipOf(bomb)))
	f.Add(true, []byte{})
	r := bare(f, func(c *Config) { c.MaxDecoded, c.Queue = 1<<20, 12<<20 })
	f.Fuzz(func(t *testing.T, z bool, wire []byte) {
		encoding := "gzip"
		if z {
			encoding = "zstd"
		}
		m := &message{lease: lease{budget: &r.budget}}
		err := r.decode(encoding, wire, m)
		if _, ok := err.(*refusal); err != nil && !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if len(m.body) > 1<<20 || cap(m.body) > 1<<20+1 || m.lease.held > 2<<20 {
			t.Fatalf("%d bytes in %d, %d leased", len(m.body), cap(m.body), m.lease.held)
		}
		m.lease.end()
		if n := r.budget.used.Load(); n != 0 {
			t.Fatalf("%d bytes still in use", n)
		}
	})
}

func TestABudgetRefusesWhatDoesNotFitNowOrEver(t *testing.T) {
	b := &budget{size: 100}
	f := func(n int64, status int) {
		t.Helper()
		err := b.take("a", n)
		if no, _ := err.(*refusal); (status == 0) != (err == nil) || no != nil && no.status != status {
			t.Errorf("%d: got %v", n, err)
		}
	}
	f(60, 0)
	f(60, http.StatusServiceUnavailable)
	f(101, http.StatusRequestEntityTooLarge)
	f(40, 0)
	b.give("a", 100)
	f(100, 0)
}

// BenchmarkReceive is one request of 1 MiB of records, decompressed, cut, put
// into a batch and answered, without the network.
func BenchmarkReceive(b *testing.B) {
	var body bytes.Buffer
	n, at := 0, 0
	for ; body.Len() < 1<<20; n++ {
		body.WriteString(`{"_offset":` + strconv.Itoa(at) + `,"message":"` + strings.Repeat("0123456789 ", 20) + `"}` + "\n")
		at += 221
	}
	header := batchHeader(wire.Segment{Stream: idA, Path: "/var/log/a", End: int64(at), Records: n})
	f := func(name, encoding, sent string) {
		b.Run(name, func(b *testing.B) {
			r := bare(b, nil)
			batch := &record.Batch{}
			go func() {
				for range r.Ready() {
					for more := true; more; {
						batch.Reset()
						more = r.Fill(batch, record.Limits{Bytes: 2 << 20})
						r.Done(batch, true)
					}
				}
			}()
			b.SetBytes(int64(body.Len()))
			b.ReportAllocs()
			for range b.N {
				req := httptest.NewRequest("POST", "/v1/batch", strings.NewReader(sent))
				req.Header.Set("Content-Type", ndjson)
				req.Header.Set(wire.HeaderName, header)
				req.Header.Set("Content-Encoding", encoding)
				w := httptest.NewRecorder()
				r.serve(w, req)
				if w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
			}
			close(r.queue.ready)
		})
	}
	f("none", "identity", body.String())
	f("zstd", "zstd", zstdOf(body.String()))
	f("gzip", "gzip", gzipOf(body.String()))
}
