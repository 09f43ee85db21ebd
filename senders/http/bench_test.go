package http

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"logskiff/conf"
	"logskiff/senders"
)

// sink accepts connections and answers 204 to each request whose body it has
// read, with as little work as possible, so that a benchmark shows the client.
func sink(tb testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go swallow(c)
		}
	}()
	return "http://" + l.Addr().String()
}

func swallow(c net.Conn) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 256<<10)
	for {
		length := 0
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) <= 2 {
				break
			}
			if k, v, _ := strings.Cut(string(line), ": "); k == "Content-Length" {
				length, _ = strconv.Atoi(strings.TrimSpace(v))
			}
		}
		if _, err := r.Discard(length); err != nil {
			return
		}
		if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
	}
}

func BenchmarkSend1MiB(b *testing.B) { benchmarkSend(b, 1<<20) }
func BenchmarkSend4KiB(b *testing.B) { benchmarkSend(b, 4<<10) }

func benchmarkSend(b *testing.B, size int) {
	cfg := Default()
	cfg.Endpoints, cfg.Compression = []string{sink(b)}, "none"
	cfg.Timeout = conf.Duration(5e9)
	s, err := New(cfg, Env{UserAgent: "logskiff/bench"})
	if err != nil {
		b.Fatal(err)
	}
	e := s.Endpoints[0]
	defer e.Close()
	p := &senders.Payload{Body: make([]byte, size), ContentType: "application/x-ndjson"}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if r := e.Send(b.Context(), p); r.Class != senders.Delivered {
			b.Fatal(r)
		}
	}
}
