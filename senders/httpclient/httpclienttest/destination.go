// Package httpclienttest is what the tests of all senders that speak HTTP share: servers
// whose answers a test decides, and authorities that sign their certificates.
//
// It knows no sender's protocol, and only tests may import it.
package httpclienttest

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Destination is a real HTTP server whose answers a test decides.
type Destination struct {
	*httptest.Server
	Attempts atomic.Int64

	mu       sync.Mutex
	handler  http.HandlerFunc // nil: read all, 204
	received [][]byte
	last     *http.Request
}

// NewDestination starts one that takes everything.
func NewDestination(t *testing.T) *Destination {
	t.Helper()
	d := &Destination{}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

// ServeHTTP answers as the test wants.
func (d *Destination) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.Attempts.Add(1)
	d.mu.Lock()
	h := d.handler
	d.last = r
	d.mu.Unlock()
	if h != nil {
		h(w, r)
		return
	}
	body, err := decompressed(r)
	if err != nil { // the client went away, or packed it badly
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	d.received = append(d.received, body)
	d.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func decompressed(r *http.Request) ([]byte, error) {
	var plain io.Reader = r.Body
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		plain = z
	case "zstd":
		z, err := zstd.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		plain = z
	}
	return io.ReadAll(plain)
}

// Handle has all that follows answered by h; nil: everything is taken, with 204.
func (d *Destination) Handle(h http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handler = h
}

// Status returns what has all that follows answered with a status, and pairs of headers,
// before the body was read, as proxies do.
func (d *Destination) Status(code int, header ...string) func() {
	return func() {
		d.Handle(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			http.Error(w, "because I say so", code)
		})
	}
}

// Bodies returns what was taken, decompressed.
func (d *Destination) Bodies() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.received)
}

// Last returns the last request. Its body was read.
func (d *Destination) Last() *http.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// Header returns what the last request said of name, values joined by |.
func (d *Destination) Header(name string) string {
	return strings.Join(d.Last().Header.Values(name), "|")
}

// Client returns the address of the connection that was used last.
func (d *Destination) Client() string { return d.Last().RemoteAddr }

// RawServer hands every connection, with its number, to a function.
func RawServer(t *testing.T, serve func(n int, c *net.TCPConn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	all.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				serve(n, c.(*net.TCPConn))
			})
		}
	})
	return "http://" + l.Addr().String()
}

// Join hands on what comes from each of two connections to the other, until either ends. It closes both.
func Join(a, b net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(a, b)
		_ = a.Close()
	}()
	_, _ = io.Copy(b, a)
	_ = b.Close()
	<-done
}

// Nobody returns an address on which nobody listens, and nobody will: it is a client's.
func Nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.LocalAddr().String()
}

// Slowly calls try with a limit that has to be reached, and with twice that until what else has to
// happen meanwhile is done before it, on a machine however slow.
func Slowly(t *testing.T, try func(limit time.Duration) error) {
	t.Helper()
	var err error
	for limit := 100 * time.Millisecond; limit < 15*time.Second; limit *= 2 {
		if err = try(limit); err == nil {
			return
		}
	}
	t.Error(err)
}
