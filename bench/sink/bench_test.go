package sink

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkFeed is the checking alone.
func BenchmarkFeed(b *testing.B) {
	for _, k := range []Kind{Message, Columns, JSON, Lines, Embedded} {
		b.Run(string(k), func(b *testing.B) {
			const lines = 16_000
			led, err := NewLedger(Config{Kind: k, Lines: lines, Exact: true})
			if err != nil {
				b.Fatal(err)
			}
			text := body(b, k, 0, lines)
			f := led.newFeed()
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				f.reset()
				f.cursor.Seek(0)
				if n := f.take(text, true); n != len(text) || f.lines != lines || f.nbad != 0 {
					b.Fatalf("took %d bytes, %d lines", n, f.lines)
				}
			}
		})
	}
}

// BenchmarkServer sends bodies of 1 MiB over loopback and reports what the
// whole process, client included, spends: our server and net/http's, doing the
// same checks. It is why we have our own.
func BenchmarkServer(b *testing.B) {
	const lines = 4500
	text := body(b, Message, 0, lines)
	config := Config{Kind: Message, Lines: lines, Exact: true}
	b.Run("ours", func(b *testing.B) {
		sendBodies(b, start(b, config, false).Addrs[0], text)
	})
	b.Run("nethttp", func(b *testing.B) {
		led, err := NewLedger(config)
		if err != nil {
			b.Fatal(err)
		}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f, buf, held := led.newFeed(), make([]byte, readSize), 0
			for {
				n, err := r.Body.Read(buf[held:])
				held = copy(buf, buf[f.take(buf[:held+n], err == io.EOF):held+n])
				if err != nil {
					break
				}
			}
			led.commit(f, r.ContentLength, true)
		}))
		defer srv.Close()
		sendBodies(b, srv.Listener.Addr().String(), text)
	})
}

func sendBodies(b *testing.B, addr string, text []byte) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	head := fmt.Appendf(nil, "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", len(text))
	answer := make([]byte, 4096)
	b.SetBytes(int64(len(text)))
	cpu := cpuSeconds()
	for b.Loop() {
		if _, err := c.Write(head); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Write(text); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(answer); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpuSeconds()-cpu)*1e9/float64(b.N*len(text)), "cpu-s/GB")
}
