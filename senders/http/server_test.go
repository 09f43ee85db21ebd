package httpsend

import (
	"compress/gzip"
	"io"
	"log/slog"
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
	"go.uber.org/goleak"

	"logskiff/senders"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// destination is a real HTTP server whose answers a test decides.
type destination struct {
	*httptest.Server
	attempts atomic.Int64

	mu       sync.Mutex
	handler  http.HandlerFunc // nil: read all, 204
	received [][]byte
	last     *http.Request
}

func newDestination(t *testing.T) *destination {
	t.Helper()
	d := &destination{}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *destination) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.attempts.Add(1)
	d.mu.Lock()
	h := d.handler
	d.last = r
	d.mu.Unlock()
	if h != nil {
		h(w, r)
		return
	}
	body, err := io.ReadAll(decompress(r))
	if err != nil {
		panic(http.ErrAbortHandler) // the client went away
	}
	d.mu.Lock()
	d.received = append(d.received, body)
	d.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func decompress(r *http.Request) io.Reader {
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		return z
	case "zstd":
		z, err := zstd.NewReader(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		return z.IOReadCloser()
	}
	return r.Body
}

func (d *destination) handle(h http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handler = h
}

// status answers with a status before it has read the body, as proxies do.
func (d *destination) status(code int, header ...string) func() {
	return func() {
		d.handle(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			http.Error(w, "because I say so", code)
		})
	}
}

func (d *destination) bodies() [][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.received)
}

func (d *destination) header(name string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.last.Header.Values(name), "|")
}

// client returns the address of the connection that was used last.
func (d *destination) client() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last.RemoteAddr
}

// open returns the endpoint of a configuration with one URL.
func open(t *testing.T, url string, change func(*Config)) *endpoint {
	t.Helper()
	cfg := Default()
	cfg.Endpoints = []string{url}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg, Env{Log: slog.New(slog.DiscardHandler), UserAgent: "logskiff/test"})
	if err != nil {
		t.Fatal(err)
	}
	e := s.Endpoints[0].(*endpoint)
	t.Cleanup(func() { _ = e.Close() })
	return e
}

// slowly calls try with a limit that has to be reached, and with twice that until what else has to
// happen meanwhile is done before it, on a machine however slow.
func slowly(t *testing.T, try func(limit time.Duration) error) {
	t.Helper()
	var err error
	for limit := 100 * time.Millisecond; limit < 15*time.Second; limit *= 2 {
		if err = try(limit); err == nil {
			return
		}
	}
	t.Error(err)
}

// nobody returns an address on which nobody listens, and nobody will: it is a client's.
func nobody(t *testing.T) string {
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

// body is a payload without a batch.
func body(n int) *senders.Payload {
	return &senders.Payload{Body: []byte(strings.Repeat("x", n)), ContentType: "text/plain"}
}
