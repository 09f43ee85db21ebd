package http

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"logskiff/readers/inbox"
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
		m := newMessage(r.budget.Lease(""))
		err := r.decode(encoding, wire, m)
		if _, ok := err.(*refusal); err != nil && !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if len(m.Body) > 1<<20 || cap(m.Body) > 1<<20+1 || m.Lease.Held() > 2<<20 {
			t.Fatalf("%d bytes in %d, %d leased", len(m.Body), cap(m.Body), m.Lease.Held())
		}
		m.Lease.End()
		if n := r.budget.Used(); n != 0 {
			t.Fatalf("%d bytes still in use", n)
		}
	})
}

func TestWhatTheInboxSaysIsAnswered(t *testing.T) {
	f := func(err error, status int) {
		t.Helper()
		if no, ok := refusalOf(err).(*refusal); !ok || no.status != status {
			t.Errorf("%v: %v", err, refusalOf(err))
		}
	}
	l := inbox.NewBudget(100).Lease("a")
	f(l.Take(101), http.StatusRequestEntityTooLarge)
	if err := refusalOf(l.Take(60)); err != nil {
		t.Error(err)
	}
	f(l.Take(60), http.StatusServiceUnavailable)
	f(inbox.ErrClosed, http.StatusServiceUnavailable)
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
			batch, over := &record.Batch{}, make(chan struct{})
			go func() {
				for {
					select {
					case <-over:
						return
					case <-r.Ready():
					}
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
			close(over)
		})
	}
	f("none", "identity", body.String())
	f("zstd", "zstd", zstdOf(body.String()))
	f("gzip", "gzip", gzipOf(body.String()))
}
